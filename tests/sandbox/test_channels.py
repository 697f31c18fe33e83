"""Phone numbers, SIP trunks, SMS and WhatsApp."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.account import Api

pytestmark = pytest.mark.anyio

NUMBERS = "/user/phone-numbers"
TRUNKS = f"{NUMBERS}/sip-trunks"
WHATSAPP = "/user/whatsapp"


async def test_a_number_is_found_bought_named_and_given_back(api: Api) -> None:
    offers = (await api.get(f"{NUMBERS}/search", country_code="US", contains="55501"))["data"]
    wanted = offers[0]["phone_number"]
    balance = await api.balance()
    status, answer = await api("POST", f"{NUMBERS}/purchase", json={"phone_number": wanted})
    assert (status, answer["data"]["phone_number"]) == (201, wanted)
    assert await api.balance() == balance, "a subscription is paid by card"
    number = answer["data"]["id"]
    left = (await api.get(f"{NUMBERS}/search", country_code="US"))["data"]
    assert wanted not in {offer["phone_number"] for offer in left}

    path = f"{NUMBERS}/{number}"
    assert (await api("PUT", path, json={"nickname": "NY"}))[1]["data"]["nickname"] == "NY"
    assert (await api("PUT", path, json={}))[1]["data"]["nickname"] == "NY"
    assert (await api("PUT", path, json={"nickname": None}))[1]["data"]["nickname"] is None

    assert (await api("DELETE", path))[0] == 200
    assert (await api("DELETE", path))[0] == 400, "already scheduled"
    ids = {row["id"] for row in (await api.get(f"{NUMBERS}/all"))["data"]}
    assert number in ids, "kept until the end of the billing period"
    api.clock.advance(31 * 86400)
    ids = {row["id"] for row in (await api.get(f"{NUMBERS}/all"))["data"]}
    assert number not in ids


@pytest.mark.parametrize(
    ("number", "status"), [("0301234", 422), (None, 422), ("+4930999999", 400)]
)
async def test_a_number_that_cannot_be_bought_is_an_error(
    number: str | None, status: int, api: Api
) -> None:
    answer = await api("POST", f"{NUMBERS}/purchase", json={"phone_number": number})
    assert (answer[0], list(answer[1])) == (status, ["error"])


async def test_without_a_payment_method_a_purchase_is_402(api: Api, other: Api) -> None:
    offer = (await other.get(f"{NUMBERS}/search"))["data"][0]["phone_number"]
    answer = await other("POST", f"{NUMBERS}/purchase", json={"phone_number": offer})
    assert (answer[0], list(answer[1])) == (402, ["error"])


async def test_a_caller_id_goes_at_once_and_assistants_lose_a_number(api: Api) -> None:
    assert (await api("DELETE", f"{NUMBERS}/4"))[0] == 200
    assert (await api("DELETE", f"{NUMBERS}/4"))[0] == 404
    await api("DELETE", f"{NUMBERS}/1")
    rows = (await api.get("/user/assistants/get"))["data"]
    assert 1 not in {row["phone_number_id"] for row in rows}


TRUNK: dict[str, Any] = {
    "sip_trunk_type": "number",
    "phone_number": "+493023125055",
    "sip_username": "lindenhof",
    "sip_password": "not-a-secret",
    "sip_address": "sip.example.com",
    "sip_calling_format": "+e164",
    "inbound_authorization_type": "auth",
    "country_code": "DE",
}


async def test_a_trunk_is_made_changed_and_deleted_like_a_number(api: Api) -> None:
    status, answer = await api("POST", TRUNKS, json=TRUNK)
    trunk = answer["data"]
    assert status == 201
    assert "sip_password" not in trunk
    (listed,) = (await api.get(TRUNKS))["data"]
    assert "inbound_trunk_id" not in listed
    path = f"{TRUNKS}/{trunk['id']}"
    renamed = (await api("PUT", path, json={"nickname": "PBX"}))[1]["data"]
    assert renamed["outbound_trunk_id"] == trunk["outbound_trunk_id"]
    moved = (await api("PUT", path, json={"sip_address": "sip2.example.com"}))[1]["data"]
    assert moved["outbound_trunk_id"] != trunk["outbound_trunk_id"]
    assert (await api("DELETE", f"{NUMBERS}/{trunk['id']}"))[0] == 200
    assert await api("GET", path) == (404, {"error": "SIP trunk not found"})


async def test_ip_authorization_needs_addresses_and_auth_clears_them(api: Api) -> None:
    number = (await api.post(TRUNKS, **TRUNK))["data"]["id"]
    path, ip = f"{TRUNKS}/{number}", {"inbound_authorization_type": "ip"}
    status, answer = await api("PUT", path, json=ip)
    assert (status, list(answer["errors"])) == (422, ["allowed_inbound_ips"])
    _, answer = await api("PUT", path, json=ip | {"allowed_inbound_ips": ["192.0.2.1"]})
    assert answer["data"]["allowed_inbound_ips"] == ["192.0.2.1"]
    _, answer = await api("PUT", path, json={"inbound_authorization_type": "auth"})
    assert answer["data"]["allowed_inbound_ips"] is None


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"phone_number": "+493023125001"}, 409),
        ({"sip_address": "sip.invalid"}, 500),
        ({"phone_number": "12345"}, 422),
        ({"sip_trunk_type": "extension", "phone_number": "1" * 16}, 422),
        ({"sip_username": "ab"}, 422),
        ({"sip_calling_format": "local"}, 422),
    ],
)
async def test_a_trunk_that_cannot_be_made_leaves_nothing(
    change: dict[str, Any], status: int, api: Api
) -> None:
    answer = await api("POST", TRUNKS, json=TRUNK | change)
    assert (answer[0], "errors" in answer[1], "error" in answer[1]) == (
        status,
        status == 422,
        status != 422,
    )
    assert (await api.get(TRUNKS))["data"] == []


@pytest.mark.parametrize(
    ("body", "segments"), [("a" * 160, 1), ("a" * 161, 2), ("ё" * 70, 1), ("ё" * 71, 2)]
)
async def test_an_sms_is_billed_by_segment(body: str, segments: int, api: Api) -> None:
    before = await api.balance()
    message = {"from": 2, "to": "+442079460101", "body": body}
    data = (await api("POST", "/user/sms", json=message))[1]["data"]
    assert (data["segments"], data["currency"]) == (segments, "EUR")
    assert data["cost"] == pytest.approx(0.045 * segments)
    assert await api.balance() == pytest.approx(before - data["cost"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"to": "0171"}, 400),
        ({"from": 1}, 400),
        ({"from": 99}, 400),
        ({"body": "x" * 301}, 400),
        ({"body": ""}, 400),
        ({"to": "+442079460199"}, 500),
    ],
)
async def test_every_refusal_of_an_sms_has_a_message_and_costs_nothing(
    change: dict[str, Any], status: int, api: Api
) -> None:
    before = await api.balance()
    body = {"from": 2, "to": "+442079460101", "body": "Hi"} | change
    answer = await api("POST", "/user/sms", json=body)
    expected = {"message", "error"} if status == 500 else {"message"}
    assert (answer[0], answer[1].keys()) == (status, expected)
    assert await api.balance() == before


NEW_PERSON = "+493023125112"
TEMPLATE: dict[str, Any] = {
    "sender_id": 1,
    "template_id": 1,
    "recipient_phone": NEW_PERSON,
    "variables": {"name": "Murat", "zeit": "Do 9 Uhr"},
}


async def session(api: Api, phone: str, sender: int = 1) -> dict[str, Any]:
    query = {"sender_id": sender, "recipient_phone": phone}
    status: dict[str, Any] = await api.get(f"{WHATSAPP}/session-status", **query)
    return status


async def test_only_an_answer_of_the_customer_opens_the_window(api: Api) -> None:
    first = await session(api, NEW_PERSON)
    assert first.keys() == {"success", "has_conversation", "session_status"}
    before = await api.balance()
    sent = await api.post(f"{WHATSAPP}/send", **TEMPLATE)
    assert isinstance(sent["conversation_id"], int)
    assert await api.balance() == pytest.approx(before - 0.09)
    free = {"sender_id": 1, "recipient_phone": NEW_PERSON, "message": "Danke!"}
    status, answer = await api("POST", f"{WHATSAPP}/send-freeform", json=free)
    assert (status, answer["error_code"]) == (403, "SESSION_EXPIRED")
    assert answer["session_status"]["requires_template"] is True

    api.clock.advance(10)
    assert (await session(api, NEW_PERSON))["session_status"]["minutes_remaining"] == 1440
    assert (await api.post(f"{WHATSAPP}/send-freeform", **free))["success"] is True
    api.clock.advance(86400)
    expired = (await session(api, NEW_PERSON))["session_status"]
    assert (expired["is_open"], "expired_at" in expired) == (False, True)

    (row,) = (await api.get("/user/conversations", customer_phone=NEW_PERSON))["data"]
    history = (await api.get(f"/conversations/{row['id']}"))["history"]
    assert "Murat" in history[0]["content"]
    assert "Do 9 Uhr" in history[0]["content"]


async def test_one_seeded_window_is_open_and_one_has_expired(api: Api) -> None:
    assert (await session(api, "+493023125101"))["session_status"]["can_send_freeform"] is True
    status = (await session(api, "+442079460101", sender=2))["session_status"]
    assert (status["is_open"], "expired_at" in status) == (False, True)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"sender_id": 99}, 404, "SENDER_NOT_FOUND"),
        ({"template_id": 99}, 404, "TEMPLATE_NOT_FOUND"),
        ({"template_id": 4}, 404, "TEMPLATE_NOT_FOUND"),
        ({"template_id": 2}, 422, "TEMPLATE_NOT_APPROVED"),
        ({"variables": {"name": "x"}}, 422, "TEMPLATE_MISMATCH"),
        ({"recipient_phone": "0171"}, 422, "INVALID_PHONE"),
        ({"sender_id": 3, "template_id": 6, "variables": {"minuten": 9}}, 422, "SENDER_OFFLINE"),
    ],
)
async def test_a_template_that_cannot_be_sent_says_why_by_code(
    change: dict[str, Any], status: int, code: str, api: Api
) -> None:
    before = await api.balance()
    answer = await api("POST", f"{WHATSAPP}/send", json=TEMPLATE | change)
    assert (answer[0], answer[1]["error_code"], answer[1]["success"]) == (status, code, False)
    assert await api.balance() == before


async def test_too_little_balance_is_402(api: Api) -> None:
    api.app.state.world.accounts[0].balance = Decimal("0.01")
    status, answer = await api("POST", f"{WHATSAPP}/send", json=TEMPLATE)
    assert (status, answer["error_code"]) == (402, "INSUFFICIENT_BALANCE")


async def test_free_text_by_a_sender_that_went_offline_is_503(api: Api) -> None:
    api.app.state.world.accounts[0].senders[1]["status"] = "offline"
    body = {"sender_id": 1, "recipient_phone": "+493023125101", "message": "Hallo"}
    status, answer = await api("POST", f"{WHATSAPP}/send-freeform", json=body)
    assert (status, answer["error_code"]) == (503, "SENDER_OFFLINE")


async def test_five_sends_a_second_pass_and_the_sixth_waits(api: Api) -> None:
    for _ in range(5):
        await api.post(f"{WHATSAPP}/send", **TEMPLATE)
    status, answer = await api("POST", f"{WHATSAPP}/send", json=TEMPLATE)
    assert (status, answer["retry_after"]) == (429, 1)
    api.clock.advance(1)
    await api.post(f"{WHATSAPP}/send", **TEMPLATE)


async def test_lists_show_what_can_be_used_unless_all_is_asked_for(api: Api) -> None:
    senders = f"{WHATSAPP}/senders"
    assert len((await api.get(senders))["data"]) == 2
    assert len((await api.get(senders, status="all"))["data"]) == 3
    assert len((await api.get(f"{senders}/1/templates"))["data"]) == 2
    everything = (await api.get(f"{senders}/1/templates", status="all"))["data"]
    assert {row["status"] for row in everything} == {"approved", "pending"}
    assert [row["has_variables"] for row in everything] == [True, True, False]
    status, answer = await api("GET", f"{senders}/9/templates")
    assert (status, answer["error_code"]) == (404, "SENDER_NOT_FOUND")

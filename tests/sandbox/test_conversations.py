"""Text conversations: who answers, who pays, and who may read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

if TYPE_CHECKING:
    from tests.sandbox.account import Api

pytestmark = pytest.mark.anyio

CHAT = 8


async def begin(api: Api, **more: Any) -> dict[str, Any]:
    rows = (await api.get("/user/assistants/get"))["data"]
    uuid = next(row["uuid"] for row in rows if row["id"] == CHAT)
    answer: dict[str, Any] = await api.post("/conversations", assistant_id=uuid, **more)
    return answer


@pytest.mark.parametrize(("kind", "price"), [("widget", 0.01), ("test", 0.0)])
async def test_a_widget_message_costs_a_cent_and_a_test_message_nothing(
    kind: str, price: float, api: Api
) -> None:
    before = await api.balance()
    chat = await begin(api, type=kind)
    assert chat["history"][0]["role"] == "assistant"
    path = f"/conversations/{UUID(chat['conversation_id'])}"
    answer = await api.post(f"{path}/messages", message="Can I book an appointment?")
    assert answer["function_calls"][0].keys() == {"name", "arguments", "result"}
    history = (await api.get(path))["history"]
    assert [entry["role"] for entry in history] == ["assistant", "user", "assistant"]
    assert history[2]["content"] == answer["message"]
    assert await api.balance() == pytest.approx(before - price)


async def test_the_uuid_is_the_secret_and_no_key_is_needed(api: Api) -> None:
    chat = await begin(api, type="test")
    del api.http.headers["Authorization"]
    assert (await api.get(f"/conversations/{chat['conversation_id']}"))["status"] is True


async def test_errors_of_a_chat_have_status_false_and_one_text(api: Api) -> None:
    chat = await begin(api)
    path = f"/conversations/{chat['conversation_id']}/messages"
    for expected, where, body in (
        (422, path, {"message": "x" * 2001}),
        (422, path, {}),
        (404, "/conversations/nope/messages", {"message": "x"}),
        (404, "/conversations", {"assistant_id": "8"}),
    ):
        status, answer = await api("POST", where, json=body)
        assert (status, answer.keys()) == (expected, {"status", "error"})
    api.app.state.world.accounts[0].balance = Decimal(0)
    assert (await api("POST", path, json={"message": "x"}))[0] == 400
    history = (await api.get(f"/conversations/{chat['conversation_id']}"))["history"]
    assert len(history) == 1


async def test_a_human_who_takes_over_keeps_the_ai_silent(api: Api) -> None:
    chat = await begin(api)
    uuid = chat["conversation_id"]
    off = await api.post(f"/automate/conversations/{uuid}/disable-ai")
    assert off == {"status": True, "ai_enabled": False}
    answer = await api.post(f"/conversations/{uuid}/messages", message="Anyone there?")
    assert answer["message"] == ""
    await api.post(f"/automate/conversations/{uuid}/enable-ai")
    answer = await api.post(f"/conversations/{uuid}/messages", message="What is the price?")
    assert "129" in answer["message"]
    history = (await api.get(f"/conversations/{uuid}"))["history"]
    assert [entry["role"] for entry in history] == ["assistant", "user", "user", "assistant"]


async def test_a_conversation_of_another_account_cannot_be_switched(api: Api, other: Api) -> None:
    uuid = (await begin(api))["conversation_id"]
    path = f"/automate/conversations/{uuid}/disable-ai"
    assert (await other("POST", path))[0] == 404


async def test_a_generated_reply_continues_the_conversation_of_its_customer(api: Api) -> None:
    before = await api.balance()
    body = {"assistant_id": CHAT, "customer_identifier": "crm-1", "message": "When are you open?"}
    first = await api.post("/user/ai/generate-reply", **body)
    second = await api.post("/user/ai/generate-reply", **body | {"message": "Thanks"})
    assert "Monday" in first["reply"]
    assert first["conversation_id"] == second["conversation_id"]
    assert second["ai_disabled"] is False
    assert await api.balance() == pytest.approx(before - 0.02)
    (row,) = (await api.get("/user/conversations", external_identifier="crm-1"))["data"]
    assert (row["type"], row["message_count"], row["total_cost"]) == ("api", 4, 0.02)


async def test_replies_are_limited_to_five_a_minute(api: Api) -> None:
    body = {"assistant_id": CHAT, "customer_identifier": "crm-1", "message": "Hello"}
    for _ in range(5):
        await api.post("/user/ai/generate-reply", **body)
    status, answer = await api("POST", "/user/ai/generate-reply", json=body)
    assert (status, answer["retry_after"]) == (429, 60)
    api.clock.advance(60)
    await api.post("/user/ai/generate-reply", **body)


async def test_errors_of_a_reply_carry_a_code_or_name_the_field(api: Api) -> None:
    path = "/user/ai/generate-reply"
    body = {"assistant_id": 999, "customer_identifier": "c", "message": "m"}
    status, answer = await api("POST", path, json=body)
    assert (status, answer["error_code"], answer["success"]) == (404, "ASSISTANT_NOT_FOUND", False)
    status, answer = await api("POST", path, json={"assistant_id": CHAT})
    assert (status, list(answer["errors"])) == (422, ["customer_identifier", "message"])
    api.app.state.world.accounts[0].balance = Decimal(0)
    status, answer = await api("POST", path, json=body | {"assistant_id": CHAT})
    assert (status, answer["error_code"]) == (402, "INSUFFICIENT_BALANCE")


async def test_the_list_filters_by_the_number_but_shows_the_uuid_of_an_assistant(api: Api) -> None:
    rows = (await api.get("/user/conversations", assistant_id=CHAT))["data"]
    assert len(rows) == 3
    assert len({UUID(row["assistant_id"]) for row in rows}) == 1


async def test_every_type_is_seeded_and_shows_its_own_fields(api: Api) -> None:
    rows = (await api.get("/user/conversations"))["data"]
    assert {row["type"] for row in rows} == {"test", "widget", "whatsapp", "api"}
    for row in rows:
        assert ("whatsapp_sender" in row) == ("customer" in row) == (row["type"] == "whatsapp")
        assert ("external_identifier" in row) == (row["type"] == "api")
    phone = next(row["customer"]["phone"] for row in rows if row["type"] == "whatsapp")
    found = (await api.get("/user/conversations", customer_phone=phone))["data"]
    assert [row["customer"]["phone"] for row in found] == [phone]

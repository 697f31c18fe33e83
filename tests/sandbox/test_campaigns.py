"""Campaigns dial their leads; leads know their campaign and their second contacts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.account import Api

pytestmark = pytest.mark.anyio

ENGLISH = 4
PEOPLE = [f"+44207946{ending:04}" for ending in (201, 202, 203, 204)]
UNREACHED = "+442079460297"


async def campaign(api: Api, *numbers: str, **more: Any) -> int:
    body = {"name": "Spring", "assistant_id": ENGLISH, "max_calls_in_parallel": 2} | more
    number: int = (await api.post("/user/campaigns", **body))["data"]["id"]
    for phone in numbers:
        await api.post("/user/lead", phone_number=phone, campaign_id=number)
    return number


async def switch(api: Api, number: int, action: str) -> tuple[int, Any]:
    body = {"campaign_id": number, "action": action}
    return await api("POST", "/user/campaigns/update-status", json=body)


async def shown(api: Api, number: int) -> dict[str, Any]:
    rows = await api.get("/user/campaigns")
    row: dict[str, Any] = next(row for row in rows if row["id"] == number)
    return row


async def calls(api: Api, number: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await api.get("/user/calls", campaign_id=number))["data"]
    return rows


async def leads(api: Api, number: int) -> list[str]:
    rows = (await api.get("/user/leads", campaign_id=number))["data"]
    return [row["status"] for row in reversed(rows)]


async def test_a_draft_calls_nobody_and_has_the_documented_defaults(api: Api) -> None:
    number = await campaign(api, *PEOPLE)
    api.clock.advance(600)
    row = await shown(api, number)
    assert (row["status"], row["retry_interval"], row["max_retries"]) == ("draft", 60, 3)
    assert (row["allowed_hours_start_time"], row["allowed_hours_end_time"]) == ("00:00", "23:59")
    assert len(row["allowed_days"]) == 7
    assert await calls(api, number) == []


async def test_a_started_campaign_dials_two_at_a_time_pays_and_completes(api: Api) -> None:
    number = await campaign(api, *PEOPLE)
    before = await api.balance()
    status, answer = await switch(api, number, "start")
    assert status == 200
    assert answer["data"] == {"campaign_id": number, "status": "in-progress"}
    api.clock.advance(1)
    assert len(await calls(api, number)) == 2
    assert await leads(api, number) == ["processing", "processing", "created", "created"]
    api.clock.advance(8)
    assert len(await calls(api, number)) == 4
    api.clock.advance(20)
    assert await leads(api, number) == ["completed"] * 4
    assert (await shown(api, number))["status"] == "completed"
    cost = sum(float(call["total_cost"]) for call in await calls(api, number))
    assert await api.balance() == pytest.approx(before - cost)
    assert {call["campaign_name"] for call in await calls(api, number)} == {"Spring"}


async def test_it_makes_no_difference_how_often_one_looks(api: Api) -> None:
    number = await campaign(api, *PEOPLE)
    await switch(api, number, "start")
    api.clock.advance(40)
    starts = sorted(call["created_at"] for call in await calls(api, number))
    assert [start[17:19] for start in starts] == ["00", "00", "08", "08"]


async def test_a_person_not_reached_is_called_again_until_the_retries_are_used(api: Api) -> None:
    number = await campaign(api, UNREACHED, max_retries=2, retry_interval=10)
    await switch(api, number, "start")
    api.clock.advance(10)
    assert await leads(api, number) == ["rescheduled"]
    api.clock.advance(600)
    assert len(await calls(api, number)) == 2
    api.clock.advance(1300)
    assert await leads(api, number) == ["reached-max-retries"]
    assert len(await calls(api, number)) == 3


async def test_stopping_aborts_the_calls_and_starting_again_calls_the_same_leads(api: Api) -> None:
    number = await campaign(api, *PEOPLE[:2])
    await switch(api, number, "start")
    api.clock.advance(1.5)
    assert (await switch(api, number, "stop"))[1]["data"]["status"] == "stopped"
    assert {call["status"] for call in await calls(api, number)} == {"failed"}
    assert await leads(api, number) == ["created", "created"]
    api.clock.advance(600)
    assert len(await calls(api, number)) == 2
    assert (await switch(api, number, "start"))[0] == 200
    api.clock.advance(20)
    assert await leads(api, number) == ["completed", "completed"]


async def test_a_call_cut_short_is_billed_for_its_share(api: Api) -> None:
    number = await campaign(api, PEOPLE[0])
    before = await api.balance()
    await switch(api, number, "start")
    api.clock.advance(5.5)
    await switch(api, number, "stop")
    (call,) = await calls(api, number)
    assert 0 < call["duration"] < 40
    assert await api.balance() == pytest.approx(before - float(call["total_cost"]))


async def test_only_allowed_hours_and_days_are_used(api: Api) -> None:
    """The clock stands at 12:00 in Berlin on a Tuesday."""
    hours = {"allowed_hours_start_time": "13:00", "allowed_hours_end_time": "18:00"}
    later = await campaign(api, PEOPLE[0], timezone="Europe/Berlin", **hours)
    friday = await campaign(api, PEOPLE[0], timezone="Europe/Berlin", allowed_days=["friday"])
    await switch(api, later, "start")
    await switch(api, friday, "start")
    api.clock.advance(3590)
    assert await calls(api, later) == []
    api.clock.advance(20)
    assert [call["created_at"][11:16] for call in await calls(api, later)] == ["11:00"]
    api.clock.advance(3 * 86400)
    assert [call["created_at"][:16] for call in await calls(api, friday)] == ["2026-06-25T22:00"]


async def test_starting_needs_leads_and_balance_and_a_campaign_that_does_not_run(api: Api) -> None:
    empty = await campaign(api)
    status, answer = await switch(api, empty, "start")
    assert (status, answer["success"]) == (400, False)
    number = await campaign(api, *PEOPLE)
    account = api.app.state.world.accounts[0]
    paid, account.balance = account.balance, Decimal("0.01")
    status, answer = await switch(api, number, "start")
    assert (status, answer["data"]["campaign_id"]) == (400, number)
    account.balance = paid
    assert (await switch(api, number, "start"))[0] == 200
    assert (await switch(api, number, "start"))[0] == 400
    assert (await switch(api, number, "pause"))[0] == 400
    assert (await switch(api, 999, "start"))[0] == 404


async def test_a_campaign_stops_dialling_when_the_money_is_gone(api: Api) -> None:
    number = await campaign(api, *PEOPLE, max_calls_in_parallel=1)
    api.app.state.world.accounts[0].balance = Decimal("0.15")
    await switch(api, number, "start")
    api.clock.advance(100)
    assert len(await calls(api, number)) == 1


async def test_a_campaign_needs_an_outbound_assistant_and_room_in_the_plan(api: Api) -> None:
    for assistant in (1, 999):
        body = {"name": "x", "assistant_id": assistant}
        assert (await api("POST", "/user/campaigns", json=body))[0] == 404
    for _ in range(7):
        await campaign(api)
    status, answer = await api("POST", "/user/campaigns", json={"name": "x", "assistant_id": 4})
    assert (status, list(answer)) == (403, ["message"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_calls_in_parallel", 11),
        ("retry_interval", 9),
        ("max_retries", 0),
        ("allowed_hours_start_time", "24:00"),
        ("allowed_days.1", ["monday", "Montag"]),
        ("phone_number_ids", [1, 1]),
        ("phone_number_ids.0", [99]),
    ],
)
async def test_a_bad_campaign_field_is_named(field: str, value: Any, api: Api) -> None:
    body = {"name": "x", "assistant_id": ENGLISH, field.split(".", maxsplit=1)[0]: value}
    status, answer = await api("POST", "/user/campaigns", json=body)
    assert (status, list(answer["errors"])) == (422, [field])


async def test_deleting_a_campaign_takes_its_leads_with_it(api: Api) -> None:
    number = await campaign(api, *PEOPLE)
    assert (await api("DELETE", f"/user/campaign/{number}"))[0] == 200
    assert await leads(api, number) == []
    assert (await api("DELETE", f"/user/campaign/{number}"))[0] == 404


async def test_a_number_twice_in_a_campaign_must_be_meant(api: Api) -> None:
    number = await campaign(api, PEOPLE[0])
    body = {"phone_number": PEOPLE[0], "campaign_id": number}
    status, answer = await api("POST", "/user/lead", json=body)
    assert (status, list(answer["errors"])) == (422, ["phone_number"])
    assert (await api("POST", "/user/lead", json=body | {"allow_dupplicate": True}))[0] == 200


async def test_second_contacts_are_leads_of_their_own_and_go_with_the_first(api: Api) -> None:
    number = await campaign(api)
    answer = await api.post(
        "/user/lead",
        phone_number=PEOPLE[0],
        campaign_id=number,
        variables=[{"customer_name": "Ann"}, {"plan": "gold"}],
        secondary_contacts=[{"phone_number": PEOPLE[1], "variables": {"customer_name": "Bob"}}],
    )
    lead = answer["data"]
    assert lead["variables"] == {"customer_name": "Ann", "plan": "gold"}
    assert [other["phone_number"] for other in lead["secondary_contacts"]] == [PEOPLE[1]]
    assert lead["campaign"] == {"id": number, "name": "Spring"}
    assert await leads(api, number) == ["created", "created"]
    await api("DELETE", f"/user/leads/{lead['id']}")
    assert await leads(api, number) == []


async def test_an_update_of_a_lead_merges_variables_and_can_queue_it_again(api: Api) -> None:
    number = await campaign(api, PEOPLE[0])
    lead = (await api.get("/user/leads", campaign_id=number))["data"][0]["id"]
    for variables in ({"a": 1}, {"b": 2}):
        assert (await api("PUT", f"/leads/{lead}", json={"variables": variables}))[0] == 200
    assert (await api.get("/user/leads", campaign_id=number))["data"][0]["variables"] == {
        "a": 1,
        "b": 2,
    }
    await switch(api, number, "start")
    api.clock.advance(60)
    assert await leads(api, number) == ["completed"]
    await api("PUT", f"/leads/{lead}", json={"status": "created"})
    assert await leads(api, number) == ["created"]
    assert (await api("PUT", f"/leads/{lead}", json={"status": "processing"}))[0] == 422
    assert await api("PUT", "/leads/999", json={}) == (404, {"message": "Lead not found"})


async def test_the_seed_has_three_campaigns_with_many_leads_in_several_states(api: Api) -> None:
    page = await api.get("/user/leads", per_page=100)
    assert page["total"] >= 25
    assert {row["status"] for row in page["data"]} >= {"created", "completed", "rescheduled"}
    assert len(await api.get("/user/campaigns")) == 3

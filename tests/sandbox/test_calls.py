"""A call's life, its money, and how calls are listed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from famulor_mcp.sandbox import KEY, ManualClock, make_app

if TYPE_CHECKING:
    from tests.sandbox.account import Api

pytestmark = pytest.mark.anyio

OUTBOUND, INBOUND = 4, 1
PERSON = "+442079460101"


async def place(api: Api, number: str = PERSON, **more: Any) -> int:
    answer = await api.post("/user/make_call", phone_number=number, assistant_id=OUTBOUND, **more)
    assert answer["status"] == "initiated"
    call_id: int = answer["call_id"]
    return call_id


async def test_a_call_rings_talks_ends_and_is_paid_once(api: Api) -> None:
    before = await api.balance()
    call_id = await place(api, variables={"customer_name": "Priya"})
    seen = []
    for _ in range(10):
        seen.append((await api.get(f"/user/calls/{call_id}"))["status"])
        api.clock.advance(1)
    assert list(dict.fromkeys(seen)) == ["initiated", "ringing", "in-progress", "completed"]

    call = await api.get(f"/user/calls/{call_id}")
    assert call["transcript"][0]["sender"] == "bot"
    assert "Priya" in call["transcript"][0]["text"]
    assert {line["sender"] for line in call["transcript"]} == {"bot", "human"}
    assert 20 < call["duration"] < 120
    assert call["answered_by"] == "human"
    assert {found["name"] for found in call["evaluation"]} >= {"outcome", "goal_reached"}
    assert Decimal(call["carrier_cost"]) < Decimal(call["total_cost"])
    assert await api.balance() == pytest.approx(before - float(call["total_cost"]))
    api.clock.advance(3600)
    assert await api.balance() == pytest.approx(before - float(call["total_cost"]))


async def test_a_running_call_shows_what_was_said_so_far_and_costs_nothing_yet(api: Api) -> None:
    before = await api.balance()
    call_id = await place(api)
    api.clock.advance(5)
    early = await api.get(f"/user/calls/{call_id}")
    api.clock.advance(2)
    later = await api.get(f"/user/calls/{call_id}")
    assert 0 < len(early["transcript"]) < len(later["transcript"])
    assert (early["duration"], early["total_cost"], early["evaluation"]) == (0, "0.0000", [])
    assert await api.balance() == before


@pytest.mark.parametrize(
    ("ending", "status"), [("97", "no-answer"), ("98", "busy"), ("99", "failed")]
)
async def test_the_last_digits_decide_who_is_not_reached(
    ending: str, status: str, api: Api
) -> None:
    before = await api.balance()
    call_id = await place(api, f"+4420794601{ending}")
    api.clock.advance(10)
    call = await api.get(f"/user/calls/{call_id}")
    assert (call["status"], call["transcript"], call["answered_by"]) == (status, [], None)
    assert (call["total_cost"], call["variables"]["customer_name"]) == ("0.0000", "the customer")
    assert await api.balance() == before


async def test_a_voicemail_is_answered_by_a_machine(api: Api) -> None:
    call_id = await place(api, "+442079460196")
    api.clock.advance(10)
    assert (await api.get(f"/user/calls/{call_id}"))["answered_by"] == "machine"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"phone_number": "0301234", "assistant_id": OUTBOUND}, 400),
        ({"phone_number": PERSON, "assistant_id": 999}, 404),
        ({"phone_number": PERSON, "assistant_id": INBOUND}, 404),
        ({"phone_number": PERSON, "assistant_id": "8c4e-uuid"}, 422),
        ({"assistant_id": OUTBOUND}, 422),
    ],
)
async def test_a_call_that_cannot_be_placed_says_why(
    body: dict[str, Any], status: int, api: Api
) -> None:
    total = (await api.get("/user/calls"))["total"]
    answer = await api("POST", "/user/make_call", json=body)
    assert answer[0] == status
    assert answer[1]["message"]
    assert (await api.get("/user/calls"))["total"] == total


async def test_too_little_balance_is_422_without_an_errors_map(api: Api) -> None:
    api.app.state.world.accounts[0].balance = Decimal("0.05")
    body = {"phone_number": PERSON, "assistant_id": OUTBOUND}
    status, answer = await api("POST", "/user/make_call", json=body)
    assert (status, list(answer)) == (422, ["message"])


async def test_variables_are_an_empty_list_when_there_are_none(api: Api) -> None:
    calls = (await api.get("/user/calls", type="inbound", per_page=100))["data"]
    assert calls
    assert all(call["variables"] == [] for call in calls)


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ({"status": "completed"}, "status", "completed"),
        ({"type": "web"}, "type", "web"),
        ({"phone_number": "+493023125112"}, "client_phone_number", "+493023125112"),
        ({"assistant_id": 3}, "assistant_name", "Terminbestätigung Wartung"),
    ],
)
async def test_a_filter_leaves_only_what_fits(
    query: dict[str, Any], field: str, value: str, api: Api
) -> None:
    everything = (await api.get("/user/calls", per_page=100))["data"]
    found = (await api.get("/user/calls", per_page=100, **query))["data"]
    assert found == [call for call in everything if call[field] == value]
    assert 0 < len(found) < len(everything)


async def test_calls_come_newest_first_and_by_day(api: Api) -> None:
    calls = (await api.get("/user/calls", per_page=100))["data"]
    times = [call["created_at"] for call in calls]
    assert times == sorted(times, reverse=True)
    today = date(2026, 6, 23).isoformat()
    todays = (await api.get("/user/calls", date_from=today, date_to=today))["data"]
    assert len(todays) >= 5
    assert all(call["created_at"].startswith(today) for call in todays)


async def test_a_deleted_call_is_gone(api: Api) -> None:
    assert (await api("DELETE", "/user/calls/1"))[0] == 200
    assert await api("GET", "/user/calls/1") == (404, {"message": "Call not found"})


async def test_the_seeded_past_has_reached_and_missed_goals(api: Api) -> None:
    calls = (await api.get("/user/calls", per_page=100))["data"]
    assert len(calls) >= 30
    goals = [
        found["value"]
        for call in calls
        for found in call["evaluation"]
        if found["name"] == "goal_reached"
    ]
    assert {True, False} == set(goals)
    assert len({call["status"] for call in calls}) >= 3


async def test_the_real_clock_moves_calls_too() -> None:
    world = make_app(seed=2).state.world
    assert world.accounts[0].key == KEY
    assert not isinstance(world.clock, ManualClock)

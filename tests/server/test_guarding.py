"""The guard on the path of a call to the sandbox: once, within limits, on record, rehearsed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mcp.shared.exceptions import MCPError
from tests.server.guarded import CALL, ERAS, Person, World, client, words, world

from famulor_mcp.sandbox import KEY
from famulor_mcp.settings import Settings
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from famulor_mcp.shape import Result

pytestmark = pytest.mark.anyio

OTHER = {**CALL, "phone_number": "+4915187654321"}
ACTING = [tool for tool in TOOLS if tool.effect != "read"]
both_eras = pytest.mark.parametrize("era", ERAS)


class Gate:
    """Holds requests back until it is opened. `reached` is set once one is there."""

    def __init__(self, one: World) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        one.upstream.fault = self

    async def __call__(self, _request: httpx.Request) -> None:
        self.reached.set()
        await self.opened.wait()


async def lose(request: httpx.Request) -> httpx.Response:
    """The answer of a request that was taken is lost."""
    raise httpx.ReadError("gone", request=request)


def data(result: Result) -> dict[str, Any]:
    assert result.data is not None, result.text
    return result.data


# -- once


async def test_twenty_repeats_at_the_same_time_are_one_call() -> None:
    one = world()
    gate = Gate(one)
    calls = [asyncio.create_task(one.call("make_call", **CALL)) for _ in range(20)]
    await gate.reached.wait()
    gate.opened.set()
    results = [data(result) for result in await asyncio.gather(*calls)]
    assert len(one.writes) == 1
    assert len({result["call_id"] for result in results}) == 1
    assert sum("replayed" in result for result in results) == 19


async def test_after_a_lost_answer_the_same_call_is_refused_with_the_tool_that_tells() -> None:
    one = world()
    one.upstream.fault = lose
    first = await one.call("make_call", **CALL)
    second = await one.call("make_call", **CALL)
    assert "unknown" in first.text
    assert second.is_error
    assert "list_calls" in second.text
    assert "repeat: true" in second.text
    assert len(one.writes) == 1
    one.upstream.fault = None
    assert data(await one.call("make_call", **CALL, repeat=True))["call_id"]
    assert len(one.writes) == 2


@both_eras
async def test_a_retry_after_a_clients_time_out_gets_the_first_outcome(era: str) -> None:
    one = world()
    gate = Gate(one)
    async with client(one, era) as impatient:
        with pytest.raises(MCPError):
            await impatient.call_tool("make_call", CALL, read_timeout_seconds=1)
        assert gate.reached.is_set()
        gate.opened.set()
        result = await impatient.call_tool("make_call", CALL)
    assert not result.is_error
    assert result.structured_content
    assert "replayed" in result.structured_content
    assert len(one.writes) == 1


async def test_a_call_that_is_cancelled_on_its_way_is_not_made_twice() -> None:
    one = world()
    gate = Gate(one)
    call = asyncio.create_task(one.call("make_call", **CALL))
    await gate.reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    gate.opened.set()
    assert "replayed" in data(await one.call("make_call", **CALL))
    assert len(one.writes) == 1


@both_eras
async def test_after_a_reconnect_the_same_call_is_still_known(era: str) -> None:
    one = world()
    async with client(one, era) as first:
        await first.call_tool("make_call", CALL)
    async with client(one, era) as second:
        result = await second.call_tool("make_call", CALL)
    assert words(result).count("Replayed") == 1
    assert len(one.writes) == 1


async def test_other_arguments_and_a_later_time_are_calls_of_their_own() -> None:
    one = world()
    await one.call("make_call", **CALL)
    await one.call("make_call", **OTHER)
    one.clock.advance(61)
    await one.call("make_call", **CALL)
    assert len(one.writes) == 3


async def test_a_refused_call_may_be_tried_again_at_once() -> None:
    one = world()

    async def refuse(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(422, json={"message": "not now"})

    one.upstream.fault = refuse
    assert "not now" in (await one.call("make_call", **CALL)).text
    one.upstream.fault = None
    assert not (await one.call("make_call", **CALL)).is_error
    assert len(one.writes) == 2


async def test_a_window_of_zero_remembers_nothing() -> None:
    one = world(Settings(repeat_window=0))
    await one.call("make_call", **CALL)
    await one.call("make_call", **CALL)
    assert len(one.writes) == 2


async def test_a_write_may_be_repeated_for_it_costs_nothing() -> None:
    one = world()
    await one.call("create_folder", name="Two of them")
    await one.call("create_folder", name="Two of them")
    assert len(one.writes) == 2


# -- limits


async def test_a_count_that_is_full_blocks_and_says_when_it_passes() -> None:
    one = world(policy="[limits]\nper_minute = 1\n")
    await one.call("make_call", **CALL)
    blocked = await one.call("make_call", **OTHER)
    assert blocked.is_error
    assert "limits.per_minute" in blocked.text
    assert "60 seconds" in blocked.text
    one.clock.advance(60)
    assert not (await one.call("make_call", **OTHER)).is_error
    assert len(one.writes) == 2


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        ('[destinations]\nallow = ["+43"]\n', "destinations.allow"),
        ("[balance]\nfloor = 1000000\n", "balance.floor"),
        ('[hours]\ntimezone = "Europe/Berlin"\nopen = ["mon 09:00-10:00"]\n', "hours"),
        ('[off]\ntools = ["make_call"]\n', "off.tools"),
        ('[off]\neffects = ["contact"]\n', "off.effects"),
    ],
)
async def test_a_rule_blocks_before_anything_is_sent(policy: str, rule: str) -> None:
    one = world(policy=policy)
    result = await one.call("make_call", **CALL)
    assert result.is_error
    assert rule in result.text
    assert one.writes == []


async def test_the_balance_and_the_leads_are_read_from_the_account() -> None:
    me = data(await world().call("get_me"))
    floor = world(policy=f"[balance]\nfloor = {float(me['total_balance'])}\n")
    assert not (await floor.call("make_call", **CALL)).is_error

    campaign = data(await world().call("list_campaigns"))
    rows = next(rows for rows in campaign.values() if isinstance(rows, list))
    number = rows[0]["id"]
    leads = data(await world().call("list_leads", campaign_id=number))["total"]
    assert leads > 0
    large = world(policy=f"[audience]\nlargest = {leads - 1}\n")
    arguments = {"campaign_id": number, "action": "start"}
    result = await large.call("update_campaign_status", **arguments)
    assert "audience.largest" in result.text
    assert f"{leads} people" in result.text
    assert large.writes == []
    await large.call("update_campaign_status", campaign_id=number, action="stop")
    assert len(large.writes) == 1


async def test_numbers_that_are_written_down_are_destinations_too() -> None:
    one = world(policy='[destinations]\nallow = ["+43"]\n')
    result = await one.call("create_lead", campaign_id=1, phone_number="+4915112345678")
    assert "destinations.allow" in result.text
    updated = await one.call("update_lead", id=1, phone_number="+4915112345678")
    assert "destinations.allow" in updated.text
    assert one.writes == []


async def test_reads_are_not_held_to_anything() -> None:
    one = world(policy="[limits]\nper_day = 1\n[balance]\nfloor = 1000000\n")
    assert not (await one.call("list_calls")).is_error


# -- rehearsal


@pytest.mark.parametrize("tool", ACTING, ids=lambda tool: tool.name)
async def test_a_dry_run_shows_the_request_and_sends_nothing(tool: Any) -> None:
    one = world()
    result = await one.call(tool.name, **tool.example, dry_run=True)
    shown = data(result)
    assert shown["method"] == tool.method
    assert shown["url"].startswith("http://127.0.0.1/api/")
    assert shown["preview"]
    assert one.writes == []
    assert KEY not in result.text


async def test_a_dry_process_sends_nothing_but_reads() -> None:
    one = world(Settings(dry_run=True, confirm="always"))
    assert data(await one.call("make_call", **CALL))["body"] == CALL
    assert data(await one.call("delete_lead", id=1))["method"] == "DELETE"
    assert not (await one.call("get_me")).is_error
    assert one.writes == []


async def test_a_dry_run_says_what_the_policy_and_the_person_would() -> None:
    one = world(policy='[destinations]\ndeny = ["+49"]\n[limits]\nper_hour = 3\n')
    shown = data(await one.call("make_call", **CALL, dry_run=True))
    assert "destinations.deny" in shown["policy"][0]
    assert shown["confirmation"] == "by the client's own approval"
    passing = {**CALL, "phone_number": "+431234567"}
    shown = data(await one.call("make_call", **passing, dry_run=True))
    assert shown["policy"] == [
        "Allowed now.",
        "Counts: At most 3 costly calls (spend or contact) in any hour, for each account.",
    ]


async def test_a_dry_run_hides_secrets() -> None:
    one = world()
    headers = [{"name": "X-Key", "value": "s3cret-value"}]
    tool = next(tool for tool in TOOLS if tool.name == "create_mid_call_tool")
    result = await one.call(tool.name, **{**tool.example, "headers": headers}, dry_run=True)
    assert "[hidden]" in result.text
    assert "s3cret-value" not in result.text


async def test_what_is_deleted_is_shown_by_name_and_never_chosen_by_it() -> None:
    one = world(Settings(confirm="always"))
    number = data(await one.call("list_all_phone_numbers"))["data"][0]
    told = await one.call("release_phone_number", id=number["id"])
    assert f'Give up phone number {number["id"]} ("{number["phone_number"]}")' in told.text
    assert (await one.call("delete_assistant", id="Zufriedenheitsumfrage")).is_error
    assert "assistant 7" in data(await one.call("delete_assistant", id=7, dry_run=True))["preview"]
    assert one.writes == []


async def test_a_name_that_cannot_be_read_leaves_the_id() -> None:
    one = world()

    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            return httpx.Response(500, json={"message": "down"})

    one.gateway.upstream._transport = Broken()
    shown = data(await one.call("make_call", **CALL, dry_run=True))
    assert shown["preview"].startswith("Call +4915112345678 with assistant 7.\n")


# -- record


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def test_every_call_with_an_effect_is_on_record_and_reads_are_not(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    one = world(Settings(audit=path))
    first = data(await one.call("make_call", **CALL))
    await one.call("make_call", **CALL)
    await one.call("list_calls")
    begin, end, again, replayed = lines(path)
    assert (begin["tool"], begin["confirmation"]) == ("make_call", "client")
    assert begin["arguments"] == {"phone_number": "+49…78", "assistant_id": 7}
    assert (end["outcome"], end["upstream_id"]) == ("done", str(first["call_id"]))
    assert begin["id"] == end["id"]
    assert again["tool"] == "make_call"
    assert replayed["outcome"] == "replayed"


@pytest.mark.parametrize(
    ("action", "confirmation", "outcome"),
    [("accept", "accepted", "done"), ("decline", "", "declined"), ("cancel", "", "cancelled")],
)
@both_eras
async def test_what_a_person_said_is_on_record(
    era: str, action: str, confirmation: str, outcome: str, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    one = world(Settings(audit=path))
    async with client(one, era, Person(action)) as asked:
        await asked.call_tool("make_call", CALL)
    begin, end = lines(path)
    assert (begin["confirmation"], end["outcome"]) == (confirmation, outcome)


async def test_blocked_and_lost_calls_are_on_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    one = world(Settings(audit=path), policy="[limits]\nper_minute = 1\n")
    one.upstream.fault = lose
    await one.call("make_call", **CALL)
    await one.call("make_call", **OTHER)
    assert [line["outcome"] for line in lines(path) if line["event"] == "end"] == [
        "unknown",
        "blocked",
    ]


async def test_a_record_that_cannot_be_written_stops_the_call_and_not_the_server(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    one = world(Settings(audit=folder / "audit.jsonl"))
    (folder / "audit.jsonl").unlink()
    folder.rmdir()
    result = await one.call("make_call", **CALL)
    assert "cannot be put on record" in result.text
    assert one.writes == []
    assert not (await one.call("get_me")).is_error


# -- faults


async def test_a_store_that_fails_stops_costly_calls_only(caplog: pytest.LogCaptureFixture) -> None:
    one = world()

    async def broken(*_: Any) -> bytes:
        raise OSError("no")

    store: Any = one.guard.once._store
    store.get = broken
    result = await one.call("make_call", **CALL)
    assert "Nothing was sent" in result.text
    assert one.writes == []
    assert not (await one.call("list_calls")).is_error


async def test_hostile_text_of_the_api_is_shown_and_not_obeyed() -> None:
    one = world(Settings(repeat_window=0))

    async def hostile(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"message": "a\u202eb\u0007", "call_id": 1})

    one.upstream.fault = hostile
    result = await one.call("make_call", **CALL)
    assert data(result)["message"] == "a\\u202eb\\u0007"
    assert "\u202e" not in result.text

    async def refusing(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(422, json={"message": "a\u202eb\x1b[31m"})

    one.upstream.fault = refusing
    text = (await one.call("make_call", **CALL)).text
    assert "\u202e" not in text
    assert "\x1b" not in text

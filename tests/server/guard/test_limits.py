"""Each rule of a policy, reached at its boundary: blocked before sending, with the facts."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.server.guard.acts import DROP, NOTE, NUMBER, PAY, RING, TOOLS, ManualClock, ring

from famulor_mcp.errors import OutcomeUnknown, Refused, Unreachable
from famulor_mcp.guard.explain import explain, judge
from famulor_mcp.guard.fate import Flight
from famulor_mcp.guard.figures import ReadFigures, given, number
from famulor_mcp.guard.intent import Intent
from famulor_mcp.guard.limits import BALANCE_SECONDS, Limits
from famulor_mcp.guard.policyfile import parse
from famulor_mcp.guard.refusals import Blocked, RuleFault, StoreFault
from famulor_mcp.guard.store import MemoryStore
from famulor_tools.table import Audience, Ledger

pytestmark = pytest.mark.anyio

WORDS = ["The operator's policy", "Nothing was sent"]


class Given:
    """An account with these figures. Counts how often it is asked."""

    def __init__(self, balance: Any = 100.0, people: Any = 0) -> None:
        self._balance = balance
        self._people = people
        self.asked = 0

    async def balance(self) -> float:
        self.asked += 1
        return self.told(self._balance)

    async def audience(self, _intent: Intent, _audience: Audience) -> float:
        self.asked += 1
        return self.told(self._people)

    def told(self, figure: Any) -> float:
        if isinstance(figure, Exception):
            raise figure
        return float(figure)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def limits(text: str, clock: ManualClock) -> Limits:
    return Limits(parse(text, "policy", TOOLS), MemoryStore(clock), clock)


async def send(
    held: Limits, intent: Intent, figures: Any = None, error: BaseException | None = None
) -> None:
    """A call that is sent, and fails with `error` if given."""
    flight = Flight()
    async with held.admitted(intent, figures or Given(), flight):
        flight.out = True
        if error:
            raise error


async def refused(held: Limits, intent: Intent, figures: Any = None) -> Blocked:
    with pytest.raises(Blocked) as caught:
        await send(held, intent, figures)
    assert all(word in caught.value.text for word in WORDS)
    assert caught.value.rule in caught.value.text
    return caught.value


@pytest.mark.parametrize(
    ("span", "seconds"), [("per_minute", 60), ("per_hour", 3600), ("per_day", 86400)]
)
async def test_so_many_calls_in_any_span(clock: ManualClock, span: str, seconds: int) -> None:
    held = limits(f"[limits]\n{span} = 2", clock)
    await send(held, ring())
    clock.advance(10)
    await send(held, ring())
    clock.advance(seconds - 10.5)
    wrong = await refused(held, ring())
    assert (wrong.rule, "2 of at most 2" in wrong.text) == (f"limits.{span}", True)
    assert wrong.passes == datetime.fromtimestamp(clock.start.timestamp() + seconds, UTC)
    assert "in 1 second" in wrong.text
    clock.advance(0.5)
    await send(held, ring())


async def test_a_tool_has_limits_of_its_own_within_those_of_all(clock: ManualClock) -> None:
    held = limits("[limits]\nper_hour = 2\n[limits.tools.ring]\nper_hour = 1", clock)
    await send(held, ring())
    assert (await refused(held, ring())).rule == "limits.tools.ring.per_hour"
    await send(held, Intent.of(PAY, {}, "ada"))
    assert (await refused(held, Intent.of(PAY, {}, "ada"))).rule == "limits.per_hour"


async def test_counts_are_those_of_one_account(clock: ManualClock) -> None:
    held = limits("[limits]\nper_hour = 1", clock)
    await send(held, ring("ada"))
    await send(held, ring("ben"))


async def test_calls_that_cost_nothing_are_not_counted(clock: ManualClock) -> None:
    held = limits("[limits]\nper_hour = 1", clock)
    for _ in range(3):
        await send(held, Intent.of(NOTE, {}, "ada"))
    await send(held, ring())


async def test_calls_at_once_do_not_share_a_place(clock: ManualClock) -> None:
    held = limits("[limits]\nper_hour = 3", clock)
    found = await asyncio.gather(*(send(held, ring()) for _ in range(20)), return_exceptions=True)
    assert [one for one in found if one is None] == [None] * 3
    assert sum(isinstance(one, Blocked) for one in found) == 17


@pytest.mark.parametrize("error", [Refused("no", 422), Unreachable("no connection")])
async def test_a_call_that_was_not_made_does_not_count(
    clock: ManualClock, error: Exception
) -> None:
    held = limits("[limits]\nper_hour = 1", clock)
    with pytest.raises(type(error)):
        await send(held, ring(), error=error)
    await send(held, ring())


@pytest.mark.parametrize(
    "error", [OutcomeUnknown("lost"), Refused("failed", 500), asyncio.CancelledError()]
)
async def test_a_call_that_may_have_been_made_counts(
    clock: ManualClock, error: BaseException
) -> None:
    held = limits("[limits]\nper_hour = 1", clock)
    with pytest.raises(type(error)):
        await send(held, ring(), error=error)
    await refused(held, ring())


async def test_a_blocked_call_does_not_count(clock: ManualClock) -> None:
    held = limits('[limits]\nper_hour = 1\n[destinations]\ndeny = ["+49900"]', clock)
    for _ in range(3):
        await refused(held, ring(number="+49900123"))
    await send(held, ring())


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("+4915112345678", ""),
        ("+49900123", "destinations.deny"),
        ("+4990", ""),
        ("+43123", "destinations.allow"),
        ("+4", "destinations"),
        ("015112345678", "destinations"),
    ],
)
async def test_numbers_are_allowed_and_denied_by_prefix(
    clock: ManualClock, number: str, rule: str
) -> None:
    held = limits('[destinations]\nallow = ["+49"]\ndeny = ["+49900"]', clock)
    if rule:
        wrong = await refused(held, ring(number=number))
        assert wrong.rule == rule
    else:
        await send(held, ring(number=number))


async def test_a_number_deep_in_the_arguments_of_a_tool_that_writes_is_judged(
    clock: ManualClock,
) -> None:
    held = limits('[destinations]\nallow = ["+49"]', clock)
    arguments = {"number": NUMBER, "others": [{"number": NUMBER}, {"number": "+1900"}]}
    wrong = await refused(held, Intent.of(NOTE, arguments))
    assert "others[1].number" in wrong.text


async def test_people_are_contacted_in_their_hours_only(clock: ManualClock) -> None:
    text = '[hours]\ntimezone = "Europe/Berlin"\nopen = ["mon-fri 09:00-12:30"]'
    held = limits(text, clock)
    clock.advance(30 * 60 - 1)
    await send(held, ring())
    clock.advance(1)
    wrong = await refused(held, ring())
    assert "Tuesday 12:30 in Europe/Berlin" in wrong.text
    assert "in 20 hours 30 minutes, at 2026-06-24 07:00:00 UTC" in wrong.text
    await send(held, Intent.of(PAY, {}))


async def test_the_balance_must_not_be_below_the_floor(clock: ManualClock) -> None:
    held = limits("[balance]\nfloor = 10", clock)
    await send(held, ring("ada"), Given(balance=10))
    wrong = await refused(held, ring("ben"), Given(balance=9.99))
    assert (wrong.rule, "9.99" in wrong.text, "10.00" in wrong.text) == (
        "balance.floor",
        True,
        True,
    )
    free = Given(balance=0)
    await send(held, Intent.of(NOTE, {}), free)
    assert free.asked == 0


async def test_the_balance_is_read_again_after_half_a_minute(clock: ManualClock) -> None:
    held = limits("[balance]\nfloor = 10", clock)
    figures = Given(balance=11)
    await asyncio.gather(*(send(held, ring(), figures) for _ in range(20)))
    clock.advance(BALANCE_SECONDS - 0.1)
    await send(held, ring(), figures)
    assert figures.asked == 1
    clock.advance(0.1)
    await send(held, ring(), figures)
    assert figures.asked == 2


async def test_a_call_sets_off_so_many_people_at_most(clock: ManualClock) -> None:
    held = limits("[audience]\nlargest = 500", clock)
    start = replace(ring(), audience=Audience("look", "total"))
    await send(held, start, Given(people=500))
    wrong = await refused(held, start, Given(people=501))
    assert (wrong.rule, "501" in wrong.text, "500" in wrong.text) == (
        "audience.largest",
        True,
        True,
    )
    alone = Given(people=501)
    await send(held, ring(), alone)
    assert alone.asked == 0


async def test_tools_and_effects_that_are_off_stay_off(clock: ManualClock) -> None:
    held = limits('[off]\ntools = ["pay"]\neffects = ["delete"]', clock)
    assert (await refused(held, Intent.of(PAY, {}))).rule == "off.tools"
    assert (await refused(held, Intent.of(DROP, {"id": 1}))).rule == "off.effects"
    await send(held, ring())


@pytest.mark.parametrize(
    ("fault", "words"), [(Unreachable("No connection."), "No connection."), (KeyError("x"), "log")]
)
async def test_a_rule_that_cannot_be_checked_stops_the_call(
    clock: ManualClock, fault: Exception, words: str
) -> None:
    held = limits("[balance]\nfloor = 1\n[audience]\nlargest = 5", clock)
    for rule, intent, figures in (
        ("balance.floor", ring(), Given(balance=fault)),
        ("audience.largest", replace(ring(), audience=Audience("look", "n")), Given(people=fault)),
    ):
        with pytest.raises(RuleFault) as caught:
            await send(held, intent, figures)
        assert rule in caught.value.text
        assert words in caught.value.text


async def test_a_fault_of_the_counts_stops_the_call(clock: ManualClock) -> None:
    class Broken(MemoryStore):
        async def reserve(self, *_: Any) -> Any:
            raise ConnectionError

    held = Limits(parse("[limits]\nper_day = 1", "p", TOOLS), Broken(clock), clock)
    with pytest.raises(StoreFault):
        await send(held, ring())


async def test_a_place_that_cannot_be_given_back_does_not_hide_the_failure(
    clock: ManualClock,
) -> None:
    class Broken(MemoryStore):
        async def release(self, *_: Any) -> None:
            raise ConnectionError

    held = Limits(parse("[limits]\nper_day = 1", "p", TOOLS), Broken(clock), clock)
    with pytest.raises(Refused):
        await send(held, ring(), error=Refused("no", 422))


async def test_figures_are_read_by_the_facts_of_the_table() -> None:
    seen = []

    async def fetch(name: str, arguments: Any) -> Any:
        seen.append((name, arguments))
        return {"meta": {"total": "12"}, "balance": "3.50"}

    figures = ReadFigures(fetch, Ledger("me", "balance"))
    audience = Audience("people", "meta.total", {"group": {"argument": "helper_id"}, "per_page": 1})
    assert await figures.balance() == 3.5
    assert await figures.audience(ring(helper_id=4), audience) == 12
    assert seen == [("me", {}), ("people", {"group": 4, "per_page": 1})]
    with pytest.raises(RuleFault):
        await ReadFigures(fetch).balance()


def test_an_argument_that_is_not_there_has_its_default_or_is_left_out() -> None:
    wanted = {"a": {"argument": "x", "default": 1}, "b": {"argument": "y"}}
    assert given(wanted, {}) == {"a": 1}


@pytest.mark.parametrize("value", [None, True, "many", [1], "nan", "inf"])
def test_what_is_no_number_is_a_fault_and_not_zero(value: Any) -> None:
    with pytest.raises(RuleFault, match="no number in total"):
        number({"total": value}, "total", "look")


WHOLE = """
[limits]
per_hour = 2
[limits.tools.ring]
per_day = 1
[destinations]
allow = ["+49"]
deny = ["+49900"]
[hours]
timezone = "Europe/Berlin"
open = ["mon-fri 22:00-02:00"]
[balance]
floor = 10
[audience]
largest = 500
[off]
tools = ["pay"]
effects = ["delete"]
"""


def test_a_policy_is_explained_rule_by_rule() -> None:
    text = explain(parse(WHOLE, "p", TOOLS))
    assert len(text.splitlines()) == 9
    for words in (
        "Never called: pay.",
        "effect delete",
        "At most 2 costly calls (spend or contact) in any hour",
        "At most 1 calls of ring in any 24 hours",
        "begin with +49.",
        "begins with +49900.",
        "22:00 to 02:00 the next day",
        "at least 10.00",
        "at most 500 people",
    ):
        assert words in text


def test_a_policy_is_judged_without_asking_anyone() -> None:
    policy = parse(WHOLE, "p", TOOLS)
    noon = datetime(2026, 6, 23, 10, tzinfo=UTC)
    lines = judge(policy, RING, {"number": "+49900123"}, noon)
    assert [line.split(":")[0] for line in lines] == [
        "Blocked",
        "Blocked",
        "Passes if the balance is at least 10.00.",
        "Counts",
        "Counts",
    ]
    assert judge(policy, NOTE, {}, noon) == ["Passes: no rule concerns this call of note."]
    assert judge(policy, TOOLS[3], {}, noon) == ["Passes: look only reads."]


async def test_the_member_of_a_window_is_not_the_call() -> None:
    """Windows are shared by processes; nothing of a call stands in them."""
    clock = ManualClock()
    store = MemoryStore(clock)
    held = Limits(parse("[limits]\nper_day = 9", "p", TOOLS), store, clock)
    await send(held, ring("the account"))
    text = str([(key, room.all) for key, room in store._windows.items()])
    assert not any(part in text for part in ("ring", NUMBER, "the account"))

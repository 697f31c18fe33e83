"""At most once: one intent, one attempt, whatever the client does."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.server.guard.acts import ManualClock, ring

from famulor_mcp.errors import (
    InvalidArguments,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from famulor_mcp.guard import once as module
from famulor_mcp.guard.fate import Flight
from famulor_mcp.guard.intent import Intent
from famulor_mcp.guard.once import LARGEST, LEASE, LONGEST, Once, note_of
from famulor_mcp.guard.refusals import SharedFailure, StoreFault, Undecided
from famulor_mcp.guard.store import MemoryStore

pytestmark = pytest.mark.anyio


class Api:
    """Counts what reaches it, and answers when it is let go."""

    def __init__(self) -> None:
        self.attempts = 0
        self.queued = asyncio.Event()
        self.reached = asyncio.Event()
        self.go = asyncio.Event()
        self.taken = asyncio.Event()
        self.taken.set()
        self.error: BaseException | None = None

    async def __call__(self, flight: Flight) -> Any:
        self.queued.set()
        await self.taken.wait()
        flight.out = True
        self.attempts += 1
        number = self.attempts
        self.reached.set()
        await self.go.wait()
        if self.error:
            raise self.error
        return {"id": number}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def once(store: MemoryStore, clock: ManualClock) -> Once:
    return Once(store, clock)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def open_api(api: Api) -> Api:
    api.go.set()
    return api


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_twenty_at_once_are_one_attempt(once: Once, api: Api) -> None:
    calls = [asyncio.create_task(once.run(ring(), api)) for _ in range(20)]
    await api.reached.wait()
    await settled()
    api.go.set()
    outcomes = await asyncio.gather(*calls)
    assert api.attempts == 1
    assert [outcome.value for outcome in outcomes] == [{"id": 1}] * 20
    assert [outcome.replayed for outcome in outcomes] == [False] + [True] * 19


async def test_a_repeat_gets_the_first_answer_and_its_age(
    once: Once, clock: ManualClock, open_api: Api
) -> None:
    first = await once.run(ring(), open_api)
    clock.advance(12)
    second = await once.run(ring(), open_api)
    assert open_api.attempts == 1
    assert (second.value, second.replayed, second.age) == (first.value, True, 12)
    assert note_of(first) == ""
    assert "12 seconds ago" in note_of(second)
    assert "repeat: true" in note_of(second)


@pytest.mark.parametrize("other", [ring(helper_id=2), ring("ben")])
async def test_other_arguments_and_other_accounts_are_other_calls(
    once: Once, open_api: Api, other: Intent
) -> None:
    await once.run(ring(), open_api)
    assert not (await once.run(other, open_api)).replayed
    assert open_api.attempts == 2


async def test_the_window_ends_to_the_second(once: Once, clock: ManualClock, open_api: Api) -> None:
    await once.run(ring(), open_api)
    clock.advance(59.9)
    assert (await once.run(ring(), open_api)).replayed
    clock.advance(0.1)
    assert not (await once.run(ring(), open_api)).replayed


async def test_the_window_begins_with_the_outcome(once: Once, clock: ManualClock, api: Api) -> None:
    call = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    clock.advance(45)
    api.go.set()
    await call
    clock.advance(59)
    assert (await once.run(ring(), api)).replayed


async def test_repeat_means_it_and_restarts_the_window(
    once: Once, clock: ManualClock, open_api: Api
) -> None:
    await once.run(ring(), open_api)
    clock.advance(40)
    again = await once.run(ring(), open_api, repeat=True)
    assert (again.value, again.replayed) == ({"id": 2}, False)
    clock.advance(40)
    assert (await once.run(ring(), open_api)).value == {"id": 2}


async def test_a_repeat_that_is_meant_waits_for_the_one_under_way(once: Once, api: Api) -> None:
    first = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    second = asyncio.create_task(once.run(ring(), api, repeat=True))
    await settled()
    assert api.attempts == 1
    api.go.set()
    assert [(await first).value, (await second).value] == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknown("lost"),
        Refused("failed", 500),
        RuntimeError("a fault of ours, with the request out"),
    ],
)
async def test_after_an_unknown_outcome_the_call_is_refused_with_the_tool_that_tells(
    once: Once, clock: ManualClock, open_api: Api, error: Exception
) -> None:
    open_api.error = error
    with pytest.raises(type(error)):
        await once.run(ring(), open_api)
    clock.advance(10)
    with pytest.raises(Undecided) as caught:
        await once.run(ring(), open_api)
    assert "list_rings" in caught.value.text
    assert "10 seconds ago" in caught.value.text
    assert "in 50 seconds" in caught.value.text
    assert open_api.attempts == 1


async def test_an_unknown_outcome_holds_until_the_window_ends_or_repeat_is_given(
    once: Once, clock: ManualClock, open_api: Api
) -> None:
    open_api.error = OutcomeUnknown("lost")
    for expected in (OutcomeUnknown, Undecided):
        with pytest.raises(expected):
            await once.run(ring(), open_api)
    with pytest.raises(OutcomeUnknown):
        await once.run(ring(), open_api, repeat=True)
    clock.advance(60)
    open_api.error = None
    assert (await once.run(ring(), open_api)).value == {"id": 3}


@pytest.mark.parametrize(
    "error",
    [
        InvalidArguments("wrong"),
        Refused("no", 422),
        Refused("moved", 302),
        RateLimited("later", 3),
        Unreachable("no connection"),
    ],
)
async def test_after_a_failure_that_changed_nothing_a_retry_runs(
    once: Once, open_api: Api, error: Exception
) -> None:
    open_api.error = error
    with pytest.raises(type(error)):
        await once.run(ring(), open_api)
    open_api.error = None
    assert (await once.run(ring(), open_api)).value == {"id": 2}


async def test_those_who_waited_share_a_failure_and_attempt_nothing(once: Once, api: Api) -> None:
    api.error = Refused("The number does not exist.", 422)
    calls = [asyncio.create_task(once.run(ring(), api)) for _ in range(20)]
    await api.reached.wait()
    await settled()
    api.go.set()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert api.attempts == 1
    assert isinstance(errors[0], Refused)
    assert all(isinstance(error, SharedFailure) for error in errors[1:])
    assert all("The number does not exist." in str(error) for error in errors)


async def test_a_meant_repeat_that_fails_leaves_the_first_outcome(
    once: Once, open_api: Api
) -> None:
    await once.run(ring(), open_api)
    open_api.error = Refused("no balance", 400)
    with pytest.raises(Refused):
        await once.run(ring(), open_api, repeat=True)
    assert (await once.run(ring(), open_api)).value == {"id": 1}


async def test_a_waiting_caller_who_gives_up_does_not_disturb_the_first(
    once: Once, api: Api
) -> None:
    first = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    second = asyncio.create_task(once.run(ring(), api))
    await settled()
    await cancel(second)
    api.go.set()
    assert (await first).value == {"id": 1}


async def test_a_call_whose_client_gave_up_goes_on_and_is_replayed(once: Once, api: Api) -> None:
    first = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    await cancel(first)
    second = asyncio.create_task(once.run(ring(), api))
    await settled()
    api.go.set()
    outcome = await second
    assert (outcome.value, outcome.replayed, api.attempts) == ({"id": 1}, True, 1)


async def test_a_client_that_gives_up_before_the_request_is_out_ends_it(
    once: Once, api: Api
) -> None:
    api.taken.clear()
    first = asyncio.create_task(once.run(ring(), api))
    await api.queued.wait()
    await cancel(first)
    await settled()
    assert (api.attempts, once._under_way) == (0, set())
    api.taken.set()
    api.go.set()
    assert not (await once.run(ring(), api)).replayed


async def test_who_waited_for_a_call_that_was_never_sent_makes_it(once: Once, api: Api) -> None:
    api.taken.clear()
    first = asyncio.create_task(once.run(ring(), api))
    await api.queued.wait()
    second = asyncio.create_task(once.run(ring(), api))
    await settled()
    await cancel(first)
    api.taken.set()
    api.go.set()
    assert (await second).value == {"id": 1}


async def test_a_server_that_stops_leaves_an_unknown_outcome(once: Once, api: Api) -> None:
    first = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    await once.aclose()
    with pytest.raises(asyncio.CancelledError):
        await first
    with pytest.raises(Undecided, match="list_rings"):
        await once.run(ring(), api)


async def test_a_call_that_never_ends_is_not_waited_for_for_ever(once: Once, api: Api) -> None:
    first = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    with pytest.raises(Undecided, match="still under way"):
        await once.run(ring(), api, patience=0)
    api.go.set()
    await first


async def test_a_call_of_a_process_that_died_holds_for_its_time_and_the_window(
    once: Once, store: MemoryStore, clock: ManualClock, api: Api
) -> None:
    first = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    after = Once(store, clock)
    clock.advance(LONGEST + 59.9)
    with pytest.raises(Undecided):
        await after.run(ring(), api, patience=0)
    clock.advance(0.1)
    api.go.set()
    assert not (await after.run(ring(), api)).replayed
    await first


async def test_a_window_of_nothing_turns_it_off(clock: ManualClock, open_api: Api) -> None:
    once = Once(MemoryStore(clock), clock, 0)
    outcomes = [await once.run(ring(), open_api) for _ in range(2)]
    assert [outcome.value for outcome in outcomes] == [{"id": 1}, {"id": 2}]
    assert await once.peek(ring()) is None


async def test_a_look_ahead_answers_what_a_call_would_and_attempts_nothing(
    once: Once, open_api: Api
) -> None:
    assert await once.peek(ring()) is None
    await once.run(ring(), open_api)
    outcome = await once.peek(ring())
    assert outcome is not None
    assert (outcome.value, outcome.replayed) == ({"id": 1}, True)
    open_api.error = OutcomeUnknown("lost")
    with pytest.raises(OutcomeUnknown):
        await once.run(ring(), open_api, repeat=True)
    with pytest.raises(Undecided):
        await once.peek(ring())
    assert open_api.attempts == 2


@pytest.mark.parametrize("value", ["x" * LARGEST, {1, 2}])
async def test_an_answer_that_cannot_be_kept_is_still_not_asked_for_twice(
    once: Once, value: Any
) -> None:
    async def attempt(_flight: Flight) -> Any:
        return value

    assert (await once.run(ring(), attempt)).value == value
    again = await once.run(ring(), attempt)
    assert (again.value, again.kept, again.replayed) == (None, False, True)
    assert "too large" in note_of(again)


class Faulty(MemoryStore):
    """Fails where it is told to."""

    fails = ""

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        found: bytes | None = await self._unless("claim", super().claim(key, value, ttl))
        return found

    async def swap(self, key: str, old: bytes, new: bytes | None, ttl: float = 0) -> bool:
        return bool(await self._unless("swap", super().swap(key, old, new, ttl)))

    async def _unless(self, name: str, answer: Coroutine[Any, Any, Any]) -> Any:
        if self.fails == name:
            answer.close()
            raise ConnectionError
        return await answer


async def test_a_fault_of_the_store_stops_the_call(clock: ManualClock, open_api: Api) -> None:
    store = Faulty(clock)
    store.fails = "claim"
    with pytest.raises(StoreFault):
        await Once(store, clock).run(ring(), open_api)
    assert open_api.attempts == 0


async def test_a_fault_after_the_call_keeps_its_answer_and_lets_nothing_out_twice(
    clock: ManualClock, open_api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    store = Faulty(clock)
    store.fails = "swap"
    once = Once(store, clock)
    assert (await once.run(ring(), open_api)).value == {"id": 1}
    assert "could not be remembered" in caplog.text
    with pytest.raises(Undecided):
        await once.run(ring(), open_api, patience=0)


async def test_what_the_store_is_asked_for_tells_nothing(clock: ManualClock, open_api: Api) -> None:
    store = MemoryStore(clock)
    await Once(store, clock).run(ring("lovelace", words="Hello Ada"), open_api)
    seen = "".join(store._held) + str(list(store._held.values()))
    assert not any(part in seen for part in ("ring", "Hello", "4915112345678", "lovelace"))


async def test_an_attempt_that_lasts_is_under_way_as_long_as_its_process_says_so(
    store: MemoryStore, clock: ManualClock, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    first = Once(store, clock)
    call = asyncio.create_task(first.run(ring(), api))
    await api.reached.wait()
    for _ in range(4):
        clock.advance(LEASE - 1)
        await asyncio.sleep(0.02)
        with pytest.raises(Undecided, match="still under way"):
            await Once(store, clock).run(ring(), api, patience=0)
    api.go.set()
    assert (await call).value == {"id": 1}
    assert (await Once(store, clock).run(ring(), api)).replayed


async def test_an_attempt_whose_process_died_counts_as_lost_before_long(
    store: MemoryStore, clock: ManualClock, api: Api
) -> None:
    dead = Once(store, clock)
    call = asyncio.create_task(dead.run(ring(), api))
    await api.reached.wait()
    clock.advance(LEASE)
    once = Once(store, clock)
    with pytest.raises(Undecided, match="may have been carried out"):
        await once.run(ring(), api)
    assert api.attempts == 1
    api.go.set()
    assert (await once.run(ring(), api, repeat=True)).value == {"id": 2}
    await call


async def test_an_outcome_is_written_down_once_the_store_is_back(
    store: MemoryStore, once: Once, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    call = asyncio.create_task(once.run(ring(), api))
    await api.reached.wait()
    back = asyncio.Event()
    swap = store.swap

    async def away(*args: Any) -> bool:
        if not back.is_set():
            raise StoreFault("its store is away")
        return await swap(*args)

    monkeypatch.setattr(store, "swap", away)
    api.go.set()
    assert (await call).value == {"id": 1}
    with pytest.raises(Undecided):
        await once.run(ring(), api, patience=0)
    back.set()
    assert (await once.run(ring(), api, patience=10)).replayed
    assert api.attempts == 1

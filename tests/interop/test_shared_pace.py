"""Several processes pace one account together, by lines in a real Redis. The time is a test's."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.interop.redis import SECRET, Redis

from famulor_mcp.errors import RateLimited
from famulor_mcp.guard.opening import pacing
from famulor_mcp.guard.redis import REST, STALE, RedisStore
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.pace import EVERYTHING, PADDING, STEP, Clock, Pace
from famulor_mcp.shared import SharedPace
from famulor_tools.table import RateLimit

pytestmark = [pytest.mark.interop, pytest.mark.anyio, pytest.mark.usefixtures("unhurried")]

KEY, OTHER = "12|abcdefghijklmnop", "fam_0123456789abcdef"
LIMITS = (RateLimit(20, 10), RateLimit(100, 60))
ROUND = 10 + PADDING


class Time:
    """Stands still while anyone waits for Redis, then goes to the first that wakes."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.paces: list[SharedPace] = []
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.passed, self.sleep)

    def now(self) -> datetime:
        return datetime.fromtimestamp(1.8e9 + self.passed, UTC)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.passed + seconds, next(self._order), wake))
        await wake

    async def run(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """The outcomes of `calls`, exceptions among them."""
        tasks = [asyncio.ensure_future(call) for call in calls]
        while not all(task.done() for task in tasks):
            asleep = sum(not wake.done() for _, _, wake in self._sleepers)
            telling = any(pace._tasks for pace in self.paces)
            if telling or asleep < sum(not task.done() for task in tasks):
                await asyncio.sleep(0.001)
                continue
            self.passed, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                wake.set_result(None)
        return list(await asyncio.gather(*tasks, return_exceptions=True))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def stores(server: Redis, time: Time) -> AsyncIterator[list[RedisStore]]:
    """The store, as three processes have it."""
    assert server.say("FLUSHALL") == b"+OK\r\n"
    async with AsyncExitStack() as stack:
        stores = [RedisStore(server.url, [SECRET], time) for _ in range(3)]
        for store in stores:
            stack.push_async_callback(store.aclose)
        yield stores


@pytest.fixture
def paces(stores: list[RedisStore], time: Time) -> list[SharedPace]:
    """The pace of one account, in three processes."""
    time.paces = [SharedPace(store, KEY) for store in stores]
    return time.paces


async def call(
    pace: SharedPace | Pace, time: Time, wait: float = 50, after: float = 0, **scopes: Any
) -> float:
    """One call, made after so many seconds; gives the second at which it may go."""
    if after:
        await time.sleep(after)
    await pace.turn({EVERYTHING: LIMITS, **scopes}, time.passed + wait, time.clock)
    return time.passed


async def halt(pace: SharedPace, scope: str, seconds: float, time: Time) -> None:
    """A halt, of which the store knows."""
    pace.halt(scope, seconds, time.passed)
    await asyncio.gather(*pace._tasks)


def near(turns: Sequence[float]) -> Any:
    """These seconds, as exactly as the store counts."""
    return pytest.approx(turns, abs=0.01)


async def test_a_burst_over_three_processes_goes_as_in_one(
    paces: list[SharedPace], time: Time
) -> None:
    turns = await time.run(*(call(paces[n % 3], time) for n in range(50)))
    assert sorted(turns) == near([0] * 20 + [ROUND] * 20 + [2 * ROUND] * 10)


async def test_no_window_is_ever_over_its_limit(paces: list[SharedPace], time: Time) -> None:
    turns = await time.run(*(call(paces[n % 3], time, 100, n / 7) for n in range(105)))
    for limit in LIMITS:
        for end in turns:
            assert sum(end - limit.seconds < turn <= end for turn in turns) <= limit.requests


async def test_what_cannot_go_in_time_is_refused_at_once(
    paces: list[SharedPace], time: Time
) -> None:
    limits: dict[str, Any] = {"slow": [RateLimit(4, 60)]}
    before = [call(paces[n % 2], time, 55, **limits) for n in range(4)]
    *_, last = await time.run(*before, call(paces[2], time, 55, 0.5, **limits))
    assert isinstance(last, RateLimited)
    assert last.seconds == pytest.approx(60 + PADDING - 0.5, abs=0.01)
    assert "60 seconds" in last.text


async def test_who_began_first_goes_first_in_whichever_process(
    paces: list[SharedPace], time: Time
) -> None:
    begun = [n / 10 for n in range(60)]
    order: list[float] = []

    async def one(start: float) -> None:
        await call(paces[round(10 * start) % 3], time, 60, start)
        order.append(start)

    await time.run(*(one(start) for start in begun))
    assert [n // 20 for n in map(begun.index, order)] == sorted(n // 20 for n in range(60))


async def test_one_call_is_not_passed_over_by_a_process_that_never_stops(
    paces: list[SharedPace], time: Time
) -> None:
    crowd = [call(paces[0], time, 50, n / 10) for n in range(60)]
    *turns, one = await time.run(*crowd, call(paces[1], time, 50, 3.05))
    assert ROUND <= one < 2 * ROUND
    assert one <= min(turns[31:]) + 0.01
    assert one >= max(turns[:20])


async def test_a_tool_s_own_limit_holds_everywhere_and_holds_no_other_tool_up(
    paces: list[SharedPace], time: Time
) -> None:
    slow = [call(paces[n % 3], time, slow=[RateLimit(2, 30)]) for n in range(3)]
    turns = await time.run(*slow, *(call(paces[n % 3], time, 5, 0.1) for n in range(18)))
    assert sorted(turns[:3]) == near([0, 0, 30 + PADDING])
    assert turns[3:] == [0.1] * 18


async def test_a_cancelled_call_gives_its_place_to_one_in_another_process(
    paces: list[SharedPace], time: Time
) -> None:
    async def one(pace: SharedPace, after: float) -> float:
        await time.sleep(after)
        await pace.turn({EVERYTHING: [RateLimit(1, 10)]}, 50, time.clock)
        return time.passed

    victims: list[asyncio.Task[Any]] = []

    async def victim() -> None:
        victims.extend(filter(None, [asyncio.current_task()]))
        await one(paces[0], 1)

    async def cancel() -> None:
        await time.sleep(3)
        victims[0].cancel()

    turns = await time.run(one(paces[0], 0), one(paces[1], 2), victim(), cancel())
    assert turns[:2] == near([0, ROUND])
    assert isinstance(turns[2], asyncio.CancelledError)


async def test_the_places_of_a_process_that_died_are_free_before_long(
    paces: list[SharedPace], stores: list[RedisStore], time: Time
) -> None:
    await time.run(*(call(paces[0], time) for _ in range(20)))
    scope = paces[2]._scope(EVERYTHING, LIMITS)
    for n in range(30):
        assert await stores[2].stand([scope], f"of the dead {n}", 40) > 0
    (turn,) = await time.run(call(paces[0], time, 49, 1))
    assert turn == pytest.approx(ROUND, abs=0.01)
    assert STALE < ROUND


async def test_a_halt_in_one_process_holds_the_others_back(
    paces: list[SharedPace], time: Time
) -> None:
    await halt(paces[0], EVERYTHING, 7, time)
    assert await time.run(*(call(pace, time) for pace in paces)) == near([7, 7, 7])


async def test_of_two_halts_the_one_that_ends_later_holds(
    paces: list[SharedPace], time: Time
) -> None:
    await halt(paces[0], EVERYTHING, 7, time)
    await halt(paces[1], EVERYTHING, 3, time)
    assert await time.run(call(paces[2], time)) == near([7])


async def test_a_halt_of_one_tool_holds_that_tool_alone(
    paces: list[SharedPace], time: Time
) -> None:
    await halt(paces[0], "slow", 7, time)
    turns = await time.run(call(paces[1], time, slow=[RateLimit(2, 30)]), call(paces[2], time))
    assert turns == near([7, 0])


async def test_a_halt_beyond_the_deadline_refuses_also_what_already_waits(
    paces: list[SharedPace], time: Time
) -> None:
    async def later() -> None:
        await time.sleep(2)
        await halt(paces[1], EVERYTHING, 100, time)

    *turns, last, _ = await time.run(*(call(paces[0], time) for _ in range(21)), later())
    assert turns == [0] * 20
    assert isinstance(last, RateLimited)
    assert time.passed <= 2 + 2 * STEP


async def test_accounts_do_not_wait_for_each_other(
    paces: list[SharedPace], stores: list[RedisStore], time: Time
) -> None:
    other = SharedPace(stores[0], OTHER)
    calls = [call(pace, time) for pace in (paces[0], other) for _ in range(20)]
    assert await time.run(*calls) == [0] * 40


async def test_without_redis_a_process_keeps_to_the_limits_by_itself_and_then_again_together(
    tmp_path: Path, time: Time
) -> None:
    redis = Redis(tmp_path)
    redis.start()
    stores = [RedisStore(redis.url, [SECRET], time) for _ in range(2)]
    time.paces = [SharedPace(store, KEY) for store in stores]
    try:
        assert await time.run(*(call(time.paces[0], time) for _ in range(15))) == [0] * 15
        redis.stop()
        turns = await time.run(*(call(time.paces[0], time) for _ in range(10)))
        assert turns == near([0] * 5 + [ROUND] * 5)  # what went before counts
        redis.start()
        await asyncio.sleep(REST)
        turns = await time.run(*(call(time.paces[n % 2], time) for n in range(25)))
        assert sorted(turns) == near([time.passed - ROUND] * 20 + [time.passed] * 5)
    finally:
        for store in stores:
            await store.aclose()
        redis.stop()


def test_in_memory_each_account_has_a_pace_of_the_process_s_own(time: Time) -> None:
    paces = pacing(MemoryStore(time))
    assert isinstance(paces(KEY), Pace)
    assert paces(KEY) is not paces(OTHER)


async def test_no_key_of_an_account_stands_in_redis(
    paces: list[SharedPace], stores: list[RedisStore], time: Time
) -> None:
    await time.run(*(call(paces[0], time) for _ in range(2)))
    await halt(paces[0], EVERYTHING, 1, time)
    names = await stores[0]._client.keys("*")
    assert len(names) >= 3
    for name in names:
        assert await stores[0]._client.pttl(name) > 0
        assert KEY.encode() not in name + (await stores[0]._client.dump(name) or b"")

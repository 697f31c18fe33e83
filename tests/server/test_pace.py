"""Rate limits: exact windows, fair order, no waiting past the deadline."""

import asyncio
from typing import Any

import pytest
from tests.server.upstreams import Time

from famulor_mcp.errors import RateLimited
from famulor_mcp.pace import EVERYTHING, PADDING, Pace, halt_of, retry_after
from famulor_tools.table import RateLimit

pytestmark = pytest.mark.anyio

LIMITS = (RateLimit(20, 10), RateLimit(100, 60))


@pytest.fixture
def time() -> Time:
    return Time()


def calls(pace: Pace, time: Time, number: int, wait: float = 50, **scopes: Any) -> list[Any]:
    """That many calls made now; each gives the second at which it may go."""
    start = time.now

    async def call() -> float:
        await pace.turn({EVERYTHING: LIMITS, **scopes}, start + wait, time.clock)
        return time.now - start

    return [call() for _ in range(number)]


async def test_a_burst_goes_at_once_and_then_waits_for_the_window(time: Time) -> None:
    turns = await time.run(*calls(Pace(), time, 50))
    assert turns == [0] * 20 + [10 + PADDING] * 20 + [2 * (10 + PADDING)] * 10


async def test_no_window_is_ever_over_its_limit(time: Time) -> None:
    turns = await time.run(*calls(Pace(), time, 110, wait=100))
    for limit in LIMITS:
        for end in turns:
            assert sum(end - limit.seconds < turn <= end for turn in turns) <= limit.requests


async def test_what_cannot_go_in_time_is_refused_at_once_with_the_seconds(time: Time) -> None:
    turns = await time.run(*calls(Pace(), time, 101))
    refused = [turn for turn in turns if isinstance(turn, RateLimited)]
    assert len(refused) == 1
    assert refused[0].seconds == pytest.approx(60 + PADDING)
    assert "61 seconds" in refused[0].text


async def test_calls_go_in_the_order_they_came(time: Time) -> None:
    pace, order = Pace(), []

    async def call(number: int) -> None:
        await pace.turn({EVERYTHING: [RateLimit(1, 1)]}, time.now + 50, time.clock)
        order.append(number)

    await time.run(*(call(number) for number in range(12)))
    assert order == list(range(12))


async def test_a_tool_s_own_limit_holds_without_holding_up_other_tools(time: Time) -> None:
    pace = Pace()
    slow = calls(pace, time, 3, slow=[RateLimit(2, 30)])
    turns = await time.run(*slow, *calls(pace, time, 2))
    assert turns == [0, 0, 30 + PADDING, 0, 0]


async def test_a_cancelled_call_gives_its_place_to_the_next(time: Time) -> None:
    pace = Pace()
    windows = {EVERYTHING: [RateLimit(1, 10)]}

    async def call() -> float:
        await pace.turn(windows, 1050, time.clock)
        return time.now - 1000

    first, second, third = (asyncio.ensure_future(call()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    turns = await time.run(first, second, third)
    assert turns[0] == 0
    assert isinstance(turns[1], asyncio.CancelledError)
    assert turns[2] == pytest.approx(10 + PADDING)
    assert not pace._queue


async def test_a_halt_holds_everything_back_and_then_lets_go(time: Time) -> None:
    pace = Pace()
    pace.halt(EVERYTHING, 7, time.now)
    assert await time.run(*calls(pace, time, 2)) == [7, 7]


async def test_a_halt_beyond_the_deadline_refuses_also_what_already_waits(time: Time) -> None:
    pace = Pace()
    waiting = calls(pace, time, 21)

    async def halt() -> None:
        await time.sleep(2)
        pace.halt(EVERYTHING, 100, time.now)

    *turns, last, _ = await time.run(*waiting, halt())
    assert turns == [0] * 20
    assert isinstance(last, RateLimited)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "9"}, 0),
        ({"x-ratelimit-remaining": "0"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}, 9),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000009"}, 9),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000000"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "nan"}, 0),
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": "1800000009",
                "date": "Fri, 15 Jan 2027 08:00:04 GMT",
            },
            5,
        ),
    ],
)
async def test_rate_limit_headers_are_read(headers: dict[str, str], seconds: float) -> None:
    """The last: a reset in Unix time is measured by the API's own clock."""
    assert halt_of(headers, 1.8e9) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3), ("Fri, 15 Jan 2027 08:00:04 GMT", 4), ("-3", None), ("x", None), ("inf", None)],
)
async def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, 1.8e9) == seconds

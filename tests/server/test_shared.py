"""A pace that several processes share, as one of them sees it; the lines themselves are Redis's."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from tests.server.upstreams import Time

from famulor_mcp.errors import RateLimited
from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.pace import EVERYTHING, PADDING
from famulor_mcp.shared import Scope, SharedPace
from famulor_tools.table import RateLimit

pytestmark = pytest.mark.anyio

KEY = "12|abcdefghijklmnop"
LIMITS = (RateLimit(2, 10),)


class Lines:
    """Says what a test wants, and notes what it is told."""

    def __init__(self, *waits: float | StoreFault) -> None:
        self.waits = list(waits)
        self.stood: list[tuple[list[str], float]] = []
        self.members: list[str] = []
        self.left: list[str] = []
        self.held: list[tuple[str, float]] = []

    async def stand(self, scopes: Sequence[Scope], member: str, patience: float) -> float:
        self.stood.append(([scope.name for scope in scopes], patience))
        self.members.append(member)
        await asyncio.sleep(0)
        wait = self.waits.pop(0) if self.waits else 0.0
        if isinstance(wait, StoreFault):
            raise wait
        return wait

    async def leave(self, scopes: Sequence[Scope], member: str) -> None:
        assert scopes
        self.left.append(member)

    async def hold(self, scope: Scope, seconds: float) -> None:
        self.held.append((scope.name, seconds))


@pytest.fixture
def time() -> Time:
    return Time()


async def turn(pace: SharedPace, time: Time, wait: float = 50, **scopes: Any) -> float:
    start = time.now
    await pace.turn({EVERYTHING: LIMITS, **scopes}, start + wait, time.clock)
    return time.now - start


async def test_a_call_asks_again_after_the_wait_and_at_the_latest_after_a_second(
    time: Time,
) -> None:
    lines = Lines(0.5, 7, 0)
    assert await time.run(turn(SharedPace(lines, KEY), time, slow=LIMITS)) == [1.5]
    assert lines.stood == [(["slow", EVERYTHING], patience) for patience in (50, 49.5, 48.5)]
    assert len(set(lines.members)) == 1


async def test_a_wait_beyond_the_deadline_refuses_at_once_and_the_place_is_given_up(
    time: Time,
) -> None:
    lines = Lines(51)
    (refused,) = await time.run(turn(SharedPace(lines, KEY), time))
    assert isinstance(refused, RateLimited)
    assert refused.seconds == 51
    await asyncio.sleep(0)
    assert lines.left == lines.members


async def test_calls_of_one_process_come_to_the_line_in_their_order(time: Time) -> None:
    lines = Lines()
    pace = SharedPace(lines, KEY)
    await time.run(*(turn(pace, time) for _ in range(12)))
    assert lines.members == sorted(lines.members)


async def test_without_the_store_a_process_paces_itself_and_knows_what_it_sent(
    time: Time,
) -> None:
    lines = Lines(0, *[StoreFault("its store is away")] * 2)
    pace = SharedPace(lines, KEY)
    assert await time.run(turn(pace, time)) == [0]
    assert await time.run(turn(pace, time), turn(pace, time)) == [0, 10 + PADDING]


async def test_a_halt_is_told_to_others_and_holds_here_at_once(time: Time) -> None:
    lines = Lines()
    pace = SharedPace(lines, KEY)
    pace.halt(EVERYTHING, 7, time.now)
    assert await time.run(turn(pace, time)) == [7]
    assert lines.held == [(EVERYTHING, 7)]


def test_a_scope_s_name_in_the_store_tells_neither_key_nor_tool() -> None:
    scope = SharedPace(Lines(), KEY)._scope("send_word", LIMITS)
    seen = scope.key + "".join(window.key for window in scope.windows)
    assert KEY not in seen
    assert "send_word" not in seen

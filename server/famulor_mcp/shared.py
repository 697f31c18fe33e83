"""The pace of one account in several processes: its turns come from a line that all stand in.

The store counts what all of them send, and lets go first whose deadline is first, wherever it
waits; nobody who keeps asking is passed over. While the store is away each process keeps to the
limits by itself: together they may then be too fast, which the API answers with 429, and what it
did not take is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from famulor_mcp.errors import RateLimited
from famulor_mcp.guard.intent import digest, fingerprint
from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.store import Window
from famulor_mcp.pace import LONGEST_HALT, PADDING, STEP, Pace, too_busy

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from famulor_mcp.pace import Clock
    from famulor_tools.table import RateLimit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scope:
    """What limits hold for together: an account, or one tool in it."""

    name: str
    key: str
    windows: tuple[Window, ...] = ()


class Lines(Protocol):
    """Lines of requests that several processes stand in. Each method raises `StoreFault`."""

    async def stand(self, scopes: Sequence[Scope], member: str, patience: float) -> float:
        """0: `member` is counted in all windows and goes now. Else the seconds until it may ask.

        The narrowest scope comes first. It keeps its place if it asks again within the second, and
        has none where the wait is longer than its patience.
        """
        ...

    async def leave(self, scopes: Sequence[Scope], member: str) -> None:
        """Give a place up."""
        ...

    async def hold(self, scope: Scope, seconds: float) -> None:
        """Let nothing of `scope` go for so many seconds."""
        ...


class SharedPace:
    """The requests of the account with `key`, in this process and others."""

    def __init__(self, lines: Lines, key: str) -> None:
        self._lines = lines
        self._account = fingerprint(key)
        self._own = Pace()
        self._name = uuid4().hex
        self._count = count()
        self._first = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def turn(
        self, windows: Mapping[str, Sequence[RateLimit]], deadline: float, clock: Clock
    ) -> None:
        """Return when the request may be sent, and count it. As `Pace.turn`."""
        scopes = [self._scope(name, limits) for name, limits in windows.items()][::-1]
        member = f"{next(self._count):012}-{self._name}"  # sorts by age among those of one moment
        try:
            await self._line_up(scopes, member, deadline, clock)
        except StoreFault:
            await self._own.turn(windows, deadline, clock)
        except BaseException:
            self._later(self._lines.leave(scopes, member))
            raise
        else:
            self._own.count(windows, clock.now())

    def halt(self, scope: str, seconds: float, now: float) -> None:
        """Let nothing of `scope` go out for so many seconds from `now`, here and elsewhere."""
        self._own.halt(scope, seconds, now)
        self._later(self._lines.hold(self._scope(scope), min(seconds, LONGEST_HALT)))

    async def _line_up(
        self, scopes: Sequence[Scope], member: str, deadline: float, clock: Clock
    ) -> None:
        """Return when it is `member`'s turn."""
        while True:
            left = deadline - clock.now()
            # Our own halts may not have reached the store yet.
            wait = self._own.halted(scope.name for scope in scopes) - clock.now()
            if wait <= 0:
                async with self._first:  # who came first here is told first
                    wait = await self._lines.stand(scopes, member, max(0.0, left))
            if wait <= 0:
                return
            if wait > left:
                raise RateLimited(too_busy(wait), wait)
            await clock.sleep(min(wait, STEP))

    def _scope(self, name: str, limits: Sequence[RateLimit] = ()) -> Scope:
        key = "pace:" + digest("pace", self._account, name)
        windows = (
            Window(f"{key}:{limit.seconds:g}", limit.seconds + PADDING, limit.requests)
            for limit in limits
        )
        return Scope(name, key, tuple(windows))

    def _later(self, word: Coroutine[None, None, None]) -> None:
        """Tell the store without waiting for it."""
        task = asyncio.create_task(self._told(word))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _told(self, word: Coroutine[None, None, None]) -> None:
        try:
            await word
        except StoreFault:
            log.debug("A word to the store was lost")  # what it forgets by itself, or is told again

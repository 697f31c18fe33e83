"""When a request may go out: exact sliding windows, in the order of the calls.

A window counts the requests of the last so many seconds. Whoever waits sleeps in short steps and
asks again, so that a place given up by a cancelled call, or a halt asked for by the API, is seen
soon. No task and no lock is needed: nothing here awaits between looking and taking.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from bisect import bisect_right, insort
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from famulor_mcp.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from famulor_tools.table import RateLimit

PADDING = 0.25
"""Seconds added to each window: requests do not all take equally long to arrive."""

LONGEST_HALT = 300.0
"""Seconds. A longer halt asked for by a header is not believed beyond this."""

STEP = 1.0
EVERYTHING = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the gateway knows it: monotonic seconds, a sleep, the time of day, and chance."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.SystemRandom().random


@dataclass(slots=True, eq=False)
class Place:
    """One call's place in the queue. `windows` are its limits by scope."""

    windows: Mapping[str, Sequence[RateLimit]]
    deadline: float


class Pacing(Protocol):
    """Says when a request of one account may go out."""

    async def turn(
        self, windows: Mapping[str, Sequence[RateLimit]], deadline: float, clock: Clock
    ) -> None:
        """Return when the request may be sent, and count it. As `Pace.turn`."""
        ...

    def halt(self, scope: str, seconds: float, now: float) -> None:
        """Let nothing of `scope` go out for so many seconds from `now`."""
        ...


class Pace:
    """The requests of one account in one process: those of late, and those that wait."""

    def __init__(self) -> None:
        self._sent: dict[str, list[float]] = {}
        self._halted: dict[str, float] = {}
        self._queue: list[Place] = []

    async def turn(
        self, windows: Mapping[str, Sequence[RateLimit]], deadline: float, clock: Clock
    ) -> None:
        """Return when the request may be sent, and count it.

        `windows` maps a scope (`EVERYTHING`, or a tool's name) to its limits. Calls with an earlier
        `deadline` (they began earlier) go first. Raises `RateLimited` as soon as it is clear
        that the turn would come after the deadline.
        """
        place = Place(windows, deadline)
        insort(self._queue, place, key=lambda other: other.deadline)
        try:
            while (wait := self._start(place, clock.now()) - clock.now()) > 0:
                if clock.now() + wait > deadline:
                    raise RateLimited(too_busy(wait), wait)
                await clock.sleep(min(wait, STEP))
            self.count(windows, clock.now())
        finally:
            self._queue.remove(place)

    def halt(self, scope: str, seconds: float, now: float) -> None:
        """Let nothing of `scope` go out for so many seconds from `now`."""
        until = now + min(seconds, LONGEST_HALT)
        self._halted[scope] = max(until, self._halted.get(scope, until))

    def halted(self, scopes: Iterable[str]) -> float:
        """Until when something that belongs to all of `scopes` may not go out."""
        return max((self._halted.get(scope, -math.inf) for scope in scopes), default=-math.inf)

    def count(self, windows: Mapping[str, Sequence[RateLimit]], now: float) -> None:
        """Remember that a request went out."""
        for scope, limits in windows.items():
            if limits:
                longest = max(limit.seconds for limit in limits) + PADDING
                times = self._sent.setdefault(scope, [])
                del times[: bisect_right(times, now - longest)]
                times.append(now)

    def _start(self, place: Place, now: float) -> float:
        """When `place` may go, if all before it in the queue go as early as they can."""
        sent = {scope: list(times) for scope, times in self._sent.items()}
        start = now
        for other in self._queue:
            start = max(now, *(self._room(sent, scope, other) for scope in other.windows))
            if other is place:
                break
            for scope in other.windows:
                insort(sent.setdefault(scope, []), start)
        return start

    def _room(self, sent: Mapping[str, list[float]], scope: str, place: Place) -> float:
        times = sent.get(scope, [])
        full = (limit for limit in place.windows[scope] if len(times) >= limit.requests)
        free = (times[-limit.requests] + limit.seconds + PADDING for limit in full)
        return max(self._halted.get(scope, -math.inf), *free, -math.inf)


def too_busy(seconds: float) -> str:
    """The sentence for a call that cannot have its turn in time."""
    return (
        "The API's rate limit leaves no room for this call right now. Nothing was done. "
        f"Try again in {math.ceil(seconds)} seconds."
    )


def halt_of(headers: Mapping[str, str], wall: float) -> float:
    """Seconds to hold back after an answer, from `X-RateLimit-*`; 0 where it asks for nothing.

    `X-RateLimit-Reset` is taken as seconds, or as Unix time where it can only be that.
    """
    if number(headers.get("x-ratelimit-remaining")) != 0:
        return 0.0
    reset = number(headers.get("x-ratelimit-reset"))
    if reset is None:
        return 0.0
    return max(0.0, reset - upstream_time(headers, wall) if reset > 1e9 else reset)


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """Seconds from a `Retry-After` header, which holds seconds or a date."""
    text = headers.get("retry-after")
    seconds = number(text)
    if seconds is None and (date := timestamp(text)) is not None:
        seconds = max(0.0, date - upstream_time(headers, wall))
    return seconds


def upstream_time(headers: Mapping[str, str], wall: float) -> float:
    """Unix time by the API's own clock, as its `Date` header gives it, else by ours."""
    date = timestamp(headers.get("date"))
    return wall if date is None else date


def timestamp(text: str | None) -> float | None:
    """Unix time of an HTTP date, or None."""
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def number(value: object) -> float | None:
    """A finite number that is not negative, from a header or a JSON value; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = float(value)
    except (ValueError, OverflowError):
        return None
    return parsed if 0 <= parsed < math.inf else None

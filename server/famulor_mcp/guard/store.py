"""What the guard remembers: one small interface, here in memory.

Several processes can share one behind the same interface: `redis`. Keys tell nothing; values are
bytes; times to live are seconds. Each operation is atomic, and all go by the store's own clock: a
time of the caller's may be another's. A store that is full refuses: what it forgot early could be
done twice.
"""

from __future__ import annotations

import asyncio
import logging
import math
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from famulor_mcp.guard.refusals import StoreFault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from famulor_mcp.guard.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST = 100_000
LARGEST = 64 * 1024 * 1024
SWEEP_SECONDS, FULL_SECONDS = 60.0, 1.0
"""How often what has expired is let go of: at the most where there is no room, too."""


class Window(NamedTuple):
    """At most `most` members in any `seconds`, under `key`."""

    key: str
    seconds: float
    most: int


class Full(NamedTuple):
    """The window of a refused reservation that stays full the longest.

    `held` is how many it holds, `wait` the seconds until it has room again.
    """

    window: Window
    held: int
    wait: float


class Store(Protocol):
    """Remembers. Every method raises `StoreFault` where it cannot."""

    async def ping(self) -> None:
        """Return if the store answers."""
        ...

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """Put `value` where nothing is, and answer None; else what is there."""
        ...

    async def get(self, key: str) -> bytes | None:
        """What is there."""
        ...

    async def swap(self, key: str, old: bytes, new: bytes | None, ttl: float = 0) -> bool:
        """Put `new` (None: nothing) where `old` is. Whether it was."""
        ...

    async def take(self, key: str) -> bytes | None:
        """What was there, and is no more. Of two who take, one gets it."""
        ...

    async def wait(self, key: str, value: bytes, seconds: float) -> None:
        """Return once `value` is there no more, or after so many seconds."""
        ...

    async def reserve(self, windows: Sequence[Window], member: str) -> Full | None:
        """Count `member` in all windows now, or in none if one has no room."""
        ...

    async def release(self, windows: Sequence[Window], member: str) -> None:
        """Count `member` no more."""
        ...


async def asked(answer: Awaitable[T]) -> T:
    """What a store answers. Whatever goes wrong in it is a `StoreFault`."""
    try:
        return await answer
    except StoreFault:
        raise
    except Exception as error:
        log.exception("The store failed")
        raise StoreFault("its store failed") from error


@dataclass(slots=True)
class Members:
    """The members of one window, by time."""

    seconds: float
    all: list[tuple[float, str]] = field(default_factory=list)

    def prune(self, now: float) -> None:
        """Let go of those that are `seconds` old or older."""
        del self.all[: bisect_right(self.all, now - self.seconds, key=lambda one: one[0])]


class MemoryStore:
    """A store for one process and event loop, of at most `most` records and windows each."""

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._held: dict[str, tuple[float, bytes]] = {}
        self._windows: dict[str, Members] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._size = 0
        self._swept = -math.inf

    async def ping(self) -> None:
        pass

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        found = await self.get(key)
        if found is None:
            self._put(key, value, ttl)
        return found

    async def get(self, key: str) -> bytes | None:
        until, value = self._held.get(key, (-math.inf, None))
        return value if until > self._clock.monotonic() else None

    async def swap(self, key: str, old: bytes, new: bytes | None, ttl: float = 0) -> bool:
        if await self.get(key) != old:
            return False
        if new is None:
            self._drop(key)
        else:
            self._put(key, new, ttl)
        return True

    async def take(self, key: str) -> bytes | None:
        found = await self.get(key)
        self._drop(key)
        return found

    async def wait(self, key: str, value: bytes, seconds: float) -> None:
        if await self.get(key) != value:
            return
        left = self._held[key][0] - self._clock.monotonic()
        change = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(key, set())
        waiting.add(change)
        try:
            await asyncio.wait([change], timeout=min(seconds, left))
        finally:
            waiting.discard(change)
            if not waiting and self._waiting.get(key) is waiting:
                del self._waiting[key]

    async def reserve(self, windows: Sequence[Window], member: str) -> Full | None:
        now = self._clock.now().timestamp()
        if not self._fit(windows) and self._clock.monotonic() - self._swept > FULL_SECONDS:
            self._sweep()
        if not self._fit(windows):
            raise StoreFault("its store is full")
        rooms = [self._windows.setdefault(one.key, Members(one.seconds)) for one in windows]
        full = []
        for window, room in zip(windows, rooms, strict=True):
            room.prune(now)
            if (held := len(room.all)) >= window.most:
                first, _ = room.all[held - window.most]
                full.append(Full(window, held, first + window.seconds - now))
        if full:
            return max(full, key=lambda one: one.wait)
        for room in rooms:
            insort(room.all, (now, member))
        return None

    async def release(self, windows: Sequence[Window], member: str) -> None:
        for window in windows:
            if room := self._windows.get(window.key):
                room.all = [one for one in room.all if one[1] != member]

    def _fit(self, windows: Sequence[Window]) -> bool:
        new = sum(window.key not in self._windows for window in windows)
        return len(self._windows) + new <= self._most

    def _put(self, key: str, value: bytes, ttl: float) -> None:
        now = self._clock.monotonic()
        often = SWEEP_SECONDS if self._has_room(key, value) else FULL_SECONDS
        if now - self._swept > often:
            self._sweep()
        if not self._has_room(key, value):
            raise StoreFault("its store is full")
        self._drop(key)
        self._held[key] = (now + ttl, value)
        self._size += len(value)

    def _has_room(self, key: str, value: bytes) -> bool:
        more = key not in self._held
        return len(self._held) + more <= self._most and self._size + len(value) <= LARGEST

    def _drop(self, key: str) -> None:
        _until, value = self._held.pop(key, (0, b""))
        self._size -= len(value)
        for change in self._waiting.pop(key, ()):
            change.set_result(None)

    def _sweep(self) -> None:
        """Let go of what has expired."""
        self._swept = self._clock.monotonic()
        for key in [key for key, (until, _) in self._held.items() if until <= self._swept]:
            self._drop(key)
        now = self._clock.now().timestamp()
        for key, room in list(self._windows.items()):
            room.prune(now)
            if not room.all:
                del self._windows[key]

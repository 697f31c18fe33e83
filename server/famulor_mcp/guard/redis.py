"""A store that several processes share: one Redis (7 or newer) or Valkey, not a cluster.

Every step is one command or one script, so nothing comes between looking and taking. What fails
raises `StoreFault` within `LONGEST` seconds, and is tried once more where that can do nothing
twice; each call tries anew, so the store is back when Redis is. Keys are digests and all expire;
values are sealed.

To wait is to ask again, at most twice a second: those who wait are few (the same costly call, made
twice at a time), while a subscription would need a connection of its own, could lose its
message, and would have to ask again all the same to see a record expire.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ConnectionError,  # noqa: A004 - the library's own, which is not the built-in one
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,  # noqa: A004 - likewise
)

from famulor_mcp.guard import lua
from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.sealed import Sealer
from famulor_mcp.guard.store import Full

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.store import Window
    from famulor_mcp.shared import Scope

log = logging.getLogger(__name__)

PREFIX = "famulor-mcp:1:"
CONNECTIONS = 32
CONNECT_SECONDS = 1.0
LONGEST = 2.0
"""Seconds for one step in all."""

REST = 1.0
"""Seconds in which what reads depend on does not ask a store again that could not be reached: they
would all wait for it."""

STALE = 3.0
"""Seconds after which one who stands in a line and does not ask is taken to be gone."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5

PASSING = (ConnectionError, OSError)
FAULTS = (RedisError, OSError, asyncio.TimeoutError)
REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((AuthenticationError, AuthorizationError), "its store does not take its password"),
    ((BusyLoadingError,), "its store is still starting"),
    ((OutOfMemoryError,), "its store is full"),
    ((ReadOnlyError,), "its store takes no changes"),
    ((TimeoutError, asyncio.TimeoutError), "its store does not answer in time"),
    ((ConnectionError, OSError), "its store cannot be reached"),
)


class RedisStore:
    """A store, and the lines in which requests wait for their turn.

    `secrets` seal the values, newest first. Windows and lines go by Redis's own time, or `clock`.
    """

    def __init__(self, url: str, secrets: Sequence[bytes], clock: Clock | None = None) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=LONGEST,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=None,  # `LONGEST` holds; with one, the library drops a cancellation
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._client: Any = Redis.from_pool(pool)
        self._sealer = Sealer(secrets)
        self._clock = clock
        self._reason = ""
        self._rests_until = -math.inf
        self._closed = False
        self._asking = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def aclose(self) -> None:
        """Take nothing more, let end what is under way, and close the connections.

        The library would open a connection anew for what is cut off.
        """
        self._closed = True
        try:
            await self._quiet.wait()
        finally:
            await self._client.aclose()

    async def ping(self) -> None:
        await self._ask("PING", harmless=True)

    async def facts(self) -> dict[str, Any]:
        """What the server says of itself: `INFO`."""
        return dict(await self._ask("INFO", harmless=True))

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        sealed = self._sealer.seal(key, value)
        asked = ("SET", PREFIX + key, sealed, "NX", "GET", "PX", milliseconds(ttl))
        found = await self._ask(*asked, harmless=True, get=True)
        if found is None or found == sealed:  # the latter: an earlier try got through
            return None
        return self._sealer.open(key, found)

    async def get(self, key: str) -> bytes | None:
        self._spare()
        found = await self._ask("GET", PREFIX + key, harmless=True)
        return None if found is None else self._sealer.open(key, found)

    async def swap(self, key: str, old: bytes, new: bytes | None, ttl: float = 0) -> bool:
        found = await self._ask("GET", PREFIX + key, harmless=True)
        if found is None or self._sealer.open(key, found) != old:
            return False
        sealed = b"" if new is None else self._sealer.seal(key, new)
        return bool(await self._run(lua.SWAP, [key], [found, sealed, milliseconds(ttl)]))

    async def take(self, key: str) -> bytes | None:
        found = await self._ask("GETDEL", PREFIX + key)
        return None if found is None else self._sealer.open(key, found)

    async def wait(self, key: str, value: bytes, seconds: float) -> None:
        until = time.monotonic() + seconds
        pause = SHORTEST_PAUSE
        while await self.get(key) == value and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(pause, left))
            pause = min(1.5 * pause, LONGEST_PAUSE)

    async def reserve(self, windows: Sequence[Window], member: str) -> Full | None:
        limits = [limit for one in windows for limit in (milliseconds(one.seconds), one.most)]
        keys = [one.key for one in windows]
        full = await self._run(lua.RESERVE, keys, [self._now(), member, *limits])
        if not full:
            return None
        index, held, wait = full
        return Full(windows[index - 1], held, wait / 1000)

    async def release(self, windows: Sequence[Window], member: str) -> None:
        await self._run(lua.REMOVE, [one.key for one in windows], [member])

    async def stand(self, scopes: Sequence[Scope], member: str, patience: float) -> float:
        self._spare()
        keys: list[str] = []
        figures: list[int] = []
        for scope in scopes:
            keys += [f"{scope.key}:{part}" for part in ("line", "seen", "held")]
            keys += [window.key for window in scope.windows]
            figures.append(len(scope.windows))
            for window in scope.windows:
                figures += [milliseconds(window.seconds), window.most]
        known = [self._now(), member, milliseconds(patience), milliseconds(STALE)]
        return float(await self._run(lua.STAND, keys, [*known, *figures])) / 1000

    async def leave(self, scopes: Sequence[Scope], member: str) -> None:
        keys = [f"{scope.key}:{part}" for scope in scopes for part in ("line", "seen")]
        await self._run(lua.REMOVE, keys, [member])

    async def hold(self, scope: Scope, seconds: float) -> None:
        await self._run(lua.HOLD, [f"{scope.key}:held"], [self._now(), milliseconds(seconds)])

    def _spare(self) -> None:
        """Fail at once where the store could not be reached a moment ago."""
        if self._reason and time.monotonic() < self._rests_until:
            raise StoreFault(self._reason)

    def _now(self) -> int | str:
        """The time for a script."""
        return round(self._clock.now().timestamp() * 1000) if self._clock else ""

    async def _run(self, script: str, keys: Sequence[str], figures: Sequence[Any]) -> Any:
        """Run a script, which is sent along where Redis does not have it yet."""
        names = [PREFIX + key for key in keys]
        name = sha1(script.encode(), usedforsecurity=False).hexdigest()
        try:
            return await self._ask("EVALSHA", name, len(names), *names, *figures, harmless=True)
        except NoScriptError:
            return await self._ask("EVAL", script, len(names), *names, *figures, harmless=True)

    async def _ask(self, *command: Any, harmless: bool = False, **reading: Any) -> Any:
        """Redis's answer. A `harmless` command may be carried out twice.

        `reading` tells the library how to read the answer, where it does not see that by itself.
        """
        if self._closed:
            raise StoreFault("its store is closed")
        self._asking += 1
        self._quiet.clear()
        try:
            return await self._answer(command, harmless, reading)
        finally:
            self._asking -= 1
            if not self._asking:
                self._quiet.set()

    async def _answer(
        self, command: Sequence[Any], harmless: bool, reading: Mapping[str, Any]
    ) -> Any:
        try:
            async with asyncio.timeout(LONGEST):
                try:
                    answer = await self._client.execute_command(*command, **reading)
                except PASSING:
                    if not harmless or self._closed:
                        raise
                    answer = await self._client.execute_command(*command, **reading)
        except NoScriptError:
            raise
        except FAULTS as error:
            raise self._fault(error) from None
        if self._reason:
            log.warning("The store serves again")
            self._reason = ""
        return answer

    def _fault(self, error: Exception) -> StoreFault:
        """What a fault is called. Redis's own words stay here: they may repeat what was sent."""
        if isinstance(error, (*PASSING, TimeoutError, asyncio.TimeoutError)):
            self._rests_until = time.monotonic() + REST
        reason = next((words for kinds, words in REASONS if isinstance(error, kinds)), "")
        reason = reason or f"its store failed with {type(error).__name__}"
        if reason != self._reason:
            log.warning("The store does not serve: %s", reason)
            self._reason = reason
        return StoreFault(reason)


def milliseconds(seconds: float) -> int:
    """At least one: Redis takes no time to live of nothing."""
    return max(1, math.ceil(seconds * 1000))

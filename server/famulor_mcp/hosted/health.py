"""`/health`: the process is alive. `/ready`: it can do its work now. Both need no key."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.hosted.answers import Json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from famulor_mcp.hosted.answers import Answer

    Look = Callable[[], Awaitable[bool]]
    """Whether a part answers."""

FRESH_SECONDS = 5.0
"""How long an answer is good: balancers ask often, and from many places."""
PATIENCE = 3.0
"""Seconds. Balancers give up after five."""

log = logging.getLogger(__name__)


class Health:
    """Answers as long as the process does."""

    def __init__(self, version: str) -> None:
        self._answer = Json(200, {"status": "ok", "version": version})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope, receive, send)


class Ready:
    """Looks at each part, at most once in `FRESH_SECONDS` however many ask."""

    def __init__(
        self, parts: Mapping[str, Look], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._parts = parts
        self._now = now
        self._lock = asyncio.Lock()
        self._until = float("-inf")
        self._found: Answer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._looked()
        await answer(scope, receive, send)

    async def _looked(self) -> Answer:
        async with self._lock:
            if self._found is None or self._now() >= self._until:
                self._found = await self._look()
                self._until = self._now() + FRESH_SECONDS
            return self._found

    async def _look(self) -> Answer:
        states = await asyncio.gather(*map(looked, self._parts.values()))
        parts: dict[str, Any] = {
            name: "reachable" if good else "unreachable"
            for name, good in zip(self._parts, states, strict=True)
        }
        for name, good in zip(self._parts, states, strict=True):
            if not good:
                log.warning("Not ready: %s is unreachable", name)
        good = all(states)
        return Json(200 if good else 503, {"status": "ready" if good else "not ready", **parts})


async def looked(look: Look) -> bool:
    """Whether a part answers in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await look()
    except (TimeoutError, OSError, StoreFault):
        return False

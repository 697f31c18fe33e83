"""The way of most messages over stdio: greeting, lists and reads, without the SDK.

The SDK takes half a second to load, and half of the work of a call. What is taken here fits its
rules to the letter. Everything else goes to the SDK, which is loaded for the first such message and
then hears what was settled here before, so that it knows of the connection what it would know
otherwise. Both answer the same (`tests/server/test_swift.py`).

A connection's first request decides its era. Unless that request is taken here, none is.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from famulor_mcp import plain
from famulor_mcp.gateway import silent
from famulor_mcp.guard.confirm import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from famulor_mcp.plain import Front, Message
    from famulor_mcp.transports.pipes import Sink
    from famulor_mcp.transports.stdio import Pending
    from famulor_mcp.wait import Progress

CLOSED = {"code": -32000, "message": "Connection closed"}
"""The SDK's words for a request whose answer does not come any more."""
FAREWELL = 1.0
"""Seconds for telling a client so that perhaps reads no more. The SDK takes as long."""
OPENING = "famulor-mcp-opening"
"""The number under which the SDK is told of a modern connection."""


class Swift:
    """Answers by `front` on `sink`. `gone` is called once nobody reads there any more."""

    def __init__(
        self, front: Front, sink: Sink, pending: Pending, gone: Callable[[], None]
    ) -> None:
        self._front = front
        self._sink = sink
        self._pending = pending
        self._gone = gone
        self._modern: bool | None = None
        self._alone = True
        self._running: dict[asyncio.Task[None], int | str] = {}
        self.opening: list[bytes] = []
        """Lines that the SDK has to hear first."""
        self.given: int | str | None = None
        """The number of the request among them whose answer the client has."""

    def take(self, line: bytes) -> bool:
        """Whether this line is answered here. One that is not goes to the SDK."""
        message = plain.message(line)
        taken = message is not None and self._taken(message, line)
        self._alone = self._alone and taken
        return taken

    async def close(self) -> None:
        """End the calls that run, and tell the client that they are not answered any more."""
        running, self._running = self._running, {}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                for number in running.values():
                    await self._write({"jsonrpc": "2.0", "id": number, "error": CLOSED})

    def _taken(self, message: Message, line: bytes) -> bool:
        if self._modern is None:
            return self._alone and self._opened(message, line)
        if message.number is None:
            return self._noted(message, line)
        return self._asked(message, modern=self._modern)

    def _opened(self, message: Message, line: bytes) -> bool:
        """Take the first request of a connection."""
        method, params, number = message
        if number is None:
            return False
        if method == "initialize":
            if not plain.is_greeting(params):
                return False
            self._modern, self.opening, self.given = False, [line], number
            self._answer(number, self._front.greeting(params["protocolVersion"]))
            return True
        if not self._asked(message, modern=True):
            return False
        discover = {"method": "server/discover", "params": {"_meta": params["_meta"]}}
        opening = plain.encoded({"jsonrpc": "2.0", "id": OPENING, **discover})
        self._modern, self.opening, self.given = True, [opening], OPENING
        return True

    def _noted(self, message: Message, line: bytes) -> bool:
        """Take a notification. Once the SDK is there it has to hear of these as well."""
        if message.method == "notifications/cancelled":
            self._cancel(message.params.get("requestId"))
        elif message.method != "notifications/initialized" or len(self.opening) > 1:
            return False
        elif self._alone:
            self.opening.append(line)
        return self._alone

    def _asked(self, message: Message, *, modern: bool) -> bool:
        """Take a request."""
        method, params, number = message
        if number is None or not _fits(params.get("_meta", {}), modern=modern):
            return False
        if method == "tools/call":
            return self._called(number, params)
        if params.keys() - {"_meta"}:
            return False
        if listing := self._front.listing(method, modern=modern):
            self._answer(number, listing)
        elif method == "server/discover" and modern:
            self._answer(number, self._front.discovery())
        elif method == "ping" and not modern:
            self._answer(number, {})
        else:
            return False
        return True

    def _called(self, number: int | str, params: Mapping[str, Any]) -> bool:
        """Take a call of a tool that only reads."""
        if not plain.is_call(params) or self._front.acting.get(params["name"], True):
            return False
        self._start(number, self._call(number, params))
        return True

    async def _call(self, number: int | str, params: Mapping[str, Any]) -> None:
        name, arguments = params["name"], params.get("arguments") or {}
        progress = self._progress(plain.progress_token(params))
        answer = await plain.answered(self._front.call, progress, name, arguments, NOBODY)
        await self._finish(number, self._front.result(answer, modern=bool(self._modern)))

    def _answer(self, number: int | str, result: dict[str, Any]) -> None:
        """Answer in a task: a client that does not read yet is listened to all the same."""
        self._start(number, self._finish(number, result))

    def _start(self, number: int | str, work: Any) -> None:
        self._pending.read(number)
        self._running[asyncio.create_task(work)] = number

    async def _finish(self, number: int | str, result: dict[str, Any]) -> None:
        """Write a result, unless the call was cancelled. From here on it cannot be any more."""
        task = asyncio.current_task()
        if task is None or self._running.pop(task, None) is None:
            return
        await self._write({"jsonrpc": "2.0", "id": number, "result": result})
        self._pending.written(number)

    async def _write(self, message: dict[str, Any]) -> None:
        try:
            await self._sink.write(plain.encoded(message) + b"\n")
        except OSError:
            self._gone()

    def _cancel(self, number: Any) -> None:
        """Stop the call of this number. It is never answered."""
        if type(number) not in (int, str):
            return
        same = [task for task, known in self._running.items() if key(known) == key(number)]
        if same:
            self._running.pop(same[-1])
            same[-1].cancel()
            self._pending.written(number)

    def _progress(self, token: int | str | None) -> Progress:
        if token is None:
            return silent

        async def told(done: float, total: float | None, words: str) -> None:
            params = {"progressToken": token, "progress": done, "total": total, "message": words}
            if total is None:
                del params["total"]
            message = {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
            await self._write(message)

        return told


def _fits(meta: Any, *, modern: bool) -> bool:
    """Whether a request with this `_meta` belongs to the era, and its progress can be told."""
    if not isinstance(meta, dict) or type(meta.get("progressToken", "")) not in (int, str):
        return False
    return plain.is_enveloped(meta) if modern else plain.VERSION_KEY not in meta


def key(number: Any) -> Any:
    """What two numbers of requests have in common that the SDK takes for one: 7 and "7"."""
    try:
        return int(number) if isinstance(number, str) else number
    except ValueError:
        return number

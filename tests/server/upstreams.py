"""Upstreams for tests: a real one on a socket that can break connections, and a clock to turn."""

from __future__ import annotations

import asyncio
import heapq
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from famulor_mcp.pace import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class BreakError(ConnectionError):
    """Raised by a script: close the connection at once."""


def reply(status: int = 200, body: Any = b"", **headers: str) -> bytes:
    """A whole HTTP response. A body that is not bytes is sent as JSON."""
    content: bytes = body if isinstance(body, bytes) else json.dumps(body).encode()
    if content is not body:
        headers.setdefault("content_type", "application/json")
    headers.setdefault("content_length", str(len(content)))
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, "", ""]).encode() + content


@dataclass
class Loopback:
    """A server on a port of this machine whose answers come from a script."""

    script: Callable[[Seen], Any]
    seen: list[Seen] = field(default_factory=list)
    url: str = ""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self.answer(reader, writer))
        self.tasks.add(task)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await self.request(reader):
                self.seen.append(request)
                answer = self.script(request)
                answer = await answer if asyncio.iscoroutine(answer) else answer
                writer.write(answer)
                await writer.drain()
                if b"\r\nconnection: close\r\n" in answer:
                    return
        except ConnectionError:
            writer.transport.abort()
        finally:
            writer.close()

    async def request(self, reader: asyncio.StreamReader) -> Seen | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except asyncio.IncompleteReadError:
            return None
        method, target, _ = head[0].split(" ")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in headers.items()}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Seen(method, target, headers, body)


@asynccontextmanager
async def loopback(script: Callable[[Seen], Any]) -> AsyncIterator[Loopback]:
    """A `Loopback` that runs."""
    upstream = Loopback(script)
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    upstream.url = f"http://127.0.0.1:{port}"
    try:
        yield upstream
    finally:
        server.close()
        for task in upstream.tasks:
            task.cancel()
        await asyncio.gather(*upstream.tasks, return_exceptions=True)


class Time:
    """A clock that stands still until everyone sleeps, then goes to the first that wakes."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep, lambda: 1.8e9 + self.now, lambda: 0.5)

    async def sleep(self, seconds: float) -> None:
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), wake))
        await wake

    async def run(self, *calls: Awaitable[Any]) -> list[Any]:
        """The outcomes of `calls`, exceptions among them, time going by as they sleep."""
        outcomes = asyncio.gather(*calls, return_exceptions=True)
        while not outcomes.done():
            for _ in range(20):
                await asyncio.sleep(0)
            if self._sleepers:
                self.now, _, wake = heapq.heappop(self._sleepers)
                if not wake.done():
                    wake.set_result(None)
            else:
                await asyncio.sleep(0.001)
        return list(await outcomes)

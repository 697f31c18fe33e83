"""A client over HTTP that costs next to nothing, so that what is measured is the server.

Each connection is one user, who calls again as soon as the answer is there.
"""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Timing(NamedTuple):
    """`rate` in calls a second; `middle` and `slow` are the median and 95 % of them, in ms."""

    rate: float
    middle: float
    slow: float


class Caller(asyncio.Protocol):
    """One keep-alive connection that makes the same call again as soon as the answer is whole.

    `left` is shared by all callers; `took` gets the seconds of each call.
    """

    def __init__(self, request: bytes, left: Iterator[int], took: list[float]) -> None:
        self._request = request
        self._left = left
        self._took = took
        self._held = b""
        self._began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._held += data
        if not whole(self._held):
            return
        self._took.append(time.perf_counter() - self._began)
        if self._held.startswith(b"HTTP/1.1 200") and b'"isError":false' in self._held:
            self._next()
        else:
            self._end(RuntimeError(f"a call failed: {self._held[:900]!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or RuntimeError("the server closed the connection"))

    def _next(self) -> None:
        if next(self._left, None) is None:
            self._end(None)
            return
        self._held, self._began = b"", time.perf_counter()
        self._transport.write(self._request)

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)
        self._transport.close()


def whole(answer: bytes) -> bool:
    """Whether this is a complete HTTP answer."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    return len(body) >= int(length) if length else body.endswith(b"0\r\n\r\n")


def request(port: int, era: str, tool: str, arguments: Mapping[str, object], secret: str) -> bytes:
    """A whole `tools/call` request. `secret` is a header line, or nothing."""
    params: dict[str, object] = {"name": tool, "arguments": arguments}
    own = f"Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\n"
    if era == MODERN:
        params["_meta"] = META
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body = json.dumps(message, separators=(",", ":")).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
        f"MCP-Protocol-Version: {era}\r\n{own if era == MODERN else ''}"
        f"{secret}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def measured(port: int, requests: list[bytes], calls: int) -> Timing:
    """Make `calls` calls, one connection for each of `requests`."""
    took: list[float] = []
    left = iter(range(calls))

    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    callers = [
        (await loop.create_connection(partial(Caller, one, left, took), "127.0.0.1", port))[1]
        for one in requests
    ]
    await asyncio.gather(*(caller.done for caller in callers))
    seconds = time.perf_counter() - start
    took.sort()
    return Timing(calls / seconds, took[len(took) // 2] * 1e3, took[len(took) * 95 // 100] * 1e3)

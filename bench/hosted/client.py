"""A client over HTTP that costs next to nothing, so that what is measured is the server.

Each connection is one user, who calls again as soon as the answer is there.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

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


class Caller:
    """One keep-alive connection that makes the same call over and over."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes):
        self._reader = reader
        self._writer = writer
        self._request = request

    async def call(self) -> None:
        self._writer.write(self._request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        if b"content-length:" in lowered:
            size = int(lowered.split(b"content-length:")[1].split(b"\r\n")[0])
            body = await self._reader.readexactly(size)
        else:
            body = await self._chunks()
        if not head.startswith(b"HTTP/1.1 200") or b'"isError":true' in body:
            raise RuntimeError(f"a call failed: {head!r} {body[:500]!r}")

    async def _chunks(self) -> bytes:
        found = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            found += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readexactly(2)
        return found

    def close(self) -> None:
        self._writer.close()


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

    async def user(wanted: bytes) -> None:
        caller = Caller(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 20), wanted)
        try:
            for _ in left:
                start = time.perf_counter()
                await caller.call()
                took.append(time.perf_counter() - start)
        finally:
            caller.close()

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for wanted in requests:
            group.create_task(user(wanted))
    seconds = time.perf_counter() - start
    took.sort()
    return Timing(calls / seconds, took[len(took) // 2] * 1e3, took[len(took) * 95 // 100] * 1e3)

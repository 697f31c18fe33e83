"""APIs on ports of this machine: one that writes down what it is asked, one that never answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.hosted.connections import answered
from tests.server.upstreams import Loopback, Seen, loopback, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALICE = "12|abcdefghijklmnop"
BOB = "fam_0123456789abcdef"
NAMES = {ALICE: "Alice", BOB: "Bob"}


def key_of(seen: Seen) -> str:
    """The key that a request carries."""
    return seen.headers.get("authorization", "").removeprefix("Bearer ")


def account(seen: Seen) -> bytes:
    """The account of whoever asks."""
    name = NAMES.get(key_of(seen), "nobody")
    body = {"id": 1, "name": name, "email": f"{name}@example.org", "total_balance": 1.5}
    return reply(200 if name != "nobody" else 401, body)


@asynccontextmanager
async def recording() -> AsyncIterator[Loopback]:
    """An API that tells everyone their own name."""
    async with loopback(account) as api:
        yield api


@dataclass
class Silent:
    """An API that takes requests and answers none until `go`."""

    url: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests += 1
        self.asked.set()
        end = asyncio.ensure_future(gone(reader))
        go = asyncio.ensure_future(self.go.wait())
        try:
            await asyncio.wait((end, go), return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                self.left.set()
            else:
                body = {"id": 1, "name": "Alice", "email": "a@example.org", "total_balance": 1.5}
                writer.write(reply(200, body, connection="close"))
                await writer.drain()
        finally:
            end.cancel()
            go.cancel()


async def gone(reader: asyncio.StreamReader) -> None:
    """Return when the other side has left, in good order or not."""
    with suppress(ConnectionError):
        await reader.read()


@asynccontextmanager
async def silent() -> AsyncIterator[Silent]:
    """A `Silent` that runs. `left` is set when the one who asked is gone."""
    api = Silent()
    async with answered(api.answer) as port:
        api.url = f"http://127.0.0.1:{port}"
        yield api

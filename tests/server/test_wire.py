"""Straight to the API: what is sent is what was built, and a fault tells whether it left."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from tests.patience import PATIENCE

from famulor_mcp.send import Answer, Fault
from famulor_mcp.wire import Wire, fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    Ask = Callable[..., Awaitable[Answer | Fault]]
    """(method, path, body) → what came of it."""

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: session=1; Path=/\r\n\r\nok"
LOST = Fault("the connection broke before the answer", sent=True)

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def client(handler: Handler, seconds: float = PATIENCE) -> AsyncIterator[Ask]:
    """A client of a server on loopback that does what `handler` does."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    wire = Wire(seconds)
    async with server:
        try:
            yield lambda method, path, body=None: wire.carry(method, url + path, {}, body)
        finally:
            await wire.aclose()


async def seen(method: str, path: str, body: bytes = b"") -> bytes:
    """What stands on the wire for this request."""
    heads = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head + await reader.readexactly(len(body)))
        writer.write(ANSWER)

    async with client(handler) as ask:
        answer = await ask(method, path, body)
    assert isinstance(answer, Answer)
    assert answer.body == b"ok"
    return heads[0]


@pytest.mark.parametrize("target", ["/a/%2E%2E/b", "/a%2Fb%3Fc", "/a?b=%20c%2B&d=%2526", "/%C3%BC"])
async def test_a_url_is_sent_with_the_escapes_that_it_has(target: str) -> None:
    """A path value that is decoded on the way would reach another endpoint with the user's key."""
    head = await seen("GET", target)
    assert head.split(b" ")[1] == target.encode()


async def test_a_body_is_sent_once_with_its_length() -> None:
    body = "{'ü': 1}".encode()
    head = await seen("POST", "/a", body)
    assert head.lower().count(b"content-length: 9") == 1
    assert b"transfer-encoding" not in head.lower()
    assert head.endswith(body)


async def test_no_cookie_of_one_answer_is_sent_with_the_next_request() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            assert b"cookie" not in (await reader.readuntil(b"\r\n\r\n")).lower()
            writer.write(ANSWER)

    async with client(handler) as ask:
        for _ in range(2):
            answer = await ask("GET", "/")
            assert isinstance(answer, Answer)
            assert answer.body == b"ok"


async def test_where_nobody_listens_nothing_was_sent() -> None:
    wire = Wire(PATIENCE)
    try:
        outcome = await wire.carry("POST", "http://127.0.0.1:1/", {}, b"x")
    finally:
        await wire.aclose()
    assert outcome == Fault("no connection could be made", sent=False)


def errors_of_aiohttp() -> list[type[Exception]]:
    classes = [kind for kind in vars(aiohttp).values() if isinstance(kind, type)]
    return [kind for kind in classes if issubclass(kind, aiohttp.ClientError)]


@pytest.mark.parametrize("kind", errors_of_aiohttp(), ids=lambda kind: kind.__name__)
def test_every_error_of_aiohttp_is_known_to_be_before_or_after_sending(
    kind: type[Exception],
) -> None:
    """A new class in aiohttp counts as sent: the safe side."""
    before = {
        "ClientConnectorCertificateError",
        "ClientConnectorDNSError",
        "ClientConnectorError",
        "ClientConnectorSSLError",
        "ClientProxyConnectionError",
        "ClientSSLError",
        "ConnectionTimeoutError",
        "InvalidURL",
        "InvalidUrlClientError",
        "InvalidUrlRedirectClientError",
        "UnixClientConnectorError",
    }
    error: Any = kind.__new__(kind)
    assert fault(error).sent is (kind.__name__ not in before)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nok", b"no\r\n\r\n"]
)
async def test_a_connection_that_breaks_after_sending_never_looks_unsent(answer: bytes) -> None:
    """A call that may have been placed must not be placed again."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with client(handler) as ask:
        assert await ask("POST", "/", b"x") == LOST


async def test_an_answer_that_does_not_come_is_waited_for_so_long() -> None:
    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with client(handler, 0.05) as ask:
        assert await ask("GET", "/") == Fault("no answer came in time", sent=True)


async def test_cancelling_a_request_closes_its_connection() -> None:
    arrived, closed = asyncio.Event(), asyncio.Event()

    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        closed.set()

    async with client(handler) as ask, asyncio.timeout(PATIENCE):
        task = asyncio.ensure_future(ask("GET", "/"))
        await arrived.wait()
        task.cancel()
        await closed.wait()
        await asyncio.wait([task])
    assert task.cancelled()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_request_goes_out_once_whatever_becomes_of_its_connection(
    method: str, reset: bool
) -> None:
    """aiohttp repeats these by itself: out of sight of the rate limits and of whoever counts."""
    came = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        while await reader.readuntil(b"\r\n\r\n"):
            came.append(method)
            if reset:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                writer.transport.abort()
            return

    async with client(handler) as ask:
        await ask("GET", "/")
        assert await ask(method, "/") == LOST
    assert len(came) == 1

"""httpx over aiohttp: what is sent is what httpx built, and errors tell whether it left."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.patience import PATIENCE

from famulor_mcp.wire import AiohttpTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: session=1; Path=/\r\n\r\nok"

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def client(handler: Handler) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server on loopback that does what `handler` does."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", transport=AiohttpTransport(), timeout=PATIENCE
        ) as found,
    ):
        yield found


async def seen(*requests: httpx.Request) -> list[bytes]:
    """What stands on the wire for each of these requests."""
    heads = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in requests:
            head = await reader.readuntil(b"\r\n\r\n")
            heads.append(head + await reader.readexactly(len(request.content)))
            writer.write(ANSWER)

    async with client(handler) as http:
        for request in requests:
            url = str(http.base_url).rstrip("/") + str(request.url).removeprefix("http://x")
            sent = http.build_request(
                request.method, url, content=request.content, headers=request.headers
            )
            sent.headers["Host"] = "x"
            assert (await http.send(sent)).text == "ok"
    return heads


@pytest.mark.parametrize("target", ["/a/%2E%2E/b", "/a%2Fb%3Fc", "/a?b=%20c%2B&d=%2526", "/%C3%BC"])
async def test_a_url_is_sent_with_the_escapes_that_it_has(target: str) -> None:
    """A path value that is decoded on the way would reach another endpoint with the user's key."""
    (head,) = await seen(httpx.Request("GET", f"http://x{target}"))
    assert head.split(b" ")[1] == target.encode()


async def test_a_body_is_sent_once_with_its_length() -> None:
    body = "{'ü': 1}".encode()
    (head,) = await seen(httpx.Request("POST", "http://x/a", content=body))
    assert head.lower().count(b"content-length: 9") == 1
    assert b"transfer-encoding" not in head.lower()
    assert head.endswith(body)


async def test_no_cookie_of_one_answer_is_sent_with_the_next_request() -> None:
    transport = AiohttpTransport()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            assert b"cookie" not in (await reader.readuntil(b"\r\n\r\n")).lower()
            writer.write(ANSWER)

    async with client(handler) as http:
        for _ in range(2):
            response = await transport.handle_async_request(http.build_request("GET", "/"))
            assert await response.aread() == b"ok"
            await response.aclose()
    await transport.aclose()


async def test_a_name_is_looked_up_and_one_that_is_none_is_no_connection() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)

    async with client(handler) as http:
        port = http.base_url.port
        assert (await http.get(f"http://localhost:{port}/")).text == "ok"
        with pytest.raises(httpx.ConnectError):
            await http.get(f"http://nobody.invalid:{port}/")


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with httpx.AsyncClient(transport=AiohttpTransport()) as http:
        with pytest.raises(httpx.ConnectError):
            await http.post("http://127.0.0.1:1/", content=b"x")


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", b"no\r\n\r\n"]
)
async def test_a_connection_that_breaks_after_sending_never_looks_unsent(answer: bytes) -> None:
    """A call that may have been placed must not be placed again."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with client(handler) as http:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.post("/", content=b"x")


async def test_an_answer_that_does_not_come_is_a_read_timeout() -> None:
    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with client(handler) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get("/", timeout=httpx.Timeout(PATIENCE, read=0.05))


async def test_cancelling_a_request_closes_its_connection() -> None:
    arrived, closed = asyncio.Event(), asyncio.Event()

    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        closed.set()

    async with client(handler) as http, asyncio.timeout(PATIENCE):
        task = asyncio.create_task(http.get("/"))
        await arrived.wait()
        task.cancel()
        await closed.wait()
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

    async with client(handler) as http:
        await http.get("/")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.request(method, "/")
    assert len(came) == 1

"""httpx's client on aiohttp's connections: the same client for half the work.

httpx hands a request to a transport; this one gives it to an aiohttp session. Loaded with the
first call, for aiohttp takes a tenth of a second to import.

Rules: a URL is sent as httpx has it, escapes included; cookies are not kept, for one connection
pool serves many accounts; redirects are not followed; an error says truly whether the request may
have left (`ConnectError` and `ConnectTimeout`: it has not).
"""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from famulor_mcp.resolver import addresses

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator

CONNECTIONS = 512
"""In all. One key may have 100 calls in flight within its limits; slow ones of a few keys must not
keep all others waiting."""
IDLE_SECONDS = 15.0
"""How long an unused connection is kept. Web servers keep theirs for 60 and more."""

_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class BrokenError(aiohttp.ClientError):
    """A connection that broke once the request was on its way."""


ERRORS: tuple[tuple[type[Exception], type[httpx.RequestError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ClientConnectorCertificateError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (BrokenError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ClientError, httpx.ReadError),
    (OSError, httpx.ReadError),
    (ValueError, httpx.LocalProtocolError),
)
"""aiohttp's error → httpx's. The first that fits is taken, so the narrow ones stand first."""


async def once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """A middleware that keeps aiohttp from sending again by itself: `send` alone decides that.

    aiohttp repeats GET, PUT and DELETE after two kinds of error, without a pause and without a
    word; another error of its family it passes on.
    """
    try:
        return await handler(request)
    except _UNSENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenError(str(error)) from error


_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_NUMERIC_NAME = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One pool of connections, opened with the first request."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None) -> None:
        self._ssl = ssl_context
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        session = self._session or self._open(secure=request.url.scheme == "https")
        body = await request.aread()
        with mapped(request):
            response = await session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=_texts(request.headers.raw),
                data=body or None,
                allow_redirects=False,
                timeout=_limits(request.extensions.get("timeout", {})),
            )
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=Body(response, request),
            request=request,
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self, *, secure: bool) -> aiohttp.ClientSession:
        """The session. A list of authorities takes memory and time, and is read when needed."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._ssl or (httpx.create_ssl_context() if secure else True),
                limit=CONNECTIONS,
                keepalive_timeout=IDLE_SECONDS,
                resolver=Resolver(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_OWN_HEADERS,
            timeout=aiohttp.ClientTimeout(total=None),
            middlewares=(once,),
        )
        return self._session


class Resolver(AbstractResolver):
    """Has names looked up by `resolver`, whose threads nobody waits for in the end."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=socket.getnameinfo(address, _NUMERIC_NAME)[0],  # with the scope of fe80::
                port=port,
                family=kind,
                proto=proto,
                flags=_NUMERIC,
            )
            for kind, _, proto, _, address in await addresses(host, port, family)
        ]

    async def close(self) -> None:
        """Nothing is open."""


class Body(httpx.AsyncByteStream):
    """The body of an answer as it comes in."""

    def __init__(self, response: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with mapped(self._request):
            async for chunk in self._response.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        self._response.release()


@contextmanager
def mapped(request: httpx.Request) -> Iterator[None]:
    """Raise aiohttp's errors as httpx's."""
    try:
        yield
    except tuple(known for known, _ in ERRORS) as error:
        kind = next(ours for known, ours in ERRORS if isinstance(error, known))
        raise kind(str(error) or type(error).__name__, request=request) from error


def _texts(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("ascii"), value.decode("latin-1")) for name, value in headers]


def _limits(timeout: dict[str, float | None]) -> aiohttp.ClientTimeout:
    """httpx's time limits as aiohttp's, whose `connect` counts the wait for a place as well."""
    connect, pool = timeout.get("connect"), timeout.get("pool")
    return aiohttp.ClientTimeout(
        total=None,
        connect=None if connect is None or pool is None else connect + pool,
        sock_connect=connect,
        sock_read=timeout.get("read"),
    )

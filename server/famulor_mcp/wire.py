"""The API over aiohttp: straight to it, for a third of the work that httpx makes of a request.

Loaded with the first call, for aiohttp takes a tenth of a second to import.

Rules: a URL is sent with the escapes that it has; cookies are not kept, for one pool of connections
serves many accounts; redirects are not followed; nothing is sent twice; a fault says truly whether
the request may have left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from famulor_mcp.send import BROKEN, CONNECT_SECONDS, CONNECTIONS, IDLE_SECONDS, Answer, Fault, full

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class BrokenError(aiohttp.ClientError):
    """A connection that broke once the request was on its way."""


FAILURES = (aiohttp.ClientError, OSError, ValueError)
"""What aiohttp raises where a request brings no answer."""


def fault(error: Exception) -> Fault:
    """What an error of aiohttp means for the request. Only the first group surely sent nothing."""
    if isinstance(error, (*_UNSENT, aiohttp.ClientConnectorCertificateError, aiohttp.InvalidURL)):
        return Fault("no connection could be made", sent=False)
    if isinstance(error, aiohttp.ServerTimeoutError):
        return Fault("no answer came in time", sent=True)
    return Fault("the connection broke before the answer", sent=True)


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


_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Wire:
    """A `send.Carrier` with one pool of connections, opened with the first request.

    `timeout` is in seconds, for each read.
    """

    def __init__(self, timeout: float, ssl_context: ssl.SSLContext | None = None) -> None:
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            connect=CONNECT_SECONDS + timeout,  # the wait for a place in the pool counts as well
            sock_connect=CONNECT_SECONDS,
            sock_read=timeout,
        )
        self._ssl = ssl_context
        self._session: aiohttp.ClientSession | None = None

    async def carry(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer | Fault:
        session = self._session or self._open(secure=url.startswith("https:"))
        try:
            response = await session.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=content or None,
                allow_redirects=False,
            )
        except FAILURES as error:
            return fault(error)
        try:
            return await answer_of(response)
        finally:
            response.release()

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self, *, secure: bool) -> aiohttp.ClientSession:
        """The session. A list of authorities takes memory and time, and is read when needed."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._ssl or (authorities() if secure else True),
                limit=CONNECTIONS,
                keepalive_timeout=IDLE_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_OWN_HEADERS,
            timeout=self._timeout,
            middlewares=(once,),
        )
        return self._session


def authorities() -> ssl.SSLContext:
    """Whom to trust, as httpx does: SSL_CERT_FILE, SSL_CERT_DIR, else certifi's list."""
    import httpx

    return httpx.create_ssl_context()


async def answer_of(response: aiohttp.ClientResponse) -> Answer | Fault:
    """What came. Where the status says success, it is one even if the body is not whole."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        known = name.lower()
        headers[known] = f"{headers[known]}, {value}" if known in headers else value
    chunks: list[bytes] = []
    size, cut = 0, ""
    try:
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if cut := full(size):
                break
            chunks.append(chunk)
    except FAILURES as error:
        if not 200 <= response.status < 300:
            return fault(error)
        cut = BROKEN
    return Answer(response.status, headers, b"".join(chunks), cut)

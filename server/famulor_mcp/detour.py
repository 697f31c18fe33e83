"""The API over httpx: through the proxies of the environment, or to a stand-in in this process."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from famulor_mcp.send import BROKEN, CONNECT_SECONDS, CONNECTIONS, IDLE_SECONDS, Answer, Fault, full

if TYPE_CHECKING:
    from collections.abc import Mapping


class Detour:
    """A `send.Carrier` with one pool of connections. `transport` replaces the network.

    `timeout` is in seconds, for each read and write. Where `outside`, the environment's proxies and
    certificates count: a proxy has no business with what stays on this machine.
    """

    def __init__(
        self, timeout: float, transport: httpx.AsyncBaseTransport | None, *, outside: bool
    ) -> None:
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS),
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
            ),
            # A kept cookie would carry one account's session into another's requests.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=outside,
        )

    async def carry(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer | Fault:
        # The client's own builder would merge URLs, queries and cookies that we do not use.
        extensions = {"timeout": self._client.timeout.as_dict()}
        request = httpx.Request(
            method, url, headers=dict(headers), content=content, extensions=extensions
        )
        try:
            response = await self._client.send(request, stream=True)
            try:
                body, cut = await body_of(response)
            finally:
                await response.aclose()
        except httpx.RequestError as error:
            return fault(error)
        return Answer(response.status_code, dict(response.headers.items()), body, cut)

    async def aclose(self) -> None:
        await self._client.aclose()


async def body_of(response: httpx.Response) -> tuple[bytes, str]:
    """The body, and why it is not whole. The latter only where the status already says success."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if cut := full(size):
                return b"".join(chunks), cut
            chunks.append(chunk)
    except httpx.RequestError:
        if not response.is_success:
            raise
        return b"".join(chunks), BROKEN
    return b"".join(chunks), ""


def fault(error: httpx.RequestError) -> Fault:
    """What an error of httpx means for the request. Only the first group surely sent nothing."""
    unsent = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
    )
    if isinstance(error, unsent):
        return Fault("no connection could be made", sent=False)
    if isinstance(error, httpx.TimeoutException):
        return Fault("no answer came in time", sent=True)
    return Fault("the connection broke before the answer", sent=True)

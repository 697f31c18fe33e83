"""Settings become a gateway: the one place where its parts are put together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies

from famulor_mcp.account import Account
from famulor_mcp.gateway import Gateway
from famulor_mcp.send import Upstream
from famulor_mcp.settings import is_loopback
from famulor_tools import BASE_URL, CREDENTIALS, RATE_LIMITS, TOOLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import httpx

    from famulor_mcp.settings import Settings
    from famulor_mcp.shape import Result
    from famulor_tools.table import Source, Tool

SANDBOX_URL = "http://127.0.0.1"
"""Nothing listens there: in process the sandbox is the transport."""


class Deferred:
    """A transport that is loaded with its first request, which is when aiohttp is needed."""

    def __init__(self) -> None:
        self._transport: httpx.AsyncBaseTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._transport is None:
            from famulor_mcp.wire import AiohttpTransport

            self._transport = AiohttpTransport()
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()


class Desk:
    """Calls tools, and reads what a client may propose, for one account."""

    def __init__(self, gateway: Gateway, account: Account) -> None:
        self._gateway = gateway
        self._account = account

    async def __call__(self, name: str, arguments: dict[str, Any]) -> Result:
        return await self._gateway.call(name, arguments, self._account)

    async def values(self, source: Source) -> list[Any]:
        """What a field of a tool's list holds. Raises `GatewayError`."""
        return await self._gateway.values(source, self._account)


@asynccontextmanager
async def opened(settings: Settings, tools: Sequence[Tool]) -> AsyncIterator[Desk]:
    """What calls a tool for the account of these settings. Its connections close at the end."""
    upstream, account = _sandbox() if settings.sandbox else _api(settings)
    gateway = Gateway(
        tools, upstream, catalogue=TOOLS, files=settings.files, key_advice=CREDENTIALS
    )
    try:
        yield Desk(gateway, account)
    finally:
        await upstream.aclose()


def proxied(url: str) -> bool:
    """Whether the environment has a proxy for `url`: then httpx's own transport must serve."""
    parts = urlsplit(url)
    return not is_loopback(parts.hostname or "") and bool(
        getproxies().keys() & {parts.scheme, "all"}
    )


def _api(settings: Settings) -> tuple[Upstream, Account]:
    url = settings.base_url or BASE_URL
    transport = None if proxied(url) else cast("httpx.AsyncBaseTransport", Deferred())
    upstream = Upstream(url, timeout=settings.timeout, rate_limits=RATE_LIMITS, transport=transport)
    return upstream, Account(settings.api_key.reveal() if settings.api_key else None)


def _sandbox() -> tuple[Upstream, Account]:
    import httpx

    from famulor_mcp.sandbox import KEY, make_app

    transport = httpx.ASGITransport(make_app())
    return Upstream(SANDBOX_URL, rate_limits=RATE_LIMITS, transport=transport), Account(KEY)

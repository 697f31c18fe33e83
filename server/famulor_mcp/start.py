"""Settings become a gateway: the one place where its parts are put together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies

from famulor_mcp.account import Account
from famulor_mcp.gateway import Gateway, silent
from famulor_mcp.guard.audit import Audit
from famulor_mcp.guard.clock import SystemClock
from famulor_mcp.guard.confirm import NOBODY, Confirm
from famulor_mcp.guard.grants import Grants
from famulor_mcp.guard.guard import Guard
from famulor_mcp.guard.limits import Limits
from famulor_mcp.guard.once import Once
from famulor_mcp.guard.opening import open_store, pacing
from famulor_mcp.guard.refusals import AuditFault
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.hosts import is_loopback
from famulor_mcp.send import Upstream
from famulor_mcp.settings import SettingsError, label
from famulor_tools import ACCOUNT, BASE_URL, CREDENTIALS, RATE_LIMITS, TOOLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import httpx

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.confirm import Asker
    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.guard.store import Store
    from famulor_mcp.send import Listener
    from famulor_mcp.settings import Settings
    from famulor_mcp.shape import Result
    from famulor_mcp.wait import Progress
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

    async def __call__(
        self,
        name: str,
        arguments: dict[str, Any],
        asker: Asker = NOBODY,
        progress: Progress = silent,
    ) -> Result:
        return await self._gateway.call(name, arguments, self._account, asker, progress)

    def listen(self, listener: Listener) -> None:
        """Have every answer of the API told to `listener`, as it came in."""
        self._gateway.upstream.listener = listener

    async def values(self, source: Source) -> list[Any]:
        """What a field of a tool's list holds. Raises `GatewayError`."""
        return await self._gateway.values(source, self._account)


@asynccontextmanager
async def opened(
    settings: Settings, tools: Sequence[Tool], policy: Policy | None = None
) -> AsyncIterator[Desk]:
    """What calls a tool for the account of these settings. Its connections close at the end.

    Raises `SettingsError` where calls could not be put on record.
    """
    async with (
        open_store(settings, SystemClock()) as store,
        gateway(settings, tools, policy, store) as found,
    ):
        key = own_key(settings)
        yield Desk(found, Account(key, pacing(store)(key or "")))


@asynccontextmanager
async def gateway(
    settings: Settings,
    tools: Sequence[Tool],
    policy: Policy | None = None,
    store: Store | None = None,
) -> AsyncIterator[Gateway]:
    """What calls a tool for any account. Its connections close at the end; the store stays open.

    Raises `SettingsError` where calls could not be put on record.
    """
    guard = guarded(settings, policy, store=store)
    upstream = _sandbox() if settings.sandbox else _api(settings)
    try:
        yield Gateway(
            tools,
            upstream,
            catalogue=TOOLS,
            files=settings.files,
            key_advice=CREDENTIALS,
            tokens=settings.max_result,
            guard=guard,
        )
    finally:
        try:
            await guard.aclose()
        finally:
            await upstream.aclose()


def own_key(settings: Settings) -> str | None:
    """The key that the operator set, if any; that of the made-up account in the sandbox.

    Raises `SettingsError` where it is to be in a keychain and there is none.
    """
    if settings.sandbox:
        from famulor_mcp.sandbox import KEY

        return KEY
    key = settings.api_key
    if key is None and settings.keyring:
        from famulor_mcp.keychain import fetch

        key = fetch()
    return key.reveal() if key else None


def guarded(
    settings: Settings,
    policy: Policy | None = None,
    clock: Clock | None = None,
    store: Store | None = None,
) -> Guard:
    """The guard of these settings. Raises `SettingsError` if the record cannot be written."""
    clock = clock or SystemClock()
    store = store or MemoryStore(clock)
    audit = Audit(settings.audit, clock, full=settings.audit_full) if settings.audit else None
    if audit:
        try:
            audit.check()
        except AuditFault as fault:
            raise SettingsError(f"{label('audit')}: {fault.reason}.") from fault
    return Guard(
        Confirm(settings.confirm, Grants(keys(settings), store, clock)),
        Once(store, clock, settings.repeat_window),
        Limits(policy, store, clock) if policy else None,
        audit,
        ACCOUNT,
        settings.dry_run,
    )


def keys(settings: Settings) -> list[bytes]:
    """The secrets that processes of one gateway share; without any, each has its own."""
    return [secret.reveal().encode() for secret in settings.mcp_secret]


def proxied(url: str) -> bool:
    """Whether the environment has a proxy for `url`: then httpx's own transport must serve."""
    parts = urlsplit(url)
    return not is_loopback(parts.hostname or "") and bool(
        getproxies().keys() & {parts.scheme, "all"}
    )


def rooted(url: str, paths: Sequence[str]) -> str:
    """`url` without the segments at its end with which every path begins anyway.

    People copy an address from the documentation of an API, and there it has them.
    """
    steps = zip(*(path.split("/")[1:-1] for path in paths), strict=False)
    shared = takewhile(lambda step: len(set(step)) == 1, steps)
    prefix = "".join(f"/{step[0]}" for step in shared)
    return url.removesuffix(prefix) if urlsplit(url).path.endswith(prefix) else url


def _api(settings: Settings) -> Upstream:
    url = rooted(settings.base_url or BASE_URL, [tool.path for tool in TOOLS])
    transport = None if proxied(url) else cast("httpx.AsyncBaseTransport", Deferred())
    return Upstream(url, timeout=settings.timeout, rate_limits=RATE_LIMITS, transport=transport)


def _sandbox() -> Upstream:
    import httpx

    from famulor_mcp.sandbox import make_app

    transport = httpx.ASGITransport(make_app())
    return Upstream(SANDBOX_URL, rate_limits=RATE_LIMITS, transport=transport)

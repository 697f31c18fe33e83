"""Settings become the hosted application: the one place where its rooms are put together."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from secrets import token_bytes
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request

from famulor_mcp import offered
from famulor_mcp.account import Account
from famulor_mcp.former import named
from famulor_mcp.guard.clock import SystemClock
from famulor_mcp.guard.opening import open_store, pacing
from famulor_mcp.hosted.app import Parts, make_app
from famulor_mcp.hosted.bounds import doors
from famulor_mcp.hosted.documents import openapi
from famulor_mcp.hosted.entry import Gate
from famulor_mcp.hosted.health import PATIENCE, Health, Ready
from famulor_mcp.hosted.pages import Pages, Site
from famulor_mcp.hosted.people import Accounts, Desks
from famulor_mcp.hosted.signin import SignIn
from famulor_mcp.hosted.traces import traced
from famulor_mcp.hosting import MEGABYTE
from famulor_mcp.keycheck import judge
from famulor_mcp.offer import front, server
from famulor_mcp.options import version
from famulor_mcp.settings import label
from famulor_mcp.start import gateway, keys, own_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from famulor_mcp.gateway import Gateway
    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.guard.store import Store
    from famulor_mcp.hosted.app import App
    from famulor_mcp.hosted.identity import Identity
    from famulor_mcp.hosted.signin.consent import Check
    from famulor_mcp.hosting import Hosting
    from famulor_mcp.settings import Settings
    from famulor_tools.table import Tool

log = logging.getLogger(__name__)


@asynccontextmanager
async def opened(  # noqa: PLR0913 - the edge: everything that decides what is served
    settings: Settings,
    hosting: Hosting,
    tools: Sequence[Tool],
    policy: Policy | None = None,
    address: str = "",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[App]:
    """The application of these settings, which listens at `address`. It serves until the end.

    `environment` says where traces go, if anywhere.

    Raises `SettingsError` where it could not do its work.
    """
    async with (
        open_store(settings, SystemClock()) as store,
        gateway(settings, tools, policy, store) as found,
    ):
        made = parts(settings, hosting, tools, found, store, address)
        with traced(environment, version(), made.tools, found.upstream.base_url) as tracing:
            found.upstream.observer = tracing.observer
            tracing.lead(made.server)
            async with make_app(replace(made, plain=tracing.around(made.plain))) as app:
                yield app


def parts(  # noqa: PLR0913 - everything that was opened before
    settings: Settings,
    hosting: Hosting,
    tools: Sequence[Tool],
    gateway: Gateway,
    store: Store,
    address: str,
) -> Parts:
    """What the application of these settings is made of."""
    url = public(hosting, address)
    auth = hosting.auth
    site = Site(url, version(), auth == "oauth", settings.sandbox, keyless=auth == "none")
    pages = Pages(site, tools)
    paces = pacing(store)
    door = _door(settings, site, store, lambda key: judge(gateway, key, paces(key)), pages)
    accounts = Accounts(lambda key: Account(key, paces(key)))
    desks = Desks(gateway, accounts, door)
    listed = offered.listed(tools, settings)
    shown = front(
        listed,
        desks.call,
        version=version(),
        dynamic=settings.dynamic,
        outputs=settings.output_schemas,
    )

    async def plain(
        identity: Identity, name: str, arguments: dict[str, Any], modern: bool
    ) -> dict[str, Any]:
        return shown.result(await desks.plain(identity, name, arguments), modern=modern)

    told = {tool.name: False for tool in offered.shown(tools, settings)}
    return Parts(
        server=server(shown, listed, desks.read, desks.values, keys(settings)),
        plain=plain,
        accounts=accounts,
        gate=Gate(auth, door, own_key(settings) if auth == "none" else None),
        doors=doors(url, hosting.allowed_host, hosting.allowed_origin),
        most=hosting.max_body * MEGABYTE,
        public=hosting.public_discovery,
        alone=hosting.workers == 1,
        tools=told | {name: tool.effect == "read" for name, tool in named(tools).items()},
        fixed={
            "/health": Health(version()),
            "/ready": Ready(
                {
                    "upstream": lambda: gateway.upstream.reachable(PATIENCE),
                    "store": lambda: answers(store),
                }
            ),
            "/openapi.json": openapi(),
        },
        routes=[*pages.routes, *(door.routes if door else ())],
        landing=Page(pages.landing),
    )


def _door(
    settings: Settings, site: Site, store: Store, check: Check, pages: Pages
) -> SignIn | None:
    """Where people sign in, if they do."""
    if not site.signin:
        return None
    secrets = keys(settings)
    if not secrets:
        log.warning(
            "%s is not set: when this process ends, everybody has to sign in again. "
            "Make one: python -c 'import secrets; print(secrets.token_hex(32))'",
            label("mcp_secret"),
        )
        secrets = [token_bytes(32)]
    return SignIn(site.url, secrets, store, check, pages)


class Page:
    """A page as an application."""

    def __init__(self, show: Callable[[Request], Response]) -> None:
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._show(Request(scope, receive))(scope, receive, send)


async def answers(store: Store) -> bool:
    """Whether the store does. Raises `StoreFault` where it does not."""
    await store.ping()
    return True


def public(hosting: Hosting, address: str) -> str:
    """The URL by which people know the server."""
    if hosting.public_url:
        return hosting.public_url
    if hosting.local or not hosting.allowed_host:
        return address
    name = hosting.allowed_host[0]
    port = urlsplit(address).port
    return f"http://{name}" if urlsplit(f"//{name}").port else f"http://{name}:{port}"

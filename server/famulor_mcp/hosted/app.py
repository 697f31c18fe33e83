"""The hosted server as one ASGI application, put together from its rooms.

Access   names the request, writes its line           logs
Bounds   Host, Origin, CORS, headers                  bounds
Paths    by the path:
    /mcp /mcp/ /            Entry ▸ Streamable HTTP   entry, transports
    /sse /sse/ /messages/   Entry ▸ HTTP+SSE
    /health /ready /openapi.json
    all others              sign-in and pages
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.routing import Router

from famulor_mcp.hosted.answers import Problem
from famulor_mcp.hosted.bounds import Bounds, Small, replayed
from famulor_mcp.hosted.entry import Entry
from famulor_mcp.hosted.logs import Access
from famulor_mcp.hosted.room import Rooms
from famulor_mcp.hosted.sse import MESSAGES, Streams, elsewhere
from famulor_mcp.hosted.swift import Swift
from famulor_mcp.protocol import STATELESS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from mcp.server.lowlevel import Server
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from famulor_mcp.hosted.bounds import Doors
    from famulor_mcp.hosted.entry import Gate
    from famulor_mcp.hosted.people import Accounts
    from famulor_mcp.hosted.swift import Plain

MCP = ("/mcp", "/mcp/", "/")
SSE = ("/sse", "/sse/")
"""With the slash that people type at the end: a client told of it by 404 shows them nothing."""
SETTLE_SECONDS = 0.1
"""How long the last answer takes to get onto its stream, amply."""
LARGEST_FORM = 64 * 1024
"""Bytes of a request to sign-in and pages."""
NOT_FOUND = Problem(404, "There is nothing here. MCP is spoken at /mcp.")
ONLY_POST = Problem(
    405, "MCP is spoken here with POST alone.", headers=[(b"allow", b"POST, OPTIONS")]
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is made of.

    `most` is the largest body of a message in bytes. `alone` is whether no other process serves at
    the same address. `tools` are the names that a log may tell, and
    whether `plain` may call them. `fixed` are applications by path;
    `routes` are all others.
    """

    server: Server[Any]
    plain: Plain
    accounts: Accounts
    gate: Gate
    doors: Doors
    most: int
    public: bool = False
    alone: bool = True
    tools: Mapping[str, bool] = field(default_factory=dict)
    fixed: Mapping[str, ASGIApp] = field(default_factory=dict)
    routes: Sequence[BaseRoute] = ()
    landing: ASGIApp | None = None


class App:
    """The application, and how it comes to an end."""

    def __init__(self, app: ASGIApp, streams: Streams, accounts: Accounts) -> None:
        self._app = app
        self._streams = streams
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def drain(self, seconds: float) -> None:
        """End the streams once no call is in flight, for their answers go out on them; at the
        latest after so many seconds.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._accounts.idle()
                await asyncio.sleep(SETTLE_SECONDS)
        self._streams.close()


@asynccontextmanager
async def make_app(parts: Parts) -> AsyncIterator[App]:
    """The application. It serves until the end of the context."""
    streaming, whole = (
        StreamableHTTPSessionManager(
            parts.server, json_response=json, stateless=True, max_request_body_size=parts.most
        )
        for json in (False, True)
    )
    streams = Streams(parts.server, parts.most)
    rooms = Rooms(parts.most, parts.accounts.knows)
    swift = Swift(streaming.handle_request, parts.tools, parts.plain)
    mcp = Streamable(swift, whole.handle_request)
    paths: dict[str, ASGIApp] = {**_protected(parts, rooms, mcp, streams), **parts.fixed}
    guarded = (*MCP, *SSE, MESSAGES)
    router = Router(list(parts.routes), default=NOT_FOUND, redirect_slashes=False)
    app = Bounds(
        Paths(paths, Small(router, LARGEST_FORM, rooms)),
        parts.doors,
        guarded,
        ("/health", "/ready"),
    )
    known = {*paths, *(getattr(route, "path", "") for route in parts.routes)}
    async with streaming.run(), whole.run():
        yield App(Access(app, known, parts.tools), streams, parts.accounts)


def _protected(
    parts: Parts, rooms: Rooms, streamable: ASGIApp, streams: Streams
) -> dict[str, ASGIApp]:
    """What only known people reach, by path."""

    def entry(app: ASGIApp, *, public: bool = False, endpoint: str = "") -> ASGIApp:
        return Entry(app, parts.gate, rooms, public=public, endpoint=endpoint)

    mcp = entry(streamable, public=parts.public)
    opening, message = (streams, streams.message) if parts.alone else (elsewhere, elsewhere)
    return {
        **dict.fromkeys(MCP, mcp),
        **({"/": Root(mcp, parts.landing)} if parts.landing else {}),
        **dict.fromkeys(SSE, entry(opening, endpoint=SSE[0])),
        MESSAGES: entry(message, endpoint=SSE[0]),
    }


class Paths:
    """Hands a request to the application at its path."""

    def __init__(self, apps: Mapping[str, ASGIApp], others: ASGIApp) -> None:
        self._apps = apps
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps.get(scope["path"], self._others)(scope, receive, send)


class Root:
    """`/`: the landing page for browsers, MCP for clients that were given the bare address."""

    def __init__(self, entry: ASGIApp, landing: ASGIApp) -> None:
        self._entry = entry
        self._landing = landing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reading = scope["method"] in {"GET", "HEAD"}
        app = self._landing if reading and wants_page(scope) else self._entry
        await app(scope, receive, send)


class Streamable:
    """Streamable HTTP without sessions: every request stands alone, in both eras.

    Nothing is ever pushed on a stream of its own, so GET has nothing to give, and there is no
    session to DELETE. Whoever names no stream in `Accept` gets one JSON document from `whole`,
    without progress on the way: clients of MCP must take both, scripts do not know of it.
    """

    def __init__(self, app: ASGIApp, whole: ASGIApp) -> None:
        self._app = app
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await ONLY_POST(scope, receive, send)
            return
        scope[STATELESS] = True
        if b"text/event-stream" in accepted(scope).lower():
            await self._app(scope, receive, send)
        else:
            await attended(self._whole, scope, receive, send)


async def attended(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run `app` as long as the client is there, as streams do by themselves. The body is known."""
    body = await receive()
    work = asyncio.ensure_future(app(scope, replayed(body["body"], receive), send))
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        work.cancel()
        await asyncio.wait((work,))
    if not work.cancelled():
        work.result()


def accepted(scope: Scope) -> bytes:
    """What whoever asks takes. The header stands in `scope` once from then on, as the SDK reads it.

    It may stand there several times, and without it anything is taken (RFC 9110 5.3 and 12.5.1).
    """
    found: list[bytes] = [value for name, value in scope["headers"] if name == b"accept"]
    if len(found) == 1:
        return found[0]
    whole: bytes = b", ".join(found) or b"*/*"
    rest = [one for one in scope["headers"] if one[0] != b"accept"]
    scope["headers"] = [*rest, (b"accept", whole)]
    return whole


def wants_page(scope: Scope) -> bool:
    """Whether whoever asks reads HTML."""
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])

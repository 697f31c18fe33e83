"""The older transport: one stream per client at `/sse`, messages to `/messages/`.

A stream lives in one process, and what is sent for it must reach that process.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.sse import SseServerTransport
from sse_starlette.sse import AppStatus
from starlette.requests import Request

from famulor_mcp.hosted.answers import Problem
from famulor_mcp.hosted.identity import IDENTITY
from famulor_mcp.hosted.signin.limits import address

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from starlette.types import Message, Receive, Scope, Send

    from famulor_mcp.hosted.identity import Identity

MESSAGES = "/messages/"
MOST = 1_000
MOST_OF = {"address": 250, "key": 20}
"""Streams that one process holds: in all, and for one address or key."""
ONLY_GET = Problem(405, "A stream is opened with GET.", headers=[(b"allow", b"GET, OPTIONS")])
FULL = Problem(
    503, "This server holds no more streams. Use /mcp.", headers=[(b"retry-after", b"60")]
)
MANY = Problem(
    429,
    "There are too many streams of this key, or from this address. Close some, or use /mcp.",
    headers=[(b"retry-after", b"60")],
)
ONE_PROCESS = Problem(
    501,
    "This server runs in several processes, and a stream lives in one. Use Streamable HTTP at "
    "/mcp.",
)


class Streams:
    """Opens streams, and ends them when the server does.

    Left to itself, the library under the SDK's transport ends every stream as soon as the process
    is told to stop, with calls in flight on it.
    """

    def __init__(self, server: Server[Any], most: int) -> None:
        AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]
        self._server = server
        self._transport = SseServerTransport(MESSAGES, max_request_body_size=most)
        self._listening: set[anyio.CancelScope] = set()
        self._open = 0
        self._closed = False
        self._holders: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await ONLY_GET(scope, receive, send)
        elif self._open >= MOST:
            await FULL(scope, receive, send)
        elif any(self._holders[kind, name] >= MOST_OF[kind] for kind, name in holders(scope)):
            await MANY(scope, receive, send)
        else:
            await self._held(scope, receive, send)

    async def message(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message for one of the streams."""
        await self._transport.handle_post_message(scope, receive, send)

    def close(self) -> None:
        """End all streams, and those that are opened from now on.

        Each is told that its client is gone, and closes what it has; cut off, it would not.
        """
        self._closed = True
        for scope in self._listening:
            scope.cancel()

    async def _held(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a stream, and count it as long as it lives."""
        self._holders.update(holders(scope))
        self._open += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._open -= 1
            self._holders.subtract(holders(scope))
            self._holders += Counter()  # lets go of those that have none

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def noted(message: Message) -> None:
            nonlocal began
            began = message["type"] == "http.response.start" or message.get("more_body", False)
            await send(message)

        async def heard() -> Message:
            if not self._closed:
                with anyio.CancelScope() as listening:
                    self._listening.add(listening)
                    try:
                        return await receive()
                    finally:
                        self._listening.discard(listening)
            return {"type": "http.disconnect"}

        server, options = self._server, self._server.create_initialization_options()
        async with self._transport.connect_sse(scope, heard, noted) as (read, write):
            await server.run(read, write, options)
        if self._closed and began:
            await send({"type": "http.response.body", "body": b""})


def holders(scope: Scope) -> tuple[tuple[str, str], ...]:
    """Whose stream it is."""
    identity: Identity = scope[IDENTITY]
    return ("address", address(Request(scope))), ("key", identity.subject)


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Both paths where there are several processes."""
    await ONE_PROCESS(scope, receive, send)

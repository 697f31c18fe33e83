"""The way of most requests: a plain call of a tool that only reads, without the SDK's machinery.

The SDK spends half of such a request on tasks, streams and models that it does not need. What is
taken here fits its rules to the letter and asks for no progress; everything else, and whatever is
not quite so, goes the SDK's way, which answers the same (`tests/hosted/test_swift.py`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from famulor_mcp.hosted.answers import JSON, Answer
from famulor_mcp.hosted.identity import IDENTITY
from famulor_mcp.hosted.logs import MESSAGE
from famulor_mcp.plain import HANDSHAKES, encoded, is_call, is_enveloped
from famulor_mcp.plain import MODERN as NEWEST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from famulor_mcp.hosted.identity import Identity

    Plain = Callable[[Identity, str, dict[str, Any], bool], Awaitable[dict[str, Any]]]
    """(who, tool, arguments, whether the era is modern) → the result for the wire."""

SILENCE = 15.0
"""Seconds after which proxies want to see that somebody is there."""
PING = b": ping\r\n\r\n"
STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]
READ = {
    b"accept",
    b"content-type",
    b"mcp-method",
    b"mcp-name",
    b"mcp-protocol-version",
    b"mcp-session-id",
}
LEGACY = {None, *(version.encode() for version in HANDSHAKES)}
MODERN = NEWEST.encode()


class Swift:
    """Answers plain calls of `reads` by `plain`, and leaves all else to `app`."""

    def __init__(self, app: ASGIApp, reads: Mapping[str, bool], plain: Plain) -> None:
        self._app = app
        self._reads = reads
        self._plain = plain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = scope.get(MESSAGE)
        modern = era(scope, message) if message and IDENTITY in scope else None
        if message is None or modern is None or not self._reads.get(message["params"]["name"]):
            await self._app(scope, receive, send)
            return
        params = message["params"]
        call = asyncio.ensure_future(
            self._plain(scope[IDENTITY], params["name"], params.get("arguments") or {}, modern)
        )
        await receive()  # the body, which is known
        gone = asyncio.ensure_future(receive())
        try:
            await answered(call, gone, message["id"], scope, send)
        finally:
            gone.cancel()
            if not call.done():
                call.cancel()
                await asyncio.wait((call,))


async def answered(
    call: asyncio.Future[dict[str, Any]],
    gone: asyncio.Future[Any],
    number: Any,
    scope: Scope,
    send: Send,
) -> None:
    """Send the answer when it is there, as a stream if that takes long; none to who is `gone`."""
    streaming = False
    while True:
        await asyncio.wait((call, gone), timeout=SILENCE, return_when=asyncio.FIRST_COMPLETED)
        if call.done() or gone.done():
            break
        if not streaming:
            await send({"type": "http.response.start", "status": 200, "headers": [*STREAM]})
            streaming = True
        await send({"type": "http.response.body", "body": PING, "more_body": True})
    if not call.done():
        return
    body = encoded({"jsonrpc": "2.0", "id": number, "result": call.result()})
    if streaming:
        event = b"event: message\r\ndata: " + body + b"\r\n\r\n"
        await send({"type": "http.response.body", "body": event})
    else:
        await Answer(200, body, [JSON])(scope, _nothing, send)


async def _nothing() -> Any:
    raise NotImplementedError


def era(scope: Scope, message: Mapping[str, Any]) -> bool | None:
    """Whether this is a plain call of the modern era; None where it is no plain call of any."""
    headers = _headers(scope)
    params = message.get("params")
    if headers is None or message.get("method") != "tools/call" or "id" not in message:
        return None
    if not isinstance(params, dict) or not is_call(params):
        return None
    name, meta = params["name"], params.get("_meta", {})
    version = headers.get(b"mcp-protocol-version")
    if version in LEGACY:
        return None if meta else False
    named = headers.get(b"mcp-method") == b"tools/call" and headers.get(b"mcp-name") == _ascii(name)
    quiet = is_enveloped(meta) and "progressToken" not in meta
    return True if version == MODERN and named and quiet else None


def _headers(scope: Scope) -> dict[bytes, bytes] | None:
    """The headers that decide, if each stands there once and they are as a client should send."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in READ:
            if name in found:
                return None
            found[name] = value
        elif name.startswith(b"mcp-param-"):
            return None
    accept = found.get(b"accept", b"")
    both = b"application/json" in accept and b"text/event-stream" in accept and b"q=0" not in accept
    plain = found.get(b"content-type", b"").split(b";")[0].strip().lower() == b"application/json"
    return found if both and plain and b"mcp-session-id" not in found else None


def _ascii(name: str) -> bytes:
    return name.encode("ascii", "replace")

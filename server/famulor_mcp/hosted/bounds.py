"""Who may speak to the server at all: Host and Origin, CORS, sizes and times of bodies.

A web page that rebinds its name to this machine sends its own name as Host; a page elsewhere sends
its own Origin. Both are turned away before anything is read (MCP, "Security Warning" of the
Streamable HTTP transport).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from famulor_mcp.hosted.answers import Answer, Problem
from famulor_mcp.hosted.room import NoRoomError
from famulor_mcp.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from famulor_mcp.hosted.room import Place, Rooms

BODY_SECONDS = 60.0
"""How long the body of a request may take to come in."""

DISCARDED, DISCARD_SECONDS = 8 * 1024 * 1024, 5.0
"""How much of a body that is too large is read and thrown away, and for how long."""

METHODS = b"GET, POST, DELETE, OPTIONS"
SENT = (
    b"accept, authorization, content-type, last-event-id, mcp-method, mcp-name, "
    b"mcp-protocol-version, mcp-session-id, x-famulor-api-key, x-request-id"
)
EXPOSED = b"mcp-session-id, retry-after, www-authenticate, x-request-id"
PREFLIGHT_LIFE = b"600"
ASKED = b"access-control-request-method"
MISDIRECTED = Problem(
    421,
    "This server does not go by that name. Its operator can add one with --public-url or "
    "--allowed-host.",
)
FOREIGN = Problem(
    403,
    "Web pages of this origin may not use the server. Its operator can let them with "
    "--allowed-origin.",
)
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""Set where a page has not said otherwise."""

VARIES = (b"vary", b"Origin")
"""On every answer: a cache may not hand one page what was meant for another (Fetch, "CORS protocol
and HTTP caches")."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Doors:
    """The names under which the server may be spoken to, and the web pages that may do so.

    `hosts` are names with a port, or without one for any port. A loopback name is always good: a
    foreign page cannot take it.
    """

    hosts: frozenset[str]
    origins: frozenset[str]

    def host(self, value: str) -> bool:
        """Whether a `Host` header names this server. Case is not told apart (RFC 9110 4.2.3)."""
        value = value.lower()
        if value in self.hosts:
            return True
        name = _name(value)
        return name in self.hosts or is_loopback(name.strip("[]"))

    def origin(self, value: str, host: str) -> bool:
        """Whether an `Origin` header may speak to the server, called `host` in this request."""
        if value in self.origins:
            return True
        return value == f"http://{host}" and is_loopback(_name(host).strip("[]"))


def doors(public_url: str, hosts: Iterable[str], origins: Iterable[str]) -> Doors:
    """The doors of a server that people know as `public_url`."""
    names = {urlsplit(public_url).netloc, *hosts}
    return Doors(frozenset(names), frozenset({public_url, *origins}))


def _name(host: str) -> str:
    """A host without its port."""
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


class Bounds:
    """Refuses foreign hosts and pages, answers preflights, and adds the headers that are due.

    Under `guarded` paths a foreign page is refused; elsewhere it may not read the answer.
    `open` paths are asked by machines that know no name of the server, such as load balancers.
    """

    def __init__(
        self, app: ASGIApp, doors: Doors, guarded: Collection[str], open_: Collection[str]
    ) -> None:
        self._app = app
        self._doors = doors
        self._guarded = frozenset(guarded)
        self._open = frozenset(open_)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, origin = said(scope, b"host"), said(scope, b"origin")
        refused = self._refusal(scope["path"], host, origin)
        allowed = origin is not None and host is not None and self._doors.origin(origin, host)
        preflight = scope["method"] == "OPTIONS" and said(scope, ASKED) is not None
        cors = _cors(origin, preflight=preflight) if origin and allowed else []

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                kept = [one for one in given if not _is_ours(*one)]
                names = {name for name, _ in kept}
                safe = [one for one in SAFE if one[0] not in names]
                message["headers"] = [*kept, *safe, VARIES, *cors]
            await send(message)

        if refused:
            await refused(scope, receive, marked)
        elif preflight:
            await (Answer(204) if cors else FOREIGN)(scope, receive, marked)
        else:
            await self._app(scope, receive, marked)

    def _refusal(self, path: str, host: str | None, origin: str | None) -> Problem | None:
        if path in self._open:
            return None
        if host is None or not self._doors.host(host):
            return MISDIRECTED
        if path in self._guarded and origin is not None and not self._doors.origin(origin, host):
            return FOREIGN
        return None


def _is_ours(name: bytes, value: bytes) -> bool:
    """Whether a header is for `Bounds` alone to set: parts of the SDK have a CORS of their own."""
    return name.startswith(b"access-control-") or (name, value) == VARIES


def _cors(origin: str, *, preflight: bool) -> list[tuple[bytes, bytes]]:
    """What lets a web page of `origin` read the answer, or ask at all."""
    header = (b"access-control-allow-origin", origin.encode("latin-1"))
    if preflight:
        return [
            header,
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", SENT),
            (b"access-control-max-age", PREFLIGHT_LIFE),
        ]
    return [header, (b"access-control-expose-headers", EXPOSED)]


def said(scope: Scope, name: bytes) -> str | None:
    """The header `name`, or None; one that stands there twice is no header to believe."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else (None if not found else "")


class TooLargeError(Exception):
    """A body is larger than it may be."""


class TooSlowError(Exception):
    """A body did not come in while it was waited for."""


class GoneError(Exception):
    """The client went away while it was sending."""


async def body(scope: Scope, receive: Receive, most: int, seconds: float, place: Place) -> bytes:
    """The whole body of a request, which is held in `place`.

    Raises:
        TooLargeError: it is larger than `most` bytes, by its header or by what came.
        TooSlowError: it took longer than `seconds`.
        GoneError: it stayed incomplete.
        NoRoomError: there is no room for it.
    """
    declared = said(scope, b"content-length")
    if declared and declared.isdigit() and int(declared) > most:
        raise TooLargeError
    try:
        async with asyncio.timeout(seconds) as place.limit:
            content = await _collected(receive, most, place)
            place.complete()
            return content
    except TimeoutError:
        raise (NoRoomError if place.lost else TooSlowError) from None
    finally:
        place.limit = None


async def _collected(receive: Receive, most: int, place: Place) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        _hold(place, 0, whole, most)
        return whole
    parts = bytearray()
    while message["type"] == "http.request":
        part = message.get("body", b"")
        _hold(place, len(parts), part, most)
        parts += part
        if not message.get("more_body"):
            return bytes(parts)
        message = await receive()
    raise GoneError


def _hold(place: Place, held: int, part: bytes, most: int) -> None:
    """Count a part of a body of which so much is held. Raises `TooLargeError`, `NoRoomError`."""
    if held + len(part) > most:
        raise TooLargeError
    place.take(len(part))


def replayed(content: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then goes on with `receive`."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": content, "more_body": False}

    return replay


class Small:
    """Lets an application read forms of at most so many bytes."""

    def __init__(self, app: ASGIApp, most: int, rooms: Rooms) -> None:
        self._app = app
        self._most = most
        self._rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, send)
            return
        with self._rooms.form(scope) as place:
            content, refused = await read(scope, receive, self._most, place)
            if refused:
                await refused.of_form()(scope, receive, send)
            else:
                await self._app(scope, replayed(content, receive), send)


async def read(
    scope: Scope, receive: Receive, most: int, place: Place
) -> tuple[bytes, Problem | None]:
    """The body, or how to refuse it."""
    try:
        return await body(scope, receive, most, BODY_SECONDS, place), None
    except TooLargeError:
        refused = Problem(413, f"A request here may have at most {most} bytes.", headers=CLOSE)
    except NoRoomError:
        refused = FULL
    except TooSlowError:
        return b"", Problem(408, "The request did not come in in time.", headers=CLOSE)
    except GoneError:
        return b"", Problem(400, "The request is not complete.", headers=CLOSE)
    place.room.leave(place)
    await _discard(receive)  # here, where no exception holds on to what has come
    return b"", refused


async def _discard(receive: Receive) -> None:
    """Let the client finish, within bounds: cut off while it sends, it would not see the answer."""
    left = DISCARDED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return


CLOSE = ((b"connection", b"close"),)
"""What is left of the body is not read."""
FULL = Problem(
    503,
    "This server holds as much of unfinished requests as it can. Nothing was done: send this one "
    "again in a few seconds.",
    headers=[(b"retry-after", b"5"), *CLOSE],
)

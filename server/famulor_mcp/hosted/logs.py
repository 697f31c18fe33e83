"""What the operator reads: a line per request, and whatever else the server has to say.

A line tells the method, the path, the status, how long it took, which tool was called and a name
for the account. It tells no argument, no query, no header, and of a path only what is known here.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import re
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import mcp_types as types
import orjson

from famulor_mcp.account import SHORTEST_SECRET
from famulor_mcp.guard.intent import told
from famulor_mcp.hosted.answers import Problem

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from famulor_mcp.hosting import Format

TRACE = "famulor_mcp.trace"
"""Where a request's `Trace` stands in its ASGI scope."""
HEADER = b"x-request-id"
SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
SANE_METHOD = re.compile(r"[a-z]{1,24}(/[A-Za-z_]{1,24}){0,3}")
WELL_KNOWN = re.compile(
    r"/\.well-known/(oauth-(protected-resource|authorization-server)|openid-configuration)"
    r"(/(mcp|sse|messages))?/?"
)
"""Where clients look for sign-in, whether or not anything is there."""
VERBS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))
MESSAGE = "famulor_mcp.message"
"""Where its JSON-RPC message stands, once it was read."""
UNKNOWN = "(unknown)"
GONE = 499
"""The status of a request whose client went away before there was an answer, as nginx has it."""
CHATTY = ("mcp", "sse_starlette", "httpx", "httpcore", "aiohttp", "uvicorn", "asyncio", "redis")
"""Libraries whose lower levels tell what is in a message."""

TOLD = ("famulor_mcp.access", "famulor_mcp.hosted")
"""Told on every level but error: requests, and what becomes of the server."""

CUT = (
    "The server stops, and this did not end in time. If it was to change something, it may have "
    "been done: look before you repeat it."
)
FAILED = (
    "The server failed inside. If this was to change something, it may have been done: look before "
    "you repeat it. The operator finds the reason under the request's id in the server's log."
)
LINES, LINE_SECONDS = 100, 0.1
"""How many lines are kept back, and for how long, to be written together."""

access = logging.getLogger("famulor_mcp.access")
log = logging.getLogger(__name__)
_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


@dataclass(slots=True)
class Trace:
    """One request, as far as it may be told."""

    id: str
    rpc: str = ""
    tool: str = ""
    account: str = ""
    key: str = ""

    def __repr__(self) -> str:
        return f"Trace({self.id})"


def current() -> Trace | None:
    """The request in hand."""
    return _current.get()


class Access:
    """The outermost application: names the request, lets nothing escape, and writes its line."""

    def __init__(self, app: ASGIApp, paths: Collection[str], tools: Collection[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._tools = frozenset(tools)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        trace = scope[TRACE] = Trace(request_id(scope))
        token = _current.set(trace)
        began, status = time.perf_counter(), GONE
        name = (HEADER, trace.id.encode())

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), name]
            await send(message)

        try:
            await self._app(scope, receive, named)
        except asyncio.CancelledError:
            if status == GONE:
                await _problem(scope, 503, CUT)(scope, receive, named)
            else:
                log.warning("An answer was cut off: the server stops")
        except Exception:
            log.exception("A request failed inside the server")
            if status == GONE:
                await _problem(scope, 500, FAILED)(scope, receive, named)
        finally:
            if access.isEnabledFor(logging.INFO):
                self._tell(scope, trace, status, time.perf_counter() - began)
            _current.reset(token)

    def _tell(self, scope: Scope, trace: Trace, status: int, seconds: float) -> None:
        path = scope["path"]
        fields: dict[str, Any] = {
            "method": scope["method"] if scope["method"] in VERBS else UNKNOWN,
            "path": path if path in self._paths or WELL_KNOWN.fullmatch(path) else UNKNOWN,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        if trace.rpc:
            fields["rpc"] = trace.rpc if SANE_METHOD.fullmatch(trace.rpc) else UNKNOWN
        if trace.tool:
            fields["tool"] = trace.tool if trace.tool in self._tools else UNKNOWN
        if trace.account:
            fields["account"] = told(trace.account)
        access.info("request", extra={"fields": fields})


def _problem(scope: Scope, status: int, words: str) -> Problem:
    """How a request ends that had no answer. The client finds its own by the number."""
    number = scope.get(MESSAGE, {}).get("id")
    return Problem(status, words, types.INTERNAL_ERROR, number=number)


def request_id(scope: Scope) -> str:
    """The id that a proxy gave the request if it is a plain word, else a new one."""
    for name, value in scope["headers"]:
        if name == HEADER and SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return os.urandom(8).hex()


class _Line(logging.Formatter):
    """What both formats tell of a record. The key of the request in hand is in no line."""

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace = _current.get()
        if trace:
            found["request"] = trace.id
        found |= getattr(record, "fields", {})
        if record.exc_info:
            found["exception"] = self.formatException(record.exc_info)
        if trace and len(trace.key) >= SHORTEST_SECRET:
            hidden = {
                name: value.replace(trace.key, "[key]")
                for name, value in found.items()
                if isinstance(value, str)
            }
            found |= hidden
        return found


class Json(_Line):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(self.facts(record), default=str).decode()


class Text(_Line):
    """One line for people; a traceback follows its line."""

    def format(self, record: logging.LogRecord) -> str:
        facts = self.facts(record)
        trail = facts.pop("exception", "")
        head = f"{facts.pop('time')} {facts.pop('level')} {facts.pop('logger')}:"
        words = facts.pop("message")
        rest = [f"{name}={value}" for name, value in facts.items()]
        line = " ".join([head, *([] if words == "request" else [words]), *rest])
        shown = line if line.isprintable() else _plain(line)
        return f"{shown}\n{trail}" if trail else shown


def _plain(line: str) -> str:
    """A line in which nothing moves the cursor of a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


class Tape(logging.StreamHandler[TextIO]):
    """Writes lines to stderr: several at a time where many come, warnings and worse at once.

    Nothing is raised into what is told of: a server whose log nobody takes any more serves on.
    """

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._lines: list[str] = []
        atexit.register(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler of the library
            self.handleError(record)
            return
        if record.levelno >= logging.WARNING or len(self._lines) >= LINES or not self._later():
            self.flush()

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            with suppress(OSError):  # the disk is full, or whoever read it is gone
                self.stream.write("\n".join([*lines, ""]))
                self.stream.flush()

    def _later(self) -> bool:
        """Have the lines written soon, if anything will be there to do it."""
        if len(self._lines) > 1:
            return True
        try:
            asyncio.get_running_loop().call_later(LINE_SECONDS, self.flush)
        except RuntimeError:
            return False
        return True


def configure(level: str, form: Format) -> None:
    """Have everything told on stderr from `level` on, and what is `TOLD`."""
    handler = Tape()
    handler.setFormatter(Json() if form == "json" else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in TOLD:
        logging.getLogger(name).setLevel(logging.ERROR if level == "error" else logging.INFO)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))

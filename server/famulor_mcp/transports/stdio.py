"""MCP over the process's own stdin and stdout: one JSON-RPC message a line, UTF-8, LF.

The SDK's `stdio_server()` reads in a worker thread, which costs a third of a call and keeps the
process alive after Ctrl-C. `Server.run` takes any pair of objects that fulfil its stream
protocols; this module is such a pair, on the event loop.

Rules: nothing but messages reaches stdout (whatever else prints lands on stderr); a line is
written whole or not at all; at the end of input the requests already read have `GRACE` seconds
to be answered; SIGINT and SIGTERM cancel what runs, and the exit status is 128 + signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from famulor_mcp.protocol import encoded
from famulor_mcp.transports.pipes import Sink, open_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from mcp.server.lowlevel import Server

    from famulor_mcp.transports.pipes import Lines

UNREADABLE = (
    "The request cannot be read: it is no JSON-RPC, holds half a surrogate pair, or is nested "
    "too deep. Nothing was done."
)
TOKEN = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:(?:\s*(?:"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]{1,300}(?![0-9.eE])))?)?|[{}\[\]]'
)
"""In JSON: a bracket, or a text; a name together with its text or whole number."""
ID = re.compile(rb'"id"\s*:\s*(.+)', re.DOTALL)
GRACE = 5.0
"""Seconds that calls in flight get once the client has closed our stdin."""


class Pending:
    """The requests that were read and are not answered yet."""

    def __init__(self) -> None:
        self._ids: Counter[str] = Counter()
        self._idle = asyncio.Event()
        self._idle.set()

    def read(self, message: types.JSONRPCMessage) -> None:
        """Note a request; forget one that the client cancelled, for it is never answered."""
        if isinstance(message, types.JSONRPCRequest):
            self._ids[str(message.id)] += 1
            self._idle.clear()
        elif getattr(message, "method", None) == "notifications/cancelled":
            self._forget((message.params or {}).get("requestId"))  # type: ignore[union-attr]

    def written(self, message: types.JSONRPCMessage) -> None:
        if isinstance(message, types.JSONRPCResponse | types.JSONRPCError):
            self._forget(message.id)

    async def answered(self, limit: float) -> None:
        """Return when every request is answered, or after `limit` seconds."""
        with anyio.move_on_after(limit):
            await self._idle.wait()

    def _forget(self, request_id: Any) -> None:
        key = str(request_id)  # the SDK takes 7 and "7" for the same request, too
        self._ids[key] -= 1
        if self._ids[key] <= 0:
            del self._ids[key]
        if not self._ids:
            self._idle.set()


class _Stream:
    """What the SDK's two stream protocols have in common."""

    async def aclose(self) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()


class Reader(_Stream):
    """The SDK's `ReadStream`: messages, and an exception for a line that is none.

    A request that cannot be read is answered here, by `sink`: its client would wait for ever.
    """

    def __init__(self, lines: Lines, pending: Pending, sink: Sink, grace: float = GRACE) -> None:
        self._lines = lines
        self._sink = sink
        self._pending = pending
        self._grace = grace

    async def receive(self) -> SessionMessage | Exception:
        line = b""
        while not line.strip():
            following = await self._lines.next()
            if following is None:
                await self._pending.answered(self._grace)
                raise anyio.EndOfStream
            line = following
        try:
            message = types.jsonrpc_message_adapter.validate_json(
                line.decode("utf-8", "replace"), by_name=False
            )
        except ValidationError as error:
            if (request := asked(line)) is not None:
                await self._refuse(request)
            return error
        self._pending.read(message)
        return SessionMessage(message)

    async def _refuse(self, request: types.RequestId) -> None:
        fault = types.ErrorData(code=types.INVALID_REQUEST, message=UNREADABLE)
        answer = types.JSONRPCError(jsonrpc="2.0", id=request, error=fault)
        with contextlib.suppress(OSError):  # a client that is gone is noticed where it matters
            await self._sink.write(encode(answer))

    def __aiter__(self) -> Reader:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        self._lines.stop()


class Writer(_Stream):
    """The SDK's `WriteStream`: returns when the client's pipe has taken the whole message.

    A client that reads no more is gone, and `reader` takes nothing more from it.
    """

    def __init__(self, sink: Sink, pending: Pending, reader: Reader) -> None:
        self._sink = sink
        self._pending = pending
        self._reader = reader

    async def send(self, item: SessionMessage, /) -> None:
        try:
            await self._sink.write(encode(item.message))
        except OSError as error:
            await self._reader.aclose()
            raise anyio.BrokenResourceError from error
        finally:
            self._pending.written(item.message)

    async def aclose(self) -> None:
        await self._sink.aclose()


def asked(line: bytes) -> types.RequestId | None:
    """The id of a request that cannot be read as a whole, found by its outermost names."""
    depth, method, found = 0, False, None
    for token in TOKEN.finditer(line):
        if (text := token[0]) in b"{[":
            depth += 1
        elif text in b"}]":
            depth -= 1
        elif depth == 1 and line.startswith(b"{"):
            method = method or text.startswith(b'"method"')
            found = ID.fullmatch(text) or found
    if not (method and found):
        return None
    try:
        request = json.loads(found[1])
        json.dumps(request, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return request if isinstance(request, int | str) else None


def encode(message: types.JSONRPCMessage) -> bytes:
    """One line of JSON."""
    if not isinstance(message, types.JSONRPCResponse):
        return message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
    return encoded({"jsonrpc": "2.0", "id": message.id, "result": message.result}) + b"\n"


async def serve(server: Server[Any], *, grace: float = GRACE) -> int:
    """Serve until the client closes stdin or a signal comes; return the exit status."""
    scope = anyio.CancelScope()
    status = 0

    def stop(number: int) -> None:
        nonlocal status
        if status:  # asked twice: whatever hangs in its cleanup is left behind
            os._exit(status)
        status = 128 + number
        scope.cancel()

    with _claimed() as (stdin, stdout), _signals(stop):
        pending = Pending()
        sink = Sink(stdout)
        reader = Reader(open_lines(stdin), pending, sink, grace)
        writer = Writer(sink, pending, reader)
        with scope:
            await server.run(reader, writer, server.create_initialization_options())
    return status


@contextlib.contextmanager
def _claimed() -> Iterator[tuple[int, int]]:
    """Private copies of stdin and stdout; until the end 0 is empty and 1 is stderr."""
    sys.stdout.flush()
    stdin, stdout = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    os.close(empty)
    try:
        yield stdin, stdout
    finally:
        sys.stdout.flush()
        if sys.platform != "win32":  # a thread may still read there, and hold the C library's lock
            os.dup2(stdin, 0)
        os.dup2(stdout, 1)


@contextlib.contextmanager
def _signals(stop: Any) -> Iterator[None]:
    """Have `stop(number)` called for SIGINT and SIGTERM.

    Windows' loops cannot: there Ctrl-C is a KeyboardInterrupt out of `asyncio.run`.
    """
    loop = asyncio.get_running_loop()
    handled = (signal.SIGINT, signal.SIGTERM)
    with contextlib.suppress(NotImplementedError):
        for number in handled:
            loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in handled:
                loop.remove_signal_handler(number)

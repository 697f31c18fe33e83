"""A pair of streams for the SDK's server, between the lines that are left to it and a descriptor.

`Server.run` takes any pair of objects that fulfil its stream protocols. The SDK's own pair reads in
a worker thread, which costs a third of a call and keeps the process alive after Ctrl-C.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from famulor_mcp.plain import encoded

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import TracebackType

    from famulor_mcp.transports.pipes import Sink
    from famulor_mcp.transports.stdio import Pending

UNREADABLE = (
    "The request cannot be read: it is no JSON-RPC, holds half a surrogate pair, or is nested "
    "too deep. Nothing was done."
)
TOKEN = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:(?:\s*(?:"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]{1,300}(?![0-9.eE])))?)?|[{}\[\]]'
)
"""In JSON: a bracket, or a text; a name together with its text or whole number."""
ID = re.compile(rb'"id"\s*:\s*(.+)', re.DOTALL)


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

    `lines` ends with None; what was read before has `grace` seconds to be answered, for the SDK
    cuts off what still runs at the end. `stop` is called when the SDK takes no more. A request that
    cannot be read is answered here, by `sink`: its client would wait for ever.
    """

    def __init__(
        self,
        lines: asyncio.Queue[bytes | None],
        pending: Pending,
        sink: Sink,
        stop: Callable[[], None],
        grace: float,
    ) -> None:
        self._lines = lines
        self._grace = grace
        self._sink = sink
        self._pending = pending
        self._stop = stop

    async def receive(self) -> SessionMessage | Exception:
        line = await self._lines.get()
        if line is None:
            await self._pending.answered(self._grace)
            self._lines.put_nowait(None)  # who has heard no request asks again
            raise anyio.EndOfStream
        try:
            message = types.jsonrpc_message_adapter.validate_json(
                line.decode("utf-8", "replace"), by_name=False
            )
        except ValidationError as error:
            if (request := asked(line)) is not None:
                await self._refuse(request)
            return error
        if isinstance(message, types.JSONRPCRequest):
            self._pending.read(message.id)
        elif getattr(message, "method", None) == "notifications/cancelled":
            # Such a request is never answered.
            self._pending.written((message.params or {}).get("requestId"))  # type: ignore[union-attr]
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
        self._stop()


class Writer(_Stream):
    """The SDK's `WriteStream`: returns when the client's pipe has taken the whole message.

    The first answer to the request `given` is not written: the client has it. A client that reads
    no more is gone, and `reader` takes nothing more from it. The sink stays open.
    """

    def __init__(
        self, sink: Sink, pending: Pending, reader: Reader, given: int | str | None = None
    ) -> None:
        self._sink = sink
        self._pending = pending
        self._reader = reader
        self._given = given

    async def send(self, item: SessionMessage, /) -> None:
        message = item.message
        answers = isinstance(message, types.JSONRPCResponse | types.JSONRPCError)
        number = message.id if answers else None  # type: ignore[union-attr]
        try:
            if number is not None and number == self._given:
                self._given = None
            else:
                await self._sink.write(encode(message))
        except OSError as error:
            await self._reader.aclose()
            raise anyio.BrokenResourceError from error
        finally:
            if answers:
                self._pending.written(number)

    async def aclose(self) -> None:
        """Nothing: what does not need the SDK is written there as well."""


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

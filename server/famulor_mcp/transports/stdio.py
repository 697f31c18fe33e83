"""MCP over the process's own stdin and stdout: one JSON-RPC message a line, UTF-8, LF.

A line is answered by `swift` if it can be, else by the SDK, which is loaded for the first of these.

Rules: nothing but messages reaches stdout (whatever else prints lands on stderr); a line is
written whole or not at all; at the end of input the requests already read have `GRACE` seconds
to be answered; SIGINT and SIGTERM cancel what runs, and the exit status is 128 + signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from famulor_mcp.transports.pipes import Sink, open_lines
from famulor_mcp.transports.swift import Swift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcp.server.lowlevel import Server

    from famulor_mcp.plain import Front
    from famulor_mcp.transports.pipes import Lines

    Load = Callable[[], Server[Any]]

GRACE = 5.0
"""Seconds that calls in flight get once the client has closed our stdin."""


class Pending:
    """The requests that were read and are not answered yet, by number."""

    def __init__(self) -> None:
        self._ids: Counter[str] = Counter()
        self._idle = asyncio.Event()
        self._idle.set()

    def read(self, number: Any) -> None:
        self._ids[str(number)] += 1  # the SDK takes 7 and "7" for the same request, too
        self._idle.clear()

    def written(self, number: Any) -> None:
        """Forget a request that is answered, or never will be."""
        key = str(number)
        self._ids[key] -= 1
        if self._ids[key] <= 0:
            del self._ids[key]
        if not self._ids:
            self._idle.set()

    async def answered(self, limit: float) -> None:
        """Return when every request is answered, or after `limit` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), limit)


async def serve(front: Front, load: Load, *, grace: float = GRACE) -> int:
    """Serve until the client closes stdin or a signal comes; return the exit status.

    `load` makes the SDK's server for what cannot be answered by `front` alone.
    """
    status = 0

    def stop(number: int) -> None:
        nonlocal status
        if status:  # asked twice: whatever hangs in its cleanup is left behind
            os._exit(status)
        status = 128 + number
        talking.cancel()

    with _claimed() as (stdin, stdout), _signals(stop):
        sink = Sink(stdout)
        talk = Talk(open_lines(stdin), sink, front, load, grace)
        talking = asyncio.create_task(talk.run())
        try:
            await talking
        except (asyncio.CancelledError, ExceptionGroup):  # the SDK may break where it is cut off
            if not status:
                raise
        finally:
            await sink.aclose()
    return status


class Talk:
    """One connection: every line is answered without the SDK or goes to it."""

    def __init__(self, lines: Lines, sink: Sink, front: Front, load: Load, grace: float) -> None:
        self._lines = lines
        self._sink = sink
        self._load = load
        self._grace = grace
        self._pending = Pending()
        self._swift = Swift(front, sink, self._pending, lines.stop)
        self._passed: asyncio.Queue[bytes | None] | None = None

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            try:
                while (line := await self._lines.next()) is not None:
                    if line.strip() and not self._swift.take(line):
                        self._pass(line, group)
                if self._passed:
                    self._passed.put_nowait(None)
                await self._pending.answered(self._grace)
            finally:
                await self._swift.close()

    def _pass(self, line: bytes, group: asyncio.TaskGroup) -> None:
        if self._passed is None:
            self._passed = asyncio.Queue()
            for earlier in self._swift.opening:
                self._passed.put_nowait(earlier)
            group.create_task(self._serve(self._passed))
        self._passed.put_nowait(line)

    async def _serve(self, lines: asyncio.Queue[bytes | None]) -> None:
        """Have the SDK serve what it is left."""
        server = self._load()
        from famulor_mcp.transports.streams import Reader, Writer

        reader = Reader(lines, self._pending, self._sink, self._lines.stop, self._grace)
        writer = Writer(self._sink, self._pending, reader, self._swift.given)
        await server.run(reader, writer, server.create_initialization_options())


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

"""Lines in and bytes out of a file descriptor, on the event loop.

Rules: no decoding, no protocol, nothing of MCP. A descriptor that the loop can watch is read and
written on the loop; what it cannot watch (a regular file, Windows' pipes) is read by one thread
and written with plain blocking writes.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from collections import deque

CHUNK = 1 << 16
WAITING = 256
"""Lines that may wait unread before the descriptor is left alone."""


class Lines:
    """The lines of a descriptor, without their line feed. One task reads them."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._ready: deque[bytes] = deque()
        self._parts: list[bytes] = []
        self._ended = False
        self._changed = asyncio.Event()

    async def next(self) -> bytes | None:
        """The next line; None at the end of input. A last line needs no line feed."""
        while not self._ready:
            if self._ended:
                return None
            self._changed.clear()
            self._resume()
            await self._changed.wait()
        return self._ready.popleft()

    def feed(self, chunk: bytes) -> None:
        """Take what was read; an empty chunk is the end of input."""
        head, *rest = chunk.split(b"\n")
        self._parts.append(head)
        for part in rest:
            self._ready.append(b"".join(self._parts))
            self._parts = [part]
        if not chunk:
            self._ready.append(b"".join(self._parts))
            self.stop()
        elif len(self._ready) > WAITING:
            self._pause()
        if self._ready:
            self._changed.set()

    def stop(self) -> None:
        """Read no more. What was read before may still be taken."""
        self._ended = True
        self._pause()
        self._changed.set()

    def _resume(self) -> None:
        raise NotImplementedError

    def _pause(self) -> None:
        raise NotImplementedError


class WatchedLines(Lines):
    """Reads when the loop says that there is something, so that no read ever blocks.

    The descriptor stays in blocking mode, which it shares with whoever else has it open: a
    terminal's stdin, stdout and stderr are one.
    """

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        self._loop.add_reader(fd, self._read)
        self._watching = True

    def _read(self) -> None:
        try:
            chunk = os.read(self._fd, CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            chunk = b""
        self.feed(chunk)

    def _resume(self) -> None:
        if not self._watching:
            self._watching = True
            self._loop.add_reader(self._fd, self._read)

    def _pause(self) -> None:
        if self._watching:
            self._watching = False
            self._loop.remove_reader(self._fd)


class ThreadedLines(Lines):
    """Reads in a daemon thread, which may stay in its last read when the process ends."""

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        self._wanted = threading.Event()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def _read(self) -> None:
        chunk = b"\n"
        while chunk:
            self._wanted.wait()
            try:
                chunk = os.read(self._fd, CHUNK)
            except OSError:
                chunk = b""
            try:
                self._loop.call_soon_threadsafe(self.feed, chunk)
            except RuntimeError:  # the loop is closed: nobody listens any more
                return

    def _resume(self) -> None:
        self._wanted.set()

    def _pause(self) -> None:
        self._wanted.clear()


def open_lines(fd: int) -> Lines:
    """The way to read `fd` that suits it."""
    if sys.platform == "win32":
        return ThreadedLines(fd)
    try:
        return WatchedLines(fd)
    except OSError:  # epoll and kqueue refuse regular files
        return ThreadedLines(fd)


class Sink:
    """Writes whole blocks of bytes to a descriptor, in the order in which they came.

    Each block waits for itself alone: were it to wait for an empty queue, a busy server would keep
    every answer in memory until its load ends.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[memoryview, asyncio.Future[None]]] = deque()
        self._broken: OSError | None = None
        self._watchable = _watchable(fd)
        if self._watchable:
            os.set_blocking(fd, False)

    async def write(self, data: bytes) -> None:
        """Return when the descriptor has taken all of `data`.

        A cancelled wait tears no block: what is left of it is still written.

        Raises:
            OSError: the other side is gone.
        """
        rest = memoryview(data)
        if not self._queue:
            rest = self._put(rest)
        if self._broken:
            raise self._broken
        if rest:
            if not self._queue:
                self._loop.add_writer(self._fd, self._flush)
            written = self._loop.create_future()
            self._queue.append((rest, written))
            await written

    async def aclose(self) -> None:
        """Write what is left, but wait no longer than a second for a side that does not read."""
        if self._queue:
            await asyncio.wait([self._queue[-1][1]], timeout=1)
        self._end(TimeoutError("the client does not read"))
        if self._watchable:
            os.set_blocking(self._fd, True)
            self._watchable = False

    def _put(self, data: memoryview) -> memoryview:
        """Write what goes at once, and return the rest."""
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._end(error)
        return data

    def _flush(self) -> None:
        while self._queue:
            data, written = self._queue[0]
            rest = self._put(data)
            if self._broken:
                return
            if rest:
                self._queue[0] = rest, written
                return
            self._queue.popleft()
            if not written.done():
                written.set_result(None)
        self._loop.remove_writer(self._fd)

    def _end(self, error: OSError) -> None:
        """Write no more: all that still wait get `error`."""
        self._broken = self._broken or error
        if self._queue:
            self._loop.remove_writer(self._fd)
        for _, written in self._queue:
            if not written.done():
                written.set_exception(error)
        self._queue.clear()


def _watchable(fd: int) -> bool:
    """Whether `fd` may be made non-blocking: a pipe or a socket, and not on Windows.

    Not a terminal: its mode is the shell's, too.
    """
    mode = os.fstat(fd).st_mode
    return sys.platform != "win32" and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))

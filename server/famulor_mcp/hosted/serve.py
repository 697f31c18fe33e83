"""Listening, and serving an application until a signal comes.

Sockets are made here and not by the loop: Nagle's algorithm must be off on them before a worker
takes them over, or a lone answer waits 40 ms for the client's delayed acknowledgement.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from famulor_mcp.settings import SettingsError, label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from famulor_mcp.hosted.app import App

LARGEST_HEAD = 32 * 1024
"""Bytes of the headers of a request."""
IDLE_SECONDS = 75
"""How long an idle connection is kept: longer than a proxy keeps its own, which is 60 as a rule."""
HEAD_SECONDS = 30.0
"""How long the head of a request may take, from the first byte or from the connection's begin."""
END_SECONDS = 2.0
"""How long what was told to end may take for it: the SDK tries for one second to say so to a client
that does not read."""
BACKLOG = 1024
MOST_FILES = 65_536


def widen() -> None:
    """Take as many open files as this process may have.

    1024 are usual at first, for programs of old; a server with that many clients could let nobody
    in.
    """
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def listening(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Sockets on the same address, one for each worker; the system shares out who connects.

    Raises:
        SettingsError: the address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sockets = [_bound(family, address, shared=count > 1)]
        for _ in range(1, count):
            sockets.append(_bound(family, sockets[0].getsockname(), shared=True))
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"{label('host')}, {label('port')}: cannot listen on {host}, port {port}: {error}. "
            "Example: --port 8788; 0 takes a free one"
        ) from None
    for one in sockets:
        one.listen(BACKLOG)
    return sockets


def _bound(family: int, address: tuple[object, ...], *, shared: bool) -> socket.socket:
    # With its protocol named, or asyncio does not see that what it accepts is TCP.
    one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there it would take over the port of another
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if shared:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    try:
        one.bind(address)
    except BaseException:
        one.close()
        raise
    return one


def address(listening: socket.socket) -> str:
    """The URL of a socket, as this machine would call it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Gathered:
    """A transport that sends what is written in one step of the loop in one piece.

    uvicorn writes the head and the body of an answer one after the other: two packets, and two
    calls of the system.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(H11Protocol):
    """HTTP/1.1 with headers bounded in size and time, and answers in one piece."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", Gathered(transport, self.loop)))
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._calm()

    def _watch(self) -> None:
        """Wait for the rest of a head, but not for good."""
        if self.conn.their_state is not h11.IDLE:
            self._calm()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server(uvicorn.Server):
    """uvicorn, whose end by a signal is an exit status (128 + signal) and no second signal.

    Calls in flight get `grace` seconds then. What `proxies` say of a request's origin is believed.
    """

    status = 0

    def __init__(self, app: App, grace: float, proxies: Sequence[str] = ()) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=[*proxies, *map(mapped, proxies)],
                backlog=BACKLOG,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=grace,  # type: ignore[arg-type] # it may be a fraction
                h11_max_incomplete_event_size=LARGEST_HEAD,
            )
        )

        self._app = app
        self._grace = grace

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, let what runs come to its end, and stop."""
        draining = asyncio.create_task(self._app.drain(self._grace))
        try:
            await super().shutdown(sockets)
        finally:
            draining.cancel()
            await self._end()

    async def _end(self) -> None:
        """Leave nothing under way: what it works with is closed next, and it would open it anew."""
        left = {*self.server_state.tasks}
        for task in left:
            if not task.cancelling():
                task.cancel()
        if left:
            await asyncio.wait(left, timeout=END_SECONDS)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in endings()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """Begin the end; a second Ctrl-C waits for nothing."""
        self.force_exit = self.force_exit or (self.should_exit and sig == signal.SIGINT)
        self.should_exit = True
        self.status = 128 + sig


def mapped(network: str) -> str:
    """An address or a network as a socket of both families sees it: of IPv4, below ::ffff:0:0/96.

    Who listens on `::` gets IPv4 so (RFC 4291 section 2.5.5.2).
    """
    found = ip_network(network)
    if found.version == 6:
        return network
    return f"::ffff:{found.network_address}/{96 + found.prefixlen}"


def endings() -> tuple[signal.Signals, ...]:
    """The signals that end a server in good order.

    A terminal that closes sends SIGHUP. Who started the server with `nohup` wants it to go on.
    """
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return signal.SIGINT, signal.SIGTERM
    return signal.SIGINT, signal.SIGTERM, hangup


async def serve(server: Server, listening: socket.socket, lifeline: int | None = None) -> int:
    """Serve until a signal comes and the calls in flight have ended; the exit status.

    Where `lifeline` ends, whoever looks after this process is gone, and it stops as well.
    """
    if lifeline is not None:
        loop = asyncio.get_running_loop()

        def orphaned() -> None:
            loop.remove_reader(lifeline)
            server.handle_exit(signal.SIGTERM, None)

        loop.add_reader(lifeline, orphaned)
    await server.serve([listening])
    return server.status

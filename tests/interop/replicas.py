"""Two replicas behind a real nginx, beside a real Redis, before one upstream that is recorded."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
import uvicorn
from tests.interop.redis import Redis
from tests.patience import PATIENCE, until
from tests.ports import free_port

from famulor_mcp.guard.redis import REST
from famulor_mcp.sandbox import make_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECRET = "one-secret-for-all-replicas-of-this-test"
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  {temporary}
  upstream replicas {{ {servers} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_buffering off;
    }}
  }}
}}
"""


@dataclass
class Upstream:
    """The sandbox with its real limits, on a port, in a thread. `held`: it answers no POST yet.

    `came` is when each POST came, by the clock of this machine; `under_way` is how many are there.
    """

    url: str = ""
    held: bool = False
    seen: list[tuple[str, str, str, int]] = field(default_factory=list)
    came: list[float] = field(default_factory=list)
    under_way: int = 0
    app: ASGIApp = field(default_factory=make_app)

    def fresh(self) -> None:
        """Begin with a new account, at the start of its limits."""
        self.app = make_app()
        self.seen.clear()
        self.came.clear()
        self.held = False

    def sent(self, method: str = "POST") -> list[tuple[str, int]]:
        """(body, status) of each request of a kind."""
        return [(body, status) for name, _, body, status in list(self.seen) if name == method]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []
        body = b""
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
            body += messages[-1].get("body", b"")

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":  # before anybody has the answer
                what = (scope["method"], scope["path"], body.decode(), message["status"])
                self.seen.append(what)
            await send(message)

        async def replayed() -> Message:
            return messages.pop(0) if messages else await receive()

        post = scope["method"] == "POST"
        self.came += [time.monotonic()] * post
        self.under_way += post
        try:
            while self.held and post:  # noqa: ASYNC110 - set from a thread
                await asyncio.sleep(0.01)
            await self.app(scope, replayed, noted)
        finally:
            self.under_way -= post


@contextmanager
def upstream() -> Iterator[Upstream]:
    """An `Upstream` that runs."""
    made = Upstream()
    port = free_port()
    made.url = f"http://127.0.0.1:{port}"
    server = uvicorn.Server(
        uvicorn.Config(made, port=port, log_level="error", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    try:
        yield made
    finally:
        made.held = False
        server.should_exit = True
        thread.join()


@dataclass
class Replica:
    """One `famulor-mcp http`, which is as patient as a test."""

    folder: Path
    upstream: str
    store: str
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"replica-{self.port}.log"

    def start(self) -> None:
        words = ("http", "--port", str(self.port), "--log-format", "json")
        given = {name: value for name, value in os.environ.items() if "FAMULOR" not in name}
        given |= {"FAMULOR_MCP_SECRET": SECRET, "FAMULOR_STORE": self.store}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.interop.patient", *words),
                    *("--base-url", self.upstream, "--timeout", "45", *self.options),
                ],
                env=given,
                stdout=log,
                stderr=log,
            )

    def calls(self) -> int:
        """How many calls of tools it has answered."""
        *lines, _half = self.log.read_text(encoding="utf-8").split("\n")
        told = [json.loads(line) for line in lines if line.startswith("{")]
        return sum(line.get("rpc") == "tools/call" for line in told)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            self.process = None


@contextmanager
def balancer(folder: Path, port: int, ports: list[int]) -> Iterator[None]:
    """An nginx that hands requests to these ports in turn."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.fail("nginx is not installed: run `make interop`.")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(
            folder=folder,
            temporary=" ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
            servers=" ".join(f"server 127.0.0.1:{one} max_fails=0;" for one in ports),
            port=port,
        ),
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "nginx.log")]
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


@dataclass
class Site:
    """All of it. `url` is the balancer's."""

    url: str
    replicas: list[Replica]
    upstream: Upstream
    redis: Redis

    def calls(self) -> list[int]:
        """How many calls of tools each replica has answered."""
        return [replica.calls() for replica in self.replicas]

    def shared(self, before: list[int], least: int = 1) -> bool:
        """Whether each has answered so many since then."""
        return all(now - then >= least for now, then in zip(self.calls(), before, strict=True))

    def whole(self) -> None:
        """Start what a test has ended, and wait until all of it serves; forget what was."""
        self.upstream.fresh()
        if self.redis.process is None:
            self.redis.start()
            time.sleep(REST)
        for replica in self.replicas:
            if replica.process is None:
                replica.start()
        until(lambda: all(ready(one.url) for one in self.replicas) and ready(self.url))
        assert self.redis.say("FLUSHALL") == b"+OK\r\n"
        self.upstream.fresh()


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Two replicas that serve."""
    redis = Redis(folder)
    redis.start()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with upstream() as api:
        options = ("--public-url", url)
        replicas = [Replica(folder, api.url, redis.url, options) for _ in range(2)]
        try:
            for replica in replicas:
                replica.start()
            with balancer(folder, port, [one.port for one in replicas]):
                yield Site(url, replicas, api, redis)
        finally:
            for replica in replicas:
                replica.end()
            redis.stop()


def ready(url: str) -> bool:
    """Whether a server can do its work."""
    try:
        with urlopen(f"{url}/ready", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

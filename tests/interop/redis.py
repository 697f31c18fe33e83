"""A real Redis on a free port of this machine, that a test can stop, hold and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.patience import PATIENCE, until
from tests.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"a secret that several processes share"


@dataclass
class Redis:
    """The server. `options` are words of its command line."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, on the same port as before, and return once it answers."""
        program = shutil.which("redis-server")
        if program is None:
            pytest.fail("redis-server is not installed: run `make interop`.")
        self.port = self.port or free_port()
        self.process = subprocess.Popen(
            [
                *(program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
                *("--dir", str(self.folder), *self.options),
            ],
            stdout=subprocess.DEVNULL,
        )
        until(lambda: self.say("PING").startswith((b"+PONG", b"-NOAUTH")))

    def say(self, *words: str) -> bytes:
        """Send one command over a connection of its own: the first bytes of the answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
                connection.sendall(" ".join(words).encode() + b"\r\n")
                return connection.recv(65536)
        except OSError:
            return b""

    def stop(self) -> None:
        """End it at once."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def hold(self) -> None:
        """Let it answer nothing, from now on."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def go_on(self) -> None:
        """Let it answer again."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)


Make = Callable[..., Redis]
"""Starts a server of a test's own, with these words on its command line."""

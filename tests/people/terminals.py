"""Programs at a real terminal: a pseudo-terminal whose size, keyboard and screen are ours."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM = (sys.executable, "-m", "famulor_mcp")
LIMIT = PATIENCE
"""Seconds after which a program that says nothing more has failed."""

STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def environment(**more: str) -> dict[str, str]:
    """The environment of a person who has set nothing of ours."""
    unset = ("FAMULOR_", "NO_COLOR", "COLUMNS", "LC_", "PYTHONIOENCODING", "TERM")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(unset)}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", **more}


def _take_terminal() -> None:
    """Make stdin the terminal that controls this process, as one that nobody runs in background.

    Whatever a shell starts with `&` ignores Ctrl-C, and so would all that the tests start.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A program that runs at a terminal of its own."""

    def __init__(
        self, words: Sequence[str], columns: int = 100, env: Mapping[str, str] | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, columns))
        self.process = subprocess.Popen(
            words,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - nothing else lets Ctrl-C reach it
            env=dict(env) if env is not None else environment(),
        )
        os.close(theirs)
        self.seen = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a letter may come in two

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def until(self, words: str) -> str:
        """All that is on the screen, without colour, by the time `words` come."""
        end = time.monotonic() + LIMIT
        while words not in plain(self.seen) and time.monotonic() < end and self._read():
            pass
        assert words in plain(self.seen), f"{words!r} never came: {self.seen!r}"
        return plain(self.seen)

    def finished(self) -> tuple[int, str]:
        """The exit status, and all that was written, once the program has ended."""
        while self._read():
            pass
        return self.process.wait(LIMIT), self.seen.replace("\r\n", "\n")

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], LIMIT)
        assert ready, f"nothing more came: {self.seen!r}"
        try:
            chunk = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.seen += self._decoder.decode(chunk)
        return bool(chunk)


def ran(*words: str, columns: int = 100, **more: str) -> tuple[int, str]:
    """Run our command at a terminal to its end: exit status and screen."""
    with Terminal([*PROGRAM, *words], columns, environment(**more)) as terminal:
        return terminal.finished()


def plain(text: str) -> str:
    """What is on the screen, without colour and bells."""
    return STYLE.sub("", text).replace("\x07", "")

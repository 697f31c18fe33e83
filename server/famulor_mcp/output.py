"""What a command prints: UTF-8 and LF whatever the locale, because other programs read it."""

from __future__ import annotations

import sys


class OutputError(Exception):
    """Standard output takes no more, as on a full disk. A closed pipe is a `BrokenPipeError`."""


def say(text: str) -> None:
    """Print one piece of output, ended by one line feed. Raises as `write`."""
    write(text.rstrip("\n") + "\n")


def write(text: str) -> None:
    """Print a piece of output as it is, at once. Raises `OutputError` and `BrokenPipeError`."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.strerror or type(error).__name__) from None

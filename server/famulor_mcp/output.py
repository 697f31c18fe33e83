"""What a command prints: UTF-8 and LF whatever the locale, because other programs read it."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print one piece of output, ended by one line feed."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.rstrip("\n").encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()

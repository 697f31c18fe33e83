"""What commands show people: a screen and its width, columns, pages, answers, and a bar.

A terminal gets colour and lines that fit it; a pipe gets the same words, plain and unbroken. `rich`
would do much of this, at four packages and a tenth of a second for every command.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

UNBROKEN = 1_000_000
"""The width of what is no terminal: whoever reads it breaks lines as they like."""

NARROWEST = 40
COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command writes: how many columns it has, and whether it shows colour."""

    width: int = UNBROKEN
    colour: bool = False

    @property
    def terminal(self) -> bool:
        """Whether a person looks at it."""
        return self.width != UNBROKEN

    def paint(self, text: str, colour: str) -> str:
        """`text` in a colour of `COLOURS`, if one is named and the screen has them."""
        if not (self.colour and text and colour):
            return text
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def screen(stream: TextIO) -> Screen:
    """The screen behind a stream. `NO_COLOR` (no-color.org) and `TERM=dumb` take its colour."""
    if not stream.isatty():
        return Screen()
    return Screen(max(_columns(stream), NARROWEST), _colourful())


def _columns(stream: TextIO) -> int:
    """Columns of the terminal: `COLUMNS`, else what it says itself, else 80."""
    if os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _colourful() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # The old Windows console prints escape sequences instead of following them.
    return sys.platform != "win32" or bool({"WT_SESSION", "TERM"} & os.environ.keys())

"""How far something is, on one line of a terminal that is gone when it is over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from famulor_mcp.guard.hostile import harmless
from famulor_mcp.screen import screen
from famulor_mcp.screen.columns import cells, wrap

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, TextIO

CELLS = 24
CLEAR = "\r\x1b[K"


class Bar:
    """Progress of what takes a while, on `stream` if that is a terminal; leaves nothing behind.

    Its method `progress` is what a `Desk` tells: (done, of how much, words).
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._screen = screen(self._stream)
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    async def progress(self, done: float, total: float | None, words: str) -> None:
        """Draw the line anew."""
        if self._screen.terminal:
            self._write(CLEAR + line(done, total, words, self._screen.width))
            self._drawn = True

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn:
            self._write(CLEAR)
            self._drawn = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def line(done: float, total: float | None, words: str, width: int) -> str:
    """One line that fits: a bar where the end is known, how far, and what is going on."""
    said = harmless(words)
    if total:
        full = min(int(CELLS * done / total), CELLS)
        said = f"{'█' * full}{'░' * (CELLS - full)} {done:.0f} of {total:.0f}  {said}"
    first = wrap(said, max(width - 2, 1))[0]
    return first if cells(first) == cells(said) else f"{first}…"

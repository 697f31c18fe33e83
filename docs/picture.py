"""Make the pictures of terminals: what commands really print there.

Run `python docs/picture.py`, or `make pictures`, on a system with pseudo-terminals (not Windows).
"""

import io
import os
import pty
import re
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).parent
PICTURES = {
    "session.svg": ("demo",),
    "tool.svg": ("tools", "make_call"),
}
WIDTH = 102
"""Columns at least."""


def printed(words: tuple[str, ...]) -> str:
    """All that a command writes to a terminal, colours included."""
    chunks: list[bytes] = []

    def read(descriptor: int) -> bytes:
        chunks.append(os.read(descriptor, 4096))
        return chunks[-1]

    if pty.spawn([sys.executable, "-m", "famulor_mcp", *words], read) != 0:
        sys.exit(f"{words} failed; the picture stays as it is")
    return b"".join(chunks).decode().replace("\r\n", "\n").strip("\n")


def drawn(words: tuple[str, ...], text: str) -> str:
    """The terminal as SVG, without the fonts that rich would fetch from the network."""
    whole = Text.from_ansi(f"$ famulor-mcp {' '.join(words)}\n{text}")
    width = max(WIDTH, *(line.cell_len for line in whole.split()))
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(whole, soft_wrap=True)
    plain = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="famulor-mcp", code_format=plain, unique_id="session")
    return svg.replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, Consolas")


if __name__ == "__main__":
    for name, command in PICTURES.items():
        (FOLDER / name).write_text(drawn(command, printed(command)), encoding="utf-8", newline="\n")

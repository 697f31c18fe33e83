"""Make docs/session.svg, the README's picture: what `famulor-mcp demo` really prints on a terminal.

Run `python docs/picture.py` on a system with pseudo-terminals (not Windows).
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

PICTURE = Path(__file__).with_name("session.svg")
WIDTH = 102


def printed() -> str:
    """All that the demo writes to a terminal, colours included."""
    chunks: list[bytes] = []

    def read(descriptor: int) -> bytes:
        chunks.append(os.read(descriptor, 4096))
        return chunks[-1]

    if pty.spawn([sys.executable, "-m", "famulor_mcp", "demo"], read) != 0:
        sys.exit("the demo failed; the picture stays as it is")
    return b"".join(chunks).decode().replace("\r\n", "\n").strip("\n")


def drawn(text: str) -> str:
    """The terminal as SVG, without the fonts that rich would fetch from the network."""
    console = Console(width=WIDTH, record=True, file=io.StringIO())
    console.print(Text.from_ansi(f"$ famulor-mcp demo\n{text}"), soft_wrap=True)
    plain = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="famulor-mcp", code_format=plain, unique_id="session")
    return svg.replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, Consolas")


if __name__ == "__main__":
    PICTURE.write_text(drawn(printed()), encoding="utf-8", newline="\n")

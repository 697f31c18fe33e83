"""The Markdown of the reference on a screen: headings, paragraphs, lists, tables, code.

It knows what `generated/famulor_tools/reference` is written in, and no more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from famulor_mcp.screen.columns import hanging, table, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from famulor_mcp.screen import Screen

LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
STRONG = re.compile(r"\*\*([^*]+)\*\*")
MARKS = re.compile(r"(?<!\\)\*")
CODE = re.compile(r"`([^`]*)`")
ESCAPE = re.compile(r"\\([|*_`<>\[\]\\])")
CELL = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"\|[-|]+\|")
READABLE = 100
"""Columns beyond which a line of prose is hard to read."""


def drawn(text: str, screen: Screen) -> list[str]:
    """The lines of a Markdown text on a screen, one blank line between its blocks."""
    lines: list[str] = []
    for block in blocks(text):
        lines += [*([""] if lines else []), *_block(block, screen)]
    return lines


def blocks(text: str) -> Iterator[list[str]]:
    """The blocks of a text: what blank lines part, code kept whole."""
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        coded = bool(block) and block[0].startswith("```") and "```" not in block[1:]
        if line or coded:
            block.append(line)
        elif block:
            yield block
            block = []


def plain(text: str) -> str:
    """A line of prose without its marks; code in it stays as it is."""
    parts = CODE.split(LINK.sub(r"\1", text))
    parts[::2] = [ESCAPE.sub(r"\1", MARKS.sub("", part)) for part in parts[::2]]
    return "".join(parts)


def _block(block: Sequence[str], screen: Screen) -> list[str]:
    width = min(screen.width, READABLE) if screen.terminal else screen.width
    if block[0].startswith("#"):
        return [screen.paint(plain(block[0].lstrip("# ")), "bold")]
    if block[0].startswith("```"):
        return [screen.paint(f"  {line}", "cyan") for line in block[1:-1]]
    if block[0].startswith("|"):
        return _table([line for line in block if not RULE.fullmatch(line)], screen)
    if block[0].startswith("- "):
        return [row for line in block for row in hanging("-", plain(line[2:]), width, 2)]
    prose = " ".join(block)
    painted = STRONG.sub(lambda match: screen.paint(match[1], "bold"), prose)
    return wrap(plain(painted), width)


def _table(lines: Sequence[str], screen: Screen) -> list[str]:
    """A table; a column that is empty throughout is left out."""
    split = [CELL.split(line)[1:-1] for line in lines]
    rows = [[plain(cell.strip().replace(r"\|", "|")) for cell in cells] for cells in split]
    full = [any(column[1:]) for column in zip(*rows, strict=True)]
    rows = [[cell for cell, kept in zip(row, full, strict=True) if kept] for row in rows]

    def style(row: int, column: int, text: str) -> str:
        colour = "dim" if row == 0 else "cyan"
        return screen.paint(text, colour) if row == 0 or column == 0 else text

    return [f"  {line}" for line in table(rows, screen.width - 2, style)]

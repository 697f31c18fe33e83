"""Text in columns that fit a width: measured in cells of a terminal, broken at words."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Style = Callable[[int, int, str], str]
    """Colours a cell, given its row, its column and its text with its blanks."""

GAP = "  "
NARROW = 8
"""Cells below which a column is not squeezed, unless nothing in it is wider."""
STYLED = re.compile(r"\x1b\[\d+m")


def cells(text: str) -> int:
    """How wide `text` is on a terminal: a wide letter takes two cells, colour and marks none."""
    plain = STYLED.sub("", text)
    if plain.isascii():
        return len(plain)
    return sum(_cell(character) for character in plain)


def _cell(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells; a longer word is cut."""
    if "\n" not in text and cells(text) <= width:
        return [text]
    return [line for part in text.split("\n") for line in _filled(part.split(" "), width)]


def _filled(words: Sequence[str], width: int) -> list[str]:
    lines = [""]
    for word in words:
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(joined) <= width:
            lines[-1] = joined
            continue
        lines = [*(lines if lines[-1] else lines[:-1]), *_cut(word, width)]
    return lines


def _cut(word: str, width: int) -> list[str]:
    """A word in pieces of at most `width` cells."""
    pieces, size = [""], 0
    for character in word:
        wide = _cell(character)
        if pieces[-1] and size + wide > width:
            pieces, size = [*pieces, ""], 0
        pieces[-1] += character
        size += wide
    return pieces


def pad(text: str, width: int) -> str:
    """`text` with blanks up to `width` cells."""
    return text + " " * (width - cells(text))


def hanging(label: str, text: str, width: int, indent: int) -> list[str]:
    """`label`, and beside it `text`, whose lines all begin at column `indent`."""
    lines = wrap(text, max(width - indent, NARROW))
    first = pad(label, indent) + lines[0]
    return [first.rstrip(), *((" " * indent + line).rstrip() for line in lines[1:])]


def widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The width of each column: the widest is squeezed first, and no word broken unless it must."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = [max(map(cells, column)) for column in columns]
    room = width - len(GAP) * (len(found) - 1)
    if sum(found) <= room:
        return found
    words = [max(cells(word) for cell in column for word in cell.split(" ")) for column in columns]
    return _squeezed(_squeezed(found, words, room), [NARROW] * len(found), room)


def _squeezed(sizes: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Sizes that come down to `room`, as far as `least` lets them."""
    found = list(sizes)
    while sum(found) > room:
        spare = [size - low for size, low in zip(found, least, strict=True)]
        if max(spare) <= 0:
            break
        widest = max(range(len(found)), key=lambda column: (spare[column] > 0, found[column]))
        found[widest] -= 1
    return found


def unstyled(_row: int, _column: int, text: str) -> str:
    return text


def table(rows: Sequence[Sequence[str]], width: int, style: Style = unstyled) -> list[str]:
    """Rows as lines of aligned columns; a cell that does not fit goes on below itself."""
    sizes = widths(rows, width) if rows else []
    return [line for number, row in enumerate(rows) for line in _row(number, row, sizes, style)]


def _row(number: int, row: Sequence[str], sizes: Sequence[int], style: Style) -> list[str]:
    parts = [wrap(cell, size) for cell, size in zip(row, sizes, strict=True)]
    lines = []
    for level in range(max(map(len, parts))):
        texts = [part[level] if level < len(part) else "" for part in parts]
        last = max((column for column, text in enumerate(texts) if text), default=0)
        padded = [pad(text, size) for text, size in zip(texts[:last], sizes, strict=False)]
        styled = [style(number, column, text) for column, text in enumerate([*padded, texts[last]])]
        lines.append(GAP.join(styled))
    return lines

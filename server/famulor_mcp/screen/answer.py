"""An answer for people to read: names beside values, lists of objects as tables, talk as talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_mcp.guard.hostile import clean
from famulor_mcp.screen import columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from famulor_mcp.screen import Screen

SPEAKERS = ("sender", "role", "speaker")
WORDS = ("text", "message", "content")
STEP = 2
LONGEST_NAME = 28
"""Columns for names at most; the value of a longer name begins on the next line."""

WIDEST = 32
"""Columns of a cell of a table that may have neighbours."""


def drawn(value: Any, screen: Screen) -> list[str]:
    """The lines of an answer on a screen."""
    return _drawn(clean(value), screen, 0)


def scalar(value: Any) -> str:
    """A single value in words."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, dict)):
        return f"{len(value)} …" if value else "none"
    return str(value)


def _drawn(value: Any, screen: Screen, indent: int) -> list[str]:
    if isinstance(value, dict):
        return _fields(value, screen, indent)
    if not isinstance(value, list):
        return columns.hanging(" " * indent, scalar(value), screen.width, indent)
    if value and all(isinstance(item, dict) and item for item in value):
        return _talk(value, screen, indent) if _is_talk(value) else _table(value, screen, indent)
    return [line for item in value for line in _item(item, screen, indent)]


def _item(item: Any, screen: Screen, indent: int) -> list[str]:
    if _nested(item):
        return _drawn(item, screen, indent + STEP)
    return columns.hanging(" " * indent + "-", scalar(item), screen.width, indent + STEP)


def _nested(value: Any) -> bool:
    """Whether a value takes lines of its own."""
    if isinstance(value, list):
        return any(isinstance(item, (dict, list)) for item in value)
    return isinstance(value, dict) and bool(value)


def _fields(value: Mapping[str, Any], screen: Screen, indent: int) -> list[str]:
    """Names, and beside each its value; what is nested comes last, below its name."""
    size = min(max((columns.cells(name) for name in value), default=0), LONGEST_NAME)
    column = indent + size + len(columns.GAP)
    lines: list[str] = []
    for name, item in sorted(value.items(), key=lambda pair: _nested(pair[1])):
        label = " " * indent + screen.paint(name, "cyan")
        if _nested(item):
            lines += ["", label, *_drawn(item, screen, indent + STEP)]
        elif columns.cells(label) >= column:
            lines += [label, *columns.hanging("", _simple(item), screen.width, column)]
        else:
            lines += columns.hanging(label, _simple(item), screen.width, column)
    return lines[1:] if lines and not lines[0] else lines


def _simple(value: Any) -> str:
    if isinstance(value, list) and value:
        return ", ".join(map(scalar, value))
    return scalar(value)


def _is_talk(rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(_first(row, SPEAKERS) and _first(row, WORDS) for row in rows)


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first of `names` that holds a text in `row`."""
    return next((name for name in names if isinstance(row.get(name), str)), "")


def _talk(rows: Sequence[Mapping[str, Any]], screen: Screen, indent: int) -> list[str]:
    """Who said what; seconds from the beginning, where times are numbers."""
    times = [row.get("timestamp") for row in rows]
    start = times[0] if all(isinstance(time, (int, float)) for time in times) else None
    labels = []
    for row, time in zip(rows, times, strict=True):
        who = row[_first(row, SPEAKERS)]
        labels.append(who if start is None else f"{_clock(time, start)} {who}")
    column = indent + max(map(columns.cells, labels)) + len(columns.GAP)
    lines: list[str] = []
    for label, row in zip(labels, rows, strict=True):
        head = " " * indent + screen.paint(label, "cyan")
        lines += columns.hanging(head, row[_first(row, WORDS)], screen.width, column)
    return lines


def _clock(time: Any, start: Any) -> str:
    second = int(time - start)
    return f"{second // 60}:{second % 60:02}"


def _table(rows: Sequence[Mapping[str, Any]], screen: Screen, indent: int) -> list[str]:
    """A list of objects, one line each, with as many columns as there is room for."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    room = screen.width - indent
    shown = _fitting(rows, names, room)
    if len(shown) == 1 and len(names) > 1:  # no table: each object for itself
        return [line for row in rows for line in ("", *_fields(row, screen, indent))][1:]
    cells = [shown, *([_cell(row, name) for name in shown] for row in rows)]

    def style(row: int, _column: int, text: str) -> str:
        return screen.paint(text, "cyan") if row == 0 else text

    lines = [" " * indent + line for line in columns.table(cells, room, style)]
    if rest := [name for name in names if name not in shown]:
        words = f"Not shown: {', '.join(rest)}."
        said = columns.hanging(" " * indent, words, screen.width, indent)
        lines += [screen.paint(line, "dim") for line in said]
    return lines


def _fitting(rows: Sequence[Mapping[str, Any]], names: Sequence[str], room: int) -> list[str]:
    """The first columns that fit into `room` side by side; at least one."""
    shown: list[str] = []
    used = 0
    for name in names:
        size = max(columns.cells(name), *(columns.cells(_cell(row, name)) for row in rows))
        used += min(size, WIDEST) + len(columns.GAP)
        if shown and used - len(columns.GAP) > room:
            break
        shown.append(name)
    return shown


def _cell(row: Mapping[str, Any], name: str) -> str:
    return _simple(row[name]).replace("\n", " ") if name in row else ""

"""A list of like objects as a table, where that is shorter than JSON: names once, then rows.

    {"total":2,"more":null}
    data (2 rows, tab-separated, empty = null):
    id	status	note
    7	ended	"1"
    8	busy

The first line is the rest of the answer as JSON; it is missing where there is none. A cell is JSON,
but a text stands without quotes where it could not be taken for anything else. No cell holds a raw
tab or line break, so that the table can be read back without loss.
"""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST = 2
ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
WORDS = frozenset(("true", "false", "null", "NaN", "Infinity"))
OPENING = frozenset('-0123456789"[{ ')
PLAIN = re.compile(r"(?:\+?\d[\d :.TZ+-]*[-:TZ+ ][\d :.TZ+-]*|\+\d+)(?<! )", re.ASCII)
"""Dates, times and phone numbers: texts that begin like a number, and are none."""


def shortest(data: Mapping[str, Any], rows: str, text: str) -> str:
    """`text`, which is `data` as JSON, or a table of the same where that is shorter."""
    name = rows if tabular(data.get(rows)) else largest(data)
    if not name:
        return text
    laid = lay(data, name)
    return laid if len(laid) < len(text) else text


def largest(data: Mapping[str, Any]) -> str:
    """The field with the most rows that could be a table."""
    found = [name for name, value in data.items() if tabular(value)]
    return max(found, key=lambda name: len(data[name]), default="")


def tabular(value: Any) -> bool:
    """Whether a value is a list of objects that have all the same fields."""
    if not isinstance(value, list) or len(value) < FEWEST or not isinstance(value[0], dict):
        return False
    names = value[0].keys()
    return bool(names) and all(isinstance(row, dict) and row.keys() == names for row in value)


def lay(data: Mapping[str, Any], name: str) -> str:
    """The table, under the rest of the data."""
    rows: list[dict[str, Any]] = data[name]
    columns = list(rows[0])
    rest = {key: value for key, value in data.items() if key != name}
    lines = [ENCODE(rest)] if rest else []
    lines.append(f"{cell(name)} ({len(rows)} rows, tab-separated, empty = null):")
    lines.append("\t".join(map(cell, columns)))
    lines += ["\t".join([cell(row[column]) for column in columns]) for row in rows]
    return "\n".join(lines)


def cell(value: Any) -> str:
    """One value on one line."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return ENCODE(value)
    quoted = encode_basestring(value)
    return value if is_bare(value, len(quoted) == len(value) + 2) else quoted


def is_bare(text: str, unescaped: bool) -> bool:
    """Whether a text can stand without quotes: nothing in it is escaped, and no JSON reads so."""
    if not (text and unescaped) or text[-1] == " " or text in WORDS:
        return False
    return text[0] not in OPENING or PLAIN.fullmatch(text) is not None

"""Regular expressions of JSON Schema (ECMA-262) as Python ones that match the same strings.

Both languages agree on most of the syntax; this module rewrites the rest (`$`, `.`, `\\s`) and
refuses what has no safe counterpart. The result is compiled with `re.ASCII`, which makes
`\\d`, `\\w` and `\\b` what they are in ECMA-262. Search, not match: patterns are not anchored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[\s\S]|$)"
    r"|\(\?(?:<?[=!]|:|<\w+>|[\s\S]?)"
    r"|\[\^?|[\s\S]"
)
_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??")
_BLANKS = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SAME_IN_BOTH = frozenset("dDwWbBtnrfv")
_SAME_IN_CLASS = frozenset("dDwWtnrfv")


class UnsupportedPatternError(ValueError):
    """A pattern that cannot be taken over; the message names the construct."""


def translate(pattern: str) -> str:
    """The Python pattern, for `re.compile(…, re.ASCII).search`. Raises UnsupportedPatternError."""
    source = "".join(_pieces(pattern))
    try:
        re.compile(source, re.ASCII)
    except re.error as error:
        raise UnsupportedPatternError(f"is no regular expression: {error}") from error
    return source


def _pieces(pattern: str) -> Iterator[str]:
    position = 0
    while position < len(pattern):
        if quantifier := _QUANTIFIER.match(pattern, position):
            position = quantifier.end()
            _refuse_stacked(pattern, position)
            yield quantifier[0]
            continue
        token = _token(pattern, position)
        position += len(token)
        if token.startswith("["):
            position, body = _character_class(pattern, position)
            yield token + body + "]"
        else:
            yield _outside(token)


def _token(pattern: str, position: int) -> str:
    """The next piece; the last alternative takes any character, so there always is one."""
    return next(_TOKEN.finditer(pattern, position))[0]


def _refuse_stacked(pattern: str, position: int) -> None:
    if _QUANTIFIER.match(pattern, position):
        raise UnsupportedPatternError("has a quantifier after a quantifier")


def _outside(piece: str) -> str:
    if piece.startswith("\\"):
        return _escape(piece, _SAME_IN_BOTH)
    if piece.startswith("(?"):
        return _group(piece)
    if piece in "{}]":
        raise UnsupportedPatternError(f"has {piece} without a backslash")
    return {"$": r"\Z", ".": r"[^\n\r\u2028\u2029]"}.get(piece, piece)


def _group(piece: str) -> str:
    if piece.endswith(":"):
        return piece
    if piece.endswith(">"):
        return "("
    if piece.endswith(("=", "!")):
        raise UnsupportedPatternError(f"has lookaround: {piece}")
    raise UnsupportedPatternError(f"has a group that JSON Schema does not know: {piece}")


def _escape(token: str, same: frozenset[str]) -> str:
    name = token[1:]
    if name in same or len(name) > 1:
        return token
    if name == "0":
        return r"\x00"
    if name in {"s", "S"}:
        return _blank(name, in_class=same is _SAME_IN_CLASS)
    if name in {"p", "P"}:
        raise UnsupportedPatternError(f"has a Unicode property: {token}")
    if name.isdigit() or name == "k":
        raise UnsupportedPatternError(f"has a backreference: {token}")
    if not name or name.isalnum():
        raise UnsupportedPatternError(f"has an unknown escape: {token}")
    return re.escape(name)


def _blank(name: str, *, in_class: bool) -> str:
    if not in_class:
        return f"[{_BLANKS}]" if name == "s" else f"[^{_BLANKS}]"
    if name == "S":
        raise UnsupportedPatternError(r"has \S inside a character class")
    return _BLANKS


def _character_class(pattern: str, position: int) -> tuple[int, str]:
    """The end and the Python text of the class whose body begins at `position`."""
    body: list[str] = []
    while position < len(pattern) and pattern[position] != "]":
        token = _token(pattern, position)
        text = token if token.startswith("\\") else token[0]
        position += len(text)
        body.append(_inside(text))
    if position >= len(pattern):
        raise UnsupportedPatternError("has a character class without an end")
    if not body:
        raise UnsupportedPatternError("has an empty character class")
    return position + 1, "".join(body)


def _inside(text: str) -> str:
    if text == r"\b":
        return r"\x08"
    if text.startswith("\\"):
        return _escape(text, _SAME_IN_CLASS)
    return "\\" + text if text in "[&|~" else text

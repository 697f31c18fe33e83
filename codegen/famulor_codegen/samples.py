"""Strings that a pattern finds, made from the pattern itself: shortest first."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from famulor_codegen.patterns import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PREFERRED = "a1A0_-+ .:/@#"
_LONGER = (0, 1, 2, 4, 8, 12)


def sample(pattern: str) -> Iterator[str]:
    """Strings for a JSON Schema pattern, each open repetition a little longer than before."""
    # The standard library's own parser is the only one that knows its syntax for certain.
    tree = importlib.import_module("re._parser").parse(translate(pattern), 256)
    for extra in _LONGER:
        yield "".join(map(_text_for(extra), tree))


def _text_for(extra: int) -> Callable[[tuple[Any, Any]], str]:
    def text(node: tuple[Any, Any]) -> str:
        return _of_node(str(node[0]), node[1], extra)

    return text


def _of_node(kind: str, body: Any, extra: int) -> str:
    every = _text_for(extra)
    if kind in _SINGLE:
        return _SINGLE[kind](body)
    if kind in {"BRANCH", "SUBPATTERN"}:
        return "".join(map(every, body[1][0] if kind == "BRANCH" else body[-1]))
    if kind in {"MAX_REPEAT", "MIN_REPEAT"}:
        least, most, inner = body
        return "".join(map(every, inner)) * int(min(least + extra, most))
    return ""


def _of_class(body: list[tuple[Any, Any]]) -> str:
    if str(body[0][0]) == "NEGATE":
        return _outside([(str(kind), each) for kind, each in body[1:]])
    kind, each = str(body[0][0]), body[0][1]
    if kind == "LITERAL":
        return chr(int(each))
    if kind == "RANGE":
        low, high = each
        return next((char for char in _PREFERRED if low <= ord(char) <= high), chr(low))
    return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(each), "a")


def _outside(parts: list[tuple[str, Any]]) -> str:
    return next((char for char in _PREFERRED if not any(_has(part, char) for part in parts)), "a")


def _has(part: tuple[str, Any], char: str) -> bool:
    kind, each = part
    if kind == "LITERAL":
        return ord(char) == int(each)
    if kind == "RANGE":
        return bool(each[0] <= ord(char) <= each[1])
    return {
        "CATEGORY_DIGIT": char.isdigit(),
        "CATEGORY_SPACE": char.isspace(),
        "CATEGORY_WORD": char.isalnum() or char == "_",
    }.get(str(each), True)


_SINGLE: dict[str, Callable[[Any], str]] = {
    "LITERAL": chr,
    "NOT_LITERAL": lambda body: _outside([("LITERAL", body)]),
    "IN": _of_class,
}

"""JSON, JSON with comments and JSON5 as a tree that knows where in the text everything stands.

RFC 8259; comments and trailing commas as Visual Studio Code and Zed take them; spec.json5.org.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from famulor_mcp.onboarding.errors import TextError

Dialect = Literal["json", "jsonc", "json5"]
DEEPEST = 200
"""Containers in containers; settings of people have a dozen."""

_COMMENT = r"//[^\n\r\u2028\u2029]*|/\*.*?\*/"
_GAPS = {
    "json": re.compile(r"[ \t\r\n]*"),
    "jsonc": re.compile(rf"(?:[ \t\r\n]+|{_COMMENT})*", re.DOTALL),
    "json5": re.compile(rf"(?:[\s\ufeff]+|{_COMMENT})*", re.DOTALL),
}
_STRICT = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_LOOSE = r""""(?:[^"\\\r\n]|\\(?:\r\n|.))*"|'(?:[^'\\\r\n]|\\(?:\r\n|.))*'"""
_STRINGS = {
    "json": re.compile(_STRICT),
    "jsonc": re.compile(_STRICT),
    "json5": re.compile(_LOOSE, re.DOTALL),
}
_WORD = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])|[a-z]+")
_NUMBER5 = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F]+|Infinity|NaN|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"(?![\w.+-])|[a-z]+"
)
_NAME5 = re.compile(r"(?:[^\W\d]|\$|\\u[0-9a-fA-F]{4})(?:\w|\$|\\u[0-9a-fA-F]{4}|[\u200c\u200d])*")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)", re.DOTALL)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_LETTERS |= dict.fromkeys(("\n", "\r", "\r\n", "\u2028", "\u2029"), "")
_CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Node:
    """A value at text[start:end]; of a container its children, else the plain value."""

    start: int
    end: int
    kind: Literal["object", "array", "scalar"] = "scalar"
    children: tuple[Child, ...] = ()
    scalar: Any = None

    def plain(self) -> Any:
        """The value, as Python has it; of a name that stands twice, the last."""
        if self.kind == "object":
            return {child.name: child.node.plain() for child in self.children}
        if self.kind == "array":
            return [child.node.plain() for child in self.children]
        return self.scalar


@dataclass(frozen=True, slots=True)
class Child:
    """A member or an item from `start` on; `comma` is where the comma behind it stands, or -1."""

    start: int
    node: Node
    comma: int
    name: str = ""


def parse(text: str, dialect: Dialect) -> Node | None:
    """The tree of a text; None if nothing but white space and comments is there.

    Raises:
        TextError: it is not of this dialect.
    """
    return _Parser(text, dialect).document()


class _Parser:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self.position = 0
        self.depth = 0

    def document(self) -> Node | None:
        self._gap()
        if self.position == len(self.text):
            return None
        node = self._value()
        self._gap()
        if self.position < len(self.text):
            raise self._broken("something follows where the document is complete")
        return node

    def _value(self) -> Node:
        opening = self.text[self.position : self.position + 1]
        if opening in {"{", "["}:
            return self._container(opening)
        if opening == '"' or (opening == "'" and self.dialect == "json5"):
            start, value = self.position, self._string()
            return Node(start, self.position, scalar=value)
        return self._word()

    def _container(self, opening: str) -> Node:
        if self.depth == DEEPEST:
            raise self._broken(f"more than {DEEPEST} containers stand in each other")
        self.depth += 1
        start = self.position
        closing = "}" if opening == "{" else "]"
        self.position += 1
        children = self._children(closing)
        self.position += 1
        self.depth -= 1
        kind: Literal["object", "array"] = "object" if opening == "{" else "array"
        return Node(start, self.position, kind, tuple(children))

    def _children(self, closing: str) -> list[Child]:
        children: list[Child] = []
        while True:
            self._gap()
            if self._at(closing):
                self._refuse_trailing(children)
                return children
            if children and children[-1].comma < 0:
                raise self._broken(f'"," or "{closing}" is expected')
            children.append(self._child(closing))

    def _child(self, closing: str) -> Child:
        start, name = self.position, ""
        if closing == "}":
            name = self._name()
            self._gap()
            if not self._at(":"):
                raise self._broken('":" is expected after a name')
            self.position += 1
            self._gap()
        node = self._value()
        self._gap()
        comma = self.position if self._at(",") else -1
        self.position += comma >= 0
        return Child(start, node, comma, name)

    def _refuse_trailing(self, children: list[Child]) -> None:
        if children and children[-1].comma >= 0 and self.dialect == "json":
            self.position = children[-1].comma
            raise self._broken("a comma stands before the closing bracket")

    def _name(self) -> str:
        if self._at('"') or (self._at("'") and self.dialect == "json5"):
            return self._string()
        found = _NAME5.match(self.text, self.position) if self.dialect == "json5" else None
        if not found:
            raise self._broken('a name in double quotes or "}" is expected')
        self.position = found.end()
        return _unescaped(found[0])

    def _string(self) -> str:
        found = _STRINGS[self.dialect].match(self.text, self.position)
        if not found:
            raise self._broken("a string does not end, or holds a character that must be escaped")
        self.position = found.end()
        return _unescaped(found[0][1:-1]) if self.dialect == "json5" else str(json.loads(found[0]))

    def _word(self) -> Node:
        start = self.position
        pattern = _NUMBER5 if self.dialect == "json5" else _WORD
        found = pattern.match(self.text, start)
        if not found or (found[0].isalpha() and found[0] not in {*_CONSTANTS, "Infinity", "NaN"}):
            raise self._broken("a value is expected")
        self.position = found.end()
        value = _CONSTANTS[found[0]] if found[0] in _CONSTANTS else _number(found[0])
        return Node(start, self.position, scalar=value)

    def _gap(self) -> None:
        found = _GAPS[self.dialect].match(self.text, self.position)
        self.position = found.end() if found else self.position
        if self._at("/"):
            comment = self.text[self.position + 1 : self.position + 2] in {"/", "*"}
            rest = self.dialect != "json" and comment
            raise (
                self._broken(
                    "a comment does not end" if rest else "a comment, which this file may not hold"
                )
                if comment
                else self._broken("a value is expected")
            )

    def _at(self, character: str) -> bool:
        return self.text.startswith(character, self.position)

    def _broken(self, reason: str) -> TextError:
        return TextError(self.text, self.position, reason)


def _number(text: str) -> int | float:
    sign, digits = (-1 if text.startswith("-") else 1), text.lstrip("+-")
    if digits[:2].lower() == "0x":
        return sign * int(digits, 16)
    try:
        return sign * int(digits)
    except ValueError:
        return sign * float(digits)


def _unescaped(text: str) -> str:
    def meant(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) > 2 or (code[0] == "x" and len(code) == 3):
            return chr(int(code[1:], 16)) if code[0] in "ux" else ""
        return _LETTERS.get(code, code)

    whole = _ESCAPE.sub(meant, text)
    return whole.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")

"""Text to data: YAML 1.2 core scalars, strictly, with the place of every value.

Input is the text of a document (JSON is YAML), output its raw dict and the line and column of
every JSON pointer. What means different things to different YAML readers is refused.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from famulor_codegen.errors import Defect, SpecError, join

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SCALARS = (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
)
_DIGITS = 300
_REPEATED = 100_000
_HALVES = re.compile("[\ud800-\udfff]")
_READ: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:str": str,
}


def _loader(base: Any) -> Any:
    """Resolves the scalars of the YAML 1.2 core schema and no others."""
    loader = type("_Loader", (base,), {"yaml_implicit_resolvers": {}})
    for tag, pattern, first in _SCALARS:
        expression = re.compile(f"(?:{pattern})\\Z")
        loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", expression, first)  # type: ignore[attr-defined]
    return loader


TOO_DEEP = "the document is nested too deeply"

_EXACT = _loader(yaml.SafeLoader)
_FAST = _loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it was written: raw data, and (line, column) from 1 of each JSON pointer."""

    file: str
    text: str
    raw: dict[str, Any]
    lines: dict[str, tuple[int, int]]


def shown(path: Path) -> str:
    """A file as one would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def decoded(content: bytes, file: str) -> str:
    """A document's text. Raises SpecError where it is no UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        words = f"byte {content[error.start]:#04x} is no UTF-8: save the document as UTF-8"
        raise SpecError(file, [Defect(line, "", words)]) from None


def load(text: str, file: str) -> Source:
    """Read a document. Raises SpecError for what is no YAML or not plain data."""
    reader = _Reader(file)
    try:
        node = _composed(text)
        raw = reader.read(node, "") if node else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SpecError(file, [Defect(line, "", f"invalid YAML: {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise SpecError(file, [Defect(1, "", f"invalid YAML: {error}")]) from None
    except RecursionError:
        raise SpecError(file, [Defect(1, "", TOO_DEEP)]) from None
    if reader.defects:
        raise SpecError(file, reader.defects)
    if not isinstance(raw, dict):
        raise SpecError(file, [Defect(1, "", "an OpenAPI document is a mapping")])
    return Source(file, text, raw, reader.lines)


def _composed(text: str) -> Any:
    """By libyaml where it is there, ten times as fast; the words of errors are PyYAML's own."""
    try:
        return yaml.compose(text, _FAST)
    except yaml.YAMLError:
        return yaml.compose(text, _EXACT)


class _Reader:
    """Builds plain data from YAML nodes and notes where each value stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, tuple[int, int]] = {}
        self.defects: list[Defect] = []
        self._open: set[int] = set()
        self._known: set[int] = set()
        self._repeated = 0

    def read(self, node: yaml.Node, pointer: str) -> Any:
        """The value of a node."""
        self._place(pointer, node)
        self._count(node, pointer)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, pointer)
        if id(node) in self._open:
            return self._refuse(node, pointer, "an anchor contains itself")
        self._open.add(id(node))
        value = (
            self._mapping(node, pointer)
            if isinstance(node, yaml.MappingNode)
            else self._sequence(node, pointer)
        )
        self._open.discard(id(node))
        return value

    def _count(self, node: yaml.Node, pointer: str) -> None:
        """Anchors of anchors grow without bound: a few lines can be more than a machine holds."""
        self._repeated += id(node) in self._known
        self._known.add(id(node))
        if self._repeated > _REPEATED:
            words = f"anchors repeat more than {_REPEATED:,} values: use $ref instead"
            line = self.lines[pointer][0]
            raise SpecError(self.file, [Defect(line, pointer, words)])

    def _mapping(self, node: yaml.MappingNode, pointer: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node, pointer) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                scalar = isinstance(key_node, yaml.ScalarNode)
                words = f"the key {key_node.value!r}" if scalar else "a key of several values"
                self._refuse(key_node, pointer, f"{words} is no string: quote it")
                continue
            if key in result:
                self._refuse(key_node, join(pointer, key), "the key stands here twice")
            result[key] = self.read(value_node, join(pointer, key))
            self._place(join(pointer, key), key_node)
        return result

    def _sequence(self, node: yaml.Node, pointer: str) -> list[Any]:
        return [self.read(item, join(pointer, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: yaml.ScalarNode, pointer: str) -> Any:
        read = _READ.get(node.tag)
        if read is None:
            return self._refuse(
                node, pointer, f"the YAML tag {node.tag} is not supported: write plain data"
            )
        if _HALVES.search(node.value):
            return self._text(node, pointer)
        value = read(node.value) if len(node.value) <= _DIGITS or read is str else math.inf
        if value in (math.inf, -math.inf):
            return self._refuse(node, pointer, "the number is too large")
        return value

    def _text(self, node: yaml.ScalarNode, pointer: str) -> str:
        """A text with UTF-16 halves of characters, as JSON escapes those beyond U+FFFF."""
        written: str = node.value
        try:
            return written.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._refuse(node, pointer, "half of a character (a lone \\ud800 to \\udfff)")
            return ""

    def _place(self, pointer: str, node: yaml.Node) -> None:
        self.lines[pointer] = (node.start_mark.line + 1, node.start_mark.column + 1)

    def _refuse(self, node: yaml.Node, pointer: str, sentence: str) -> None:
        self.defects.append(Defect(node.start_mark.line + 1, pointer, sentence))

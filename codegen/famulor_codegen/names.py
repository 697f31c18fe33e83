"""Names that a schema of an argument requires: each must be a property that its object has.

Objects are closed, so that a misspelt name would be required and refused at once. A condition
(`if`, `then`, an entry of `allOf`) speaks of the properties of the object that it stands in.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from famulor_codegen.errors import Report, join
from famulor_codegen.refs import follow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from famulor_codegen.document import Operation

_PARTS = ("allOf", "oneOf", "anyOf")
_BRANCHES = ("if", "then", "else", "not")
_SHOWN = 12


def check(raw: dict[str, Any], operations: Iterable[Operation], report: Report) -> None:
    """Note every required name in an input schema that is no property there."""
    names = _Names(raw, report)
    for operation in operations:
        for schema, pointer in _inputs(raw, operation):
            names.check(schema, pointer, frozenset())


def _inputs(raw: dict[str, Any], operation: Operation) -> Iterator[tuple[Any, str]]:
    carriers = [
        follow(raw, node, join(pointer, "parameters", index))
        for owner, pointer in (
            (operation.item, operation.item_pointer),
            (operation.raw, operation.pointer),
        )
        for index, node in enumerate(owner.get("parameters", []))
    ]
    if "requestBody" in operation.raw:
        place = join(operation.pointer, "requestBody")
        body, place = follow(raw, operation.raw["requestBody"], place)
        carriers += [
            (media, join(place, "content", name)) for name, media in body.get("content", {}).items()
        ]
    for carrier, pointer in carriers:
        if "schema" in carrier:
            yield carrier["schema"], join(pointer, "schema")


class _Names:
    """Walks raw schemas through their `$ref`s; a place is looked at once per set of names."""

    def __init__(self, raw: dict[str, Any], report: Report) -> None:
        self._raw = raw
        self._report = report
        self._seen: set[tuple[str, frozenset[str] | None]] = set()

    def check(self, schema: Any, pointer: str, around: frozenset[str] | None) -> None:
        """`around`: the properties of the object that this schema is a part of, None for any."""
        if not isinstance(schema, dict) or (pointer, around) in self._seen:
            return
        self._seen.add((pointer, around))
        known = self._known(schema, around)
        for name, place in _required(schema, pointer):
            if known and name not in known:
                self._report.add(place, _sentence(name, known))
        for part, place in self._parts(schema, pointer):
            self.check(part, place, known)
        for key in _BRANCHES:
            self._branch(schema.get(key), join(pointer, key), known)
        for key, value in schema.get("properties", {}).items():
            self.check(value, join(pointer, "properties", key), frozenset())
        for key in ("items", "additionalProperties"):
            self.check(schema.get(key), join(pointer, key), frozenset())

    def _branch(self, schema: Any, pointer: str, known: frozenset[str] | None) -> None:
        """A condition adds no properties: what it speaks of stands in the object."""
        for name in schema.get("properties", {}) if isinstance(schema, dict) else ():
            if known and name not in known:
                self._report.add(join(pointer, "properties", name), _sentence(name, known))
        self.check(schema, pointer, known)

    def _known(
        self, schema: dict[str, Any], around: frozenset[str] | None
    ) -> frozenset[str] | None:
        if around is None or self._is_open(schema):
            return None
        return around | self._properties(schema)

    def _parts(self, schema: dict[str, Any], pointer: str) -> Iterator[tuple[Any, str]]:
        """The schemas that speak of the same value."""
        if "$ref" in schema:
            yield follow(self._raw, schema, pointer)
        for key in _PARTS:
            for index, part in enumerate(schema.get(key, [])):
                yield part, join(pointer, key, index)

    def _properties(self, schema: dict[str, Any]) -> frozenset[str]:
        """Names that an object of this schema may have."""
        found = frozenset(schema.get("properties", {}))
        for part, _ in self._parts(schema, ""):
            if isinstance(part, dict):
                found |= self._properties(part)
        return found

    def _is_open(self, schema: dict[str, Any]) -> bool:
        """Whether other names are allowed as well."""
        if schema.get("additionalProperties", False) is not False:
            return True
        parts = [part for part, _ in self._parts(schema, "") if isinstance(part, dict)]
        return any(self._is_open(part) for part in parts)


def _required(schema: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    for index, name in enumerate(schema.get("required", [])):
        yield name, join(pointer, "required", index)
    for given, names in schema.get("dependentRequired", {}).items():
        yield given, join(pointer, "dependentRequired", given)
        for index, name in enumerate(names):
            yield name, join(pointer, "dependentRequired", given, index)


def _sentence(name: str, known: frozenset[str]) -> str:
    close = get_close_matches(name, sorted(known), n=3)
    words = ", ".join(f"`{each}`" for each in close or sorted(known)[:_SHOWN])
    return f"`{name}` is no property of this object; {'closest' if close else 'known'}: {words}"

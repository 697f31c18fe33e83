"""One JSON value against its documented schema. Pure, and without any value in its words.

A difference has a path ("data[].id"; "[]" is any item) and says what is documented and what came:
names and types, and of values only such as a document would list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_WORD = re.compile(r"[a-z][a-z-]{0,30}(?:_[a-z-]{1,30}){0,4}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,60}")

Schema = Mapping[str, Any]


class Difference(NamedTuple):
    """What is otherwise than documented, where."""

    path: str
    words: str


def compare(value: Any, schema: Schema, schemas: Mapping[str, Schema]) -> list[Difference]:
    """Each difference once, in the order of the value. `schemas` are what references lead to."""
    return list(dict.fromkeys(_differences(value, schema, schemas, "")))


def _differences(
    value: Any, schema: Schema, schemas: Mapping[str, Schema], path: str
) -> Iterator[Difference]:
    parts = _parts(schema, schemas)
    choices = [part[key] for part in parts for key in ("oneOf", "anyOf") if key in part]
    if choices:
        yield from _nearest(value, choices[0], schemas, path)
    kinds = [_types(part) for part in parts if "type" in part]
    if any(not _fits(value, kind) for kind in kinds):
        documented = " or ".join(sorted(set.intersection(*kinds)))
        yield Difference(path, f"is {kind_of(value)}, documented is {documented}")
        return
    for part in parts:
        listed = part.get("enum") or (value is not None and part.get("known"))
        if listed and value not in listed:
            yield Difference(path, f"has a value that is not listed: {_shown(value)}")
    if isinstance(value, Mapping):
        yield from _object(value, parts, schemas, path)
    elif isinstance(value, list):
        items = [part["items"] for part in parts if part.get("items")]
        for one in value:
            for item in items:
                yield from _differences(one, item, schemas, f"{path}[]")


def _object(
    value: Mapping[str, Any], parts: list[Schema], schemas: Mapping[str, Schema], path: str
) -> Iterator[Difference]:
    known = {name: each for part in parts for name, each in part.get("properties", {}).items()}
    rest = [part["additionalProperties"] for part in parts if part.get("additionalProperties")]
    for part in parts:
        for name in part.get("required", ()):
            if name not in value:
                yield Difference(_join(path, name), "is missing, documented is that it is there")
    for name, item in value.items():
        at = _join(path, name)
        if name in known:
            yield from _differences(item, known[name], schemas, at)
        elif known and not rest:
            yield Difference(at, f"is not documented ({kind_of(item)})")
        for schema in rest:
            if name not in known and isinstance(schema, Mapping):
                yield from _differences(item, schema, schemas, _join(path, "*"))


def _nearest(
    value: Any, choices: list[Schema], schemas: Mapping[str, Schema], path: str
) -> Iterator[Difference]:
    """The differences from the choice that the value comes closest to."""
    tried = [list(_differences(value, one, schemas, path)) for one in choices]
    yield from min(tried, key=len)


def _parts(schema: Schema, schemas: Mapping[str, Schema]) -> list[Schema]:
    inner = [schemas[schema["$ref"]]] if "$ref" in schema else []
    inner += schema.get("allOf", [])
    return [part for one in inner for part in _parts(one, schemas)] + [schema]


def _types(schema: Schema) -> set[str]:
    kinds = schema["type"]
    found = {kinds} if isinstance(kinds, str) else set(kinds)
    return found | ({"null"} if schema.get("nullable") else set())


def _fits(value: Any, kinds: set[str]) -> bool:
    kind = kind_of(value)
    return kind in kinds or (kind == "integer" and "number" in kinds)


def kind_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    for kind, name in ((int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"


def _shown(value: Any) -> str:
    """A value, if it is a word such as documents list; else its type and size."""
    if isinstance(value, str):
        return f"`{value}`" if _WORD.fullmatch(value) else f"a string of {len(value)} characters"
    return kind_of(value)


def _join(path: str, name: str) -> str:
    """A name of the API's is shown; one that may be a person's is not."""
    shown = name if _NAME.fullmatch(name) or name == "*" else "…"
    return f"{path}.{shown}" if path else shown

"""The values of schema keywords: each of the type that JSON Schema wants, anywhere in the document.

The document models coerce some and do not know others (`if`, `then`, `const` …); what comes after
this check may rely on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.errors import Report, join
from famulor_codegen.refs import DATA, NAMES, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ONE = ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else")
_LISTED = ("allOf", "oneOf", "anyOf")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _is_schema(value: Any) -> bool:
    return isinstance(value, (dict, bool))


_NUMBER = (_is_number, "a number")
_COUNT = (_is_count, "a whole number of at least 0")
_TEXT = (_is_text, "a string")
_FLAG = (_is_flag, "true or false")
_VALUES = (_is_list, "a list with at least one value")
_SCHEMA = (_is_schema, "a schema")
_MAPPING = (_is_mapping, "a mapping")
_WANTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("minimum", "maximum"), _NUMBER),
    **dict.fromkeys(
        ("exclusiveMinimum", "exclusiveMaximum"),
        (lambda value: _is_number(value) or _is_flag(value), "a number"),
    ),
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number greater than 0"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _COUNT),
    **dict.fromkeys(("minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("pattern", "format", "title", "description", "$ref", "$comment"), _TEXT),
    **dict.fromkeys(("contentEncoding", "contentMediaType"), _TEXT),
    **dict.fromkeys(("uniqueItems", "nullable", "deprecated", "readOnly", "writeOnly"), _FLAG),
    "enum": _VALUES,
    "examples": (lambda value: isinstance(value, list), "a list"),
    "type": (lambda value: _is_text(value) or (_is_list(value) and _are_names(value)), "a type"),
    "required": (_are_names, "a list of property names"),
    "dependentRequired": (
        lambda value: _is_mapping(value) and all(map(_are_names, value.values())),
        "a mapping of names to lists of names",
    ),
    "discriminator": (
        lambda value: _is_mapping(value) and _is_text(value.get("propertyName")),
        "a mapping with `propertyName`",
    ),
    **dict.fromkeys(_ONE, _SCHEMA),
    **dict.fromkeys(_LISTED, _VALUES),
    **dict.fromkeys(_NAMED, _MAPPING),
}


def check(raw: dict[str, Any], report: Report) -> None:
    """Note every keyword of a schema whose value is of another type than it must be."""
    for pointer in _nulls(raw):
        report.add(pointer, "null says nothing here: leave the key out")
    types(raw, report)


def types(raw: dict[str, Any], report: Report) -> None:
    """Note the values of keywords, but for null, which says nothing."""
    for pointer, schema in schemas(raw):
        if schema is not None and not _is_schema(schema):
            report.add(pointer, f"a schema is a mapping, not {schema!r:.40}")
        for key, value in schema.items() if isinstance(schema, dict) else ():
            if key in _WANTED and value is not None and not _WANTED[key][0](value):
                words = f"`{key}` must be {_WANTED[key][1]}, not {value!r:.40}"
                report.add(join(pointer, key), words)


def _nulls(raw: dict[str, Any]) -> Iterator[str]:
    """Keys without a value. Only data may be null: a default, an example, an x- key."""
    for pointer, node in walk(raw):
        for key, value in node.items():
            if key in DATA or key.startswith("x-"):
                continue
            if value is None:
                yield join(pointer, key)
            if key in NAMES and isinstance(value, dict):
                yield from (join(pointer, key, name) for name, it in value.items() if it is None)


def schemas(raw: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every schema of the document, and what stands where a schema should, with its pointer."""
    shared = raw.get("components")
    known = shared.get("schemas") if isinstance(shared, dict) else None
    for name, schema in known.items() if isinstance(known, dict) else ():
        yield from _within(schema, join("/components/schemas", name))
    for pointer, node in walk(raw):
        if "schema" in node:
            yield from _within(node["schema"], join(pointer, "schema"))


def _within(schema: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    yield pointer, schema
    for place, child in children(schema, pointer):
        yield from _within(child, place)


def children(schema: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Whatever stands directly inside a raw schema where a schema should."""
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key in _ONE and isinstance(value, dict):
            yield join(pointer, key), value
        elif key in _LISTED and isinstance(value, list):
            yield from ((join(pointer, key, index), each) for index, each in enumerate(value))
        elif key in _NAMED and isinstance(value, dict):
            yield from ((join(pointer, key, name), each) for name, each in value.items())

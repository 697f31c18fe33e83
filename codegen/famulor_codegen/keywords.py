"""What the validators support of JSON Schema 2020-12, and everything else refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from famulor_codegen.patterns import UnsupportedPatternError, translate

Schema = Mapping[str, Any] | bool

SCALAR = {
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "string": ("minLength", "maxLength", "pattern", "format"),
}
ARRAY = ("items", "minItems", "maxItems", "uniqueItems")
OBJECT = (
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "patternProperties",
    "dependentRequired",
)
COMPOSITION = ("if", "then", "else", "allOf", "anyOf", "oneOf", "not")
ASSERTED = frozenset(
    ("type", "enum", "const", *SCALAR["integer"], *SCALAR["string"], *ARRAY, *OBJECT, *COMPOSITION)
)
_WORDS = ("title", "description", "default", "examples", "example", "deprecated", "$comment")
_SERIALISED = ("xml", "readOnly", "writeOnly", "contentEncoding", "contentMediaType")
ANNOTATIONS = frozenset((*_WORDS, *_SERIALISED, "$schema", "discriminator", "externalDocs"))
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_ONE = ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not")
_LIST = ("allOf", "anyOf", "oneOf")
_MAP = ("properties", "patternProperties")


class UnsupportedSchemaError(ValueError):
    """A schema that cannot become a validator. `findings` are (JSON pointer, sentence)."""

    def __init__(self, findings: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{pointer or '/'}: {words}" for pointer, words in findings))
        self.findings = findings


def asserted(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords that can make a value invalid."""
    return {key: value for key, value in schema.items() if key in ASSERTED}


def members(schema: Mapping[str, Any]) -> list[Any]:
    """The values of an enum or const that the rest of the schema accepts as well."""
    from famulor_codegen.oracle import valid

    listed = list(schema["enum"]) if "enum" in schema else [schema["const"]]
    rest = {key: value for key, value in asserted(schema).items() if key != "enum"}
    return [value for value in listed if valid(rest, value)]


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types that the schema names; none if it names none."""
    named = schema.get("type", ()) if not isinstance(schema, bool) else ()
    return (named,) if isinstance(named, str) else tuple(named)


def children(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Every schema directly inside, with the JSON pointer to it."""
    if isinstance(schema, bool):
        return
    for key in _ONE:
        if key in schema:
            yield f"/{key}", schema[key]
    for key in _LIST:
        for index, each in enumerate(schema.get(key, ())):
            yield f"/{key}/{index}", each
    for key in _MAP:
        for name, each in schema.get(key, {}).items():
            yield f"/{key}/{name.replace('~', '~0').replace('/', '~1')}", each


def mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The schema with every schema directly inside replaced by what `change` makes of it."""
    if isinstance(schema, bool):
        return schema
    changed: dict[str, Any] = {key: change(schema[key]) for key in _ONE if key in schema}
    for key in _LIST:
        if key in schema:
            changed[key] = [change(each) for each in schema[key]]
    for key in _MAP:
        if key in schema:
            changed[key] = {name: change(each) for name, each in schema[key].items()}
    return {**schema, **changed}


def require_supported(schema: Schema) -> None:
    """Raises UnsupportedSchemaError with everything in the schema that is not supported."""
    if found := tuple(_unsupported(schema, "")):
        raise UnsupportedSchemaError(found)


def _unsupported(schema: Schema, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(schema, bool):
        return
    for key in schema:
        if key not in ASSERTED and key not in ANNOTATIONS and not key.startswith("x-"):
            yield f"{pointer}/{key}", f"the keyword {key} is not supported in validators"
    for name in types_of(schema):
        if name not in TYPES:
            yield f"{pointer}/type", f"{name!r} is not one of the types {', '.join(TYPES)}"
    if ("enum" in schema or "const" in schema) and not members(schema):
        yield (
            f"{pointer}/{'enum' if 'enum' in schema else 'const'}",
            "no listed value is valid here",
        )
    for place, pattern in _patterns(schema):
        try:
            translate(pattern)
        except UnsupportedPatternError as error:
            yield pointer + place, f"the pattern {pattern} {error}"
    for place, child in children(schema):
        yield from _unsupported(child, pointer + place)


def _patterns(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "pattern" in schema:
        yield "/pattern", schema["pattern"]
    for pattern in schema.get("patternProperties", {}):
        yield "/patternProperties", pattern

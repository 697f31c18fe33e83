"""Scalar rules as Python expressions that are true for the values a schema accepts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from famulor_codegen.keywords import (
    ARRAY,
    COMPOSITION,
    OBJECT,
    Schema,
    asserted,
    members,
    types_of,
)

Named = Callable[[str], str]
"""Gives the name of the constant that holds a pattern's search."""

_OF_TYPE = {
    "null": "{v} is None",
    "boolean": "type({v}) is bool",
    "integer": "(type({v}) is int or primitives.whole({v}))",
    "number": "(type({v}) is int or primitives.finite({v}))",
    "string": "isinstance({v}, str)",
    "array": "isinstance({v}, list)",
    "object": "isinstance({v}, dict)",
}
_FORMAT = {
    "uuid": "is_uuid",
    "date": "is_date",
    "date-time": "is_timestamp",
    "uri": "is_uri",
    "email": "is_email",
}
_COMPOSITE = frozenset((*ARRAY, *OBJECT, *COMPOSITION))


def literal(value: Any) -> str:
    """Python source of a JSON value."""
    return repr(value)


def negation(expression: str) -> str:
    """The opposite, without parentheses where a plain call is negated."""
    plain = re.fullmatch(r"[\w.]+\([^()]*\)", expression)
    return f"not {expression}" if plain else f"not ({expression})"


def trivial(schema: Schema) -> bool:
    """Whether every value satisfies the schema."""
    return schema is True or (schema is not False and not asserted(schema))


def scalar(schema: Schema) -> bool:
    """Whether one expression says it all."""
    if isinstance(schema, bool):
        return True
    keys = asserted(schema).keys()
    return not keys & _COMPOSITE or bool(keys & {"enum", "const"}) or _union(schema) is not None


def disjoint(branches: Sequence[Schema]) -> bool:
    """Whether the branches name types, and no value is of the types of two of them."""
    seen: set[str] = set()
    for branch in branches:
        named = set(types_of(branch))
        if "number" in named:
            named.add("integer")
        if not named or named & seen:
            return False
        seen |= named
    return True


def accepts(schema: Schema, v: str, named: Named) -> str:
    """The expression over the variable `v`: type and scalar keywords; empty if always true."""
    if isinstance(schema, bool):
        return "" if schema else "False"
    if "enum" in schema or "const" in schema:
        return _one_of(members(schema), v)
    if branches := _union(schema):
        return " or ".join(f"({accepts(branch, v, named)})" for branch in branches)
    if types := types_of(schema):
        return _any(
            " and ".join((of_type((name,), v), *_limits(schema, name, v, named))) for name in types
        )
    return " and ".join(_if_of_type(schema, name, v, named) for name in _limited(schema))


def of_type(types: tuple[str, ...], v: str) -> str:
    """The expression that `v` is of one of the types."""
    return " or ".join(_OF_TYPE[name].format(v=v) for name in types)


def _any(parts: Iterator[str]) -> str:
    every = list(parts)
    return every[0] if len(every) == 1 else " or ".join(f"({part})" for part in every)


def _union(schema: Mapping[str, Any]) -> list[Schema] | None:
    """The branches of a schema that is nothing but a choice between scalars."""
    keys = asserted(schema)
    if len(keys) != 1 or not keys.keys() & {"anyOf", "oneOf"}:
        return None
    ((key, branches),) = keys.items()
    if not all(scalar(each) and not trivial(each) for each in branches):
        return None
    return branches if key == "anyOf" or disjoint(branches) else None


def _one_of(values: list[Any], v: str) -> str:
    if all(value is None or isinstance(value, str) for value in values):
        return (
            f"{v} == {literal(values[0])}"
            if len(values) == 1
            else f"{v} in {literal(tuple(values))}"
        )
    return f"primitives.among({v}, {literal(tuple(values))})"


def _limited(schema: Mapping[str, Any]) -> Iterator[str]:
    for name in ("number", "string"):
        if list(_limits(schema, name, "v", str)):
            yield name


def _if_of_type(schema: Mapping[str, Any], name: str, v: str, named: Named) -> str:
    limits = " and ".join(_limits(schema, name, v, named))
    return f"(not {of_type((name,), v)} or {limits})"


def _limits(schema: Mapping[str, Any], name: str, v: str, named: Named) -> Iterator[str]:
    if name in ("integer", "number"):
        yield from _bounds(schema, v)
    elif name == "string":
        yield from _texts(schema, v, named)


def _bounds(schema: Mapping[str, Any], v: str) -> Iterator[str]:
    for key, sign in (
        ("minimum", ">="),
        ("exclusiveMinimum", ">"),
        ("maximum", "<="),
        ("exclusiveMaximum", "<"),
    ):
        if key in schema:
            yield f"{v} {sign} {literal(schema[key])}"
    if "multipleOf" in schema:
        yield f"primitives.multiple({v}, {literal(schema['multipleOf'])})"


def _texts(schema: Mapping[str, Any], v: str, named: Named) -> Iterator[str]:
    if schema.get("minLength"):
        yield f"len({v}) >= {literal(schema['minLength'])}"
    if "maxLength" in schema:
        yield f"len({v}) <= {literal(schema['maxLength'])}"
    if "pattern" in schema:
        yield f"{named(schema['pattern'])}({v}) is not None"
    if schema.get("format") in _FORMAT:
        yield f"primitives.{_FORMAT[schema['format']]}({v})"

"""Arguments that came as text become what the schema wants, where only one reading is possible.

Models send `"42"`, `"true"` and whole objects as JSON text. Such a string is read as the other type
only where the schema takes no string there. Anything that could change a meaning is left to the
check: `"1.5"`, `"yes"`, `"007"`. The caller's own objects are never changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from famulor_tools.table import Tool

Schema = Mapping[str, Any]
Types = frozenset[str]

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,999}")
EXACT = 2**53
NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}


def repair(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, repaired at every level.

    A null where the schema has none counts as absent if the tool only reads: it cannot mean
    anything else there. For every other tool it stays, and the check refuses it.
    """
    schema = tool.enforced_schema
    known: Schema = schema.get("properties", {})
    required = schema.get("required", ())
    return {
        name: repaired(tool, name, value, known[name]) if name in known else value
        for name, value in arguments.items()
        if not (
            value is None
            and tool.effect == "read"
            and name in known
            and name not in required
            and "null" not in (wanted(known[name]) or {"null"})
        )
    }


def repaired(tool: Tool, name: str, value: Any, schema: Schema) -> Any:
    """One argument, repaired; a list of objects becomes one where the table says so."""
    if name not in tool.merged:
        return mended(value, [schema])
    whole = mended(value, [schema, {"type": "array", "items": {"type": "object"}}])
    return mended(merged(whole), [schema])


def merged(value: Any) -> Any:
    """A list of objects as one; anything else, and a list that says a name twice, as it is."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return value
    one = {name: item for row in value for name, item in row.items()}
    return one if len(one) == sum(map(len, value)) else value


def mended(value: Any, schemas: Sequence[Schema]) -> Any:
    """`value` read as one of `schemas` wants it."""
    if isinstance(value, str):
        read = reading(value, union(schemas))
        return value if read is value else mended(read, schemas)
    if isinstance(value, float):
        return whole(value, union(schemas))
    if isinstance(value, dict):
        applying = list(applicable(schemas, value))
        return {name: mended(item, beneath(applying, name)) for name, item in value.items()}
    if isinstance(value, list):
        items = [schema["items"] for schema in parts(schemas) if "items" in schema]
        return [mended(item, items) for item in value]
    return value


def reading(text: str, types: Types | None) -> Any:
    """`text` as the value it must mean, or `text` itself."""
    if types is None or "string" in types:
        return text
    if types & {"integer", "number"} and INTEGER.fullmatch(text):
        return int(text)
    if "boolean" in types and text in {"true", "false"}:
        return text == "true"
    if types & {"object", "array"}:
        return unpacked(text, types)
    return text


def unpacked(text: str, types: Types) -> Any:
    """The object or array that `text` holds as JSON, written as JSON once or twice."""
    value: Any = text
    for _ in range(2):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return text
        if not isinstance(value, str):
            break
    fits = isinstance(value, dict) and "object" in types
    return value if fits or (isinstance(value, list) and "array" in types) else text


def whole(value: float, types: Types | None) -> Any:
    """42.0 as 42 where an integer is wanted: JSON Schema holds them equal, the API may not."""
    only_integer = types is not None and "integer" in types and "number" not in types
    return int(value) if only_integer and value.is_integer() and abs(value) < EXACT else value


def union(schemas: Sequence[Schema]) -> Types | None:
    """The JSON types that any of the schemas takes; None where one of them takes anything."""
    found: Types = frozenset()
    for schema in schemas:
        types = wanted(schema)
        if types is None:
            return None
        found |= types
    return found if schemas else None


def wanted(schema: Schema) -> Types | None:
    """The JSON types that a schema takes; None where it does not say."""
    if not isinstance(schema, Mapping):
        return None
    if "type" in schema:
        named = schema["type"]
        return frozenset([named] if isinstance(named, str) else named)
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return frozenset(named_type(value) for value in values)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return union(schema[word])
    said = [types for part in schema.get("allOf", ()) if (types := wanted(part)) is not None]
    return frozenset.intersection(*said) if said else None


def named_type(value: Any) -> str:
    """The JSON Schema name of a value's type."""
    return "null" if value is None else NAMES.get(type(value), "object")


def parts(schemas: Sequence[Schema]) -> Iterator[Schema]:
    """The schemas, and all that they are composed of."""
    for schema in schemas:
        if isinstance(schema, Mapping):
            yield schema
            for word in ("allOf", "anyOf", "oneOf"):
                yield from parts(schema.get(word, ()))


def applicable(schemas: Sequence[Schema], value: Mapping[str, Any]) -> Iterator[Schema]:
    """The parts that can describe `value`: not those whose fixed properties differ from its own."""
    for schema in parts(schemas):
        fixed = schema.get("properties", {})
        if all(agrees(fixed[name], item) for name, item in value.items() if name in fixed):
            yield schema


def agrees(schema: Schema, value: Any) -> bool:
    """Whether a property's fixed value, if it has one, is this one."""
    return not isinstance(schema, Mapping) or "const" not in schema or schema["const"] == value


def beneath(schemas: Sequence[Schema], name: str) -> list[Schema]:
    """What the schemas say of the property `name`."""
    found = [
        schema["properties"][name] for schema in schemas if name in schema.get("properties", {})
    ]
    if found:
        return found
    free = (schema.get("additionalProperties") for schema in schemas)
    return [schema for schema in free if isinstance(schema, Mapping)]

"""The advertised schema: the portable subset that every client and model API takes.

No composition, no formats, no closed objects. A union is shown as what its members share; null is
one more type. The document's `x-mcp.advertise` is laid over at the end.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from famulor_codegen.resolve import Schema
    from famulor_codegen.wire import Argument

_LIMITS = ("minimum", "maximum", "pattern", "minLength", "maxLength")
_LENGTH = 250
"""A longer text is rare, and the check refuses it: the limit is not worth its tokens."""
_JSON_TYPES = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def root(arguments: Iterable[Argument]) -> Schema:
    """The input schema of a tool as clients see it."""
    properties = {a.name: argument(a) for a in arguments}
    required = [a.name for a in arguments if a.required]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
    }


def argument(a: Argument) -> Schema:
    """One argument: an older name says so, and a name may stand for an id."""
    older = older_names(a.hints)
    shown = _portable(a.schema)
    if older:
        shown = _older(shown, older)
    if a.hints.get("lookup", {}).get("accept", True) and "lookup" in a.hints:
        shown = _named(shown)
    return _laid(shown, a.hints)


def older_names(hints: dict[str, Any]) -> list[dict[str, Any]]:
    """The alias mappings of an argument, in order; none if it is no older name."""
    target = hints.get("alias_of")
    if isinstance(target, list):
        return target
    return [hints] if target else []


def advertised(schema: Schema) -> Schema:
    """The portable form of any schema, with its overlay."""
    return _laid(_portable(schema), schema.get("x-mcp", {}))


def _laid(shown: Schema, hints: dict[str, Any]) -> Schema:
    merged = {**shown, **hints.get("advertise", {})}
    return {key: value for key, value in merged.items() if value is not None}


def _portable(schema: Schema) -> Schema:
    schema = _collapsed(schema)
    kinds = _kinds(schema)
    shown: Schema = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    if "description" in schema:
        shown["description"] = schema["description"]
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values is not None:
        shown.update(_enum(values))
    shown.update({key: schema[key] for key in _LIMITS if key in schema})
    if shown.get("maxLength", 0) > _LENGTH:
        del shown["maxLength"]
    if shown.get("minimum") in (0, 1) and "maximum" in shown:
        del shown["minimum"]  # what anyone expects
    if kinds and kinds[0] == "integer":
        _inclusive(schema, shown)
    if "items" in schema:
        shown["items"] = advertised(schema["items"])
    return {**shown, **_object(schema)} if "object" in kinds else shown


def _enum(values: list[Any]) -> Schema:
    """Each value once; clients take text and null only, so other lists are left to the check."""
    once = list({json.dumps(value): value for value in values}.values())
    return {"enum": once} if all(v is None or isinstance(v, str) for v in once) else {}


def _object(schema: Schema) -> Schema:
    properties = {
        k: advertised(v) for k, v in schema.get("properties", {}).items() if not v.get("readOnly")
    }
    extra = schema.get("additionalProperties", True)
    shown: Schema = {"properties": properties} if properties else {}
    required = [key for key in schema.get("required", []) if key in properties]
    if required:
        shown["required"] = required
    if isinstance(extra, dict):
        shown["additionalProperties"] = advertised(extra)
    elif extra and (not properties or "additionalProperties" in schema):
        shown["additionalProperties"] = True
    return shown


def _inclusive(schema: Schema, shown: Schema) -> None:
    """An excluded limit of an integer is the next integer."""
    if "exclusiveMinimum" in schema:
        shown["minimum"] = max(
            schema["exclusiveMinimum"] + 1, schema.get("minimum", schema["exclusiveMinimum"] + 1)
        )
    if "exclusiveMaximum" in schema:
        shown["maximum"] = min(
            schema["exclusiveMaximum"] - 1, schema.get("maximum", schema["exclusiveMaximum"] - 1)
        )


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type")
    if kinds is None:
        kinds = _of_values([schema["const"]] if "const" in schema else schema.get("enum", []))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return [
        *(kind for kind in kinds if kind != "null"),
        *(kind for kind in kinds if kind == "null"),
    ]


def _of_values(values: Iterable[Any]) -> list[str]:
    found = [
        next((name for kind, name in _JSON_TYPES if isinstance(value, kind)), "null")
        for value in values
    ]
    return list(dict.fromkeys(found))


def _collapsed(schema: Schema) -> Schema:
    """A union as one schema: all types, all properties, only what every member requires."""
    members = [_collapsed(member) for key in ("oneOf", "anyOf") for member in schema.get(key, [])]
    members = [member for member in members if _kinds(member) or "properties" in member]
    if not members:
        return schema
    own = {key: value for key, value in schema.items() if key not in {"oneOf", "anyOf"}}
    union: Schema = {}
    kinds = list(dict.fromkeys(kind for member in members for kind in _kinds(member)))
    if kinds:
        union["type"] = kinds
    properties: dict[str, Schema] = {}
    for name, value in (
        (n, v) for member in members for n, v in member.get("properties", {}).items()
    ):
        properties[name] = _either(properties[name], value) if name in properties else value
    if properties:
        union["properties"] = {**properties, **own.get("properties", {})}
        union["required"] = _common(members, own)
    elif all("enum" in member or "const" in member for member in members):
        union["enum"] = [
            v
            for member in members
            for v in ([member["const"]] if "const" in member else member["enum"])
        ]
    items = next((member["items"] for member in members if "items" in member), None)
    if items is not None:
        union["items"] = items
    return {**union, **{k: v for k, v in own.items() if k not in union or k == "type"}}


def _common(members: list[Schema], own: Schema) -> list[str]:
    objects = [member for member in members if "object" in _kinds(member)]
    shared = (
        [
            key
            for key in objects[0].get("required", [])
            if all(key in o.get("required", []) for o in objects)
        ]
        if objects
        else []
    )
    return list(dict.fromkeys([*own.get("required", []), *shared]))


def _either(one: Schema, two: Schema) -> Schema:
    """A property that several members of a union have."""
    values = [v for s in (one, two) for v in ([s["const"]] if "const" in s else s.get("enum", []))]
    closed = all("const" in s or "enum" in s for s in (one, two))
    kinds = list(dict.fromkeys([*_kinds(one), *_kinds(two)]))
    if one == two:
        return one
    loose = {k: v for k, v in one.items() if k in two and two[k] == v}
    return {**loose, "type": kinds, **({"enum": values} if closed else {})}


def _named(shown: Schema) -> Schema:
    """An id for which a name may stand: a string is welcome as well."""
    kinds = shown.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "array" in kinds:
        return {**shown, "items": _named(shown.get("items", {}))}
    if "string" in kinds:
        return shown
    nulls = [kind for kind in kinds if kind == "null"]
    return {**shown, "type": [*(kind for kind in kinds if kind != "null"), "string", *nulls]}


def _older(shown: Schema, older: list[dict[str, Any]]) -> Schema:
    targets = " or ".join(target for target in dict.fromkeys(entry["alias_of"] for entry in older))
    keys = [_value(key) for entry in older for key in entry.get("values", {})]
    typed: Schema = {}
    if keys and "type" not in shown:
        kinds = _of_values(keys)
        typed = {"type": kinds[0] if len(kinds) == 1 else kinds, **_enum(keys)}
    return {**typed, **shown, "description": shown.get("description", f"Older; use {targets}.")}


def _value(key: str) -> Any:
    """The older value whose JSON text is `key`, a string where it is none."""
    try:
        return json.loads(key)
    except json.JSONDecodeError:
        return key

"""The enforced schema: JSON Schema 2020-12 of what arguments must satisfy, and nothing else.

Objects are closed, and top-level names are the argument names, inside conditions too. Words are
left out except where they are the sentence of an error; `strip` takes those out as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from famulor_codegen.resolve import Schema
    from famulor_codegen.wire import Argument, Body

_PLAIN = (
    "type", "enum", "const", "required", "minItems", "maxItems", "uniqueItems", "minimum",
    "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "pattern", "format", "dependentRequired", "minProperties", "maxProperties", "discriminator",
    "contentEncoding", "examples",
)  # fmt: skip
_LISTED = ("allOf", "oneOf", "anyOf")
_SINGLE = ("not", "if", "then", "else")


def root(arguments: Iterable[Argument], body: Body) -> Schema:
    """The enforced schema of a tool's argument object."""
    names = {argument.wire: argument.name for argument in body.arguments}
    properties = {a.name: enforced(a.schema) for a in arguments}
    schema: Schema = {"type": "object", "properties": properties}
    required = [a.name for a in arguments if a.required]
    if required:
        schema["required"] = required
    for key, value in body.keywords:
        schema[key] = renamed({key: value}, names)[key]
    conditions = [
        enforced(renamed(condition, names), partial=True) for condition in body.conditions
    ]
    if conditions:
        schema["allOf"] = conditions
    return {**schema, "additionalProperties": False}


def enforced(schema: Schema, *, partial: bool = False) -> Schema:
    """What a value must satisfy. `partial`: a condition on an object that is closed elsewhere."""
    result: Schema = (
        {"description": schema["description"]} if partial and "description" in schema else {}
    )
    if "pattern" in schema and "description" in schema:
        result["description"] = schema["description"]
    if schema.get("x-mcp", {}).get("secret"):
        result["x-mcp"] = {"secret": True}
    result.update({key: schema[key] for key in _PLAIN if key in schema})
    properties = {k: v for k, v in schema.get("properties", {}).items() if not v.get("readOnly")}
    if "properties" in schema:
        result["properties"] = {k: enforced(v, partial=partial) for k, v in properties.items()}
        if "required" in result:
            hidden = schema["properties"].keys() - properties.keys()
            result["required"] = [key for key in result["required"] if key not in hidden]
    if "items" in schema:
        result["items"] = enforced(schema["items"], partial=partial)
    own = "properties" in schema
    for key in _LISTED:
        if key in schema:
            inner = partial or own or key == "allOf"
            result[key] = [
                _worded(member, enforced(member, partial=inner)) for member in schema[key]
            ]
    for key in _SINGLE:
        if key in schema:
            result[key] = _worded(schema[key], enforced(schema[key], partial=True))
    return {**result, **_rest(schema, partial=partial)}


def _rest(schema: Schema, *, partial: bool) -> Schema:
    """additionalProperties: closed where the properties are listed and nothing else is said."""
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        return {"additionalProperties": enforced(extra)}
    if extra is not None:
        return {"additionalProperties": extra}
    return {"additionalProperties": False} if "properties" in schema and not partial else {}


def _worded(member: Schema, result: Schema) -> Schema:
    return {"description": member["description"], **result} if "description" in member else result


def renamed(schema: Schema, names: Mapping[str, str]) -> Schema:
    """A condition on the body with the API's names replaced by argument names, at its own level."""
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {names.get(k, k): v for k, v in schema["properties"].items()}
    if "required" in schema:
        result["required"] = [names.get(k, k) for k in schema["required"]]
    if "dependentRequired" in schema:
        ties = schema["dependentRequired"].items()
        result["dependentRequired"] = {
            names.get(k, k): [names.get(v, v) for v in values] for k, values in ties if values
        }
    for key in _LISTED:
        if key in schema:
            result[key] = [renamed(member, names) for member in schema[key]]
    for key in _SINGLE:
        if key in schema:
            result[key] = renamed(schema[key], names)
    return result


def strip(schema: Schema) -> Schema:
    """The schema without words, examples and hints, as the tool table keeps it."""
    result = {
        k: v
        for k, v in schema.items()
        if k not in {"description", "examples", "x-mcp", "discriminator"}
    }
    if "properties" in schema:
        result["properties"] = {k: strip(v) for k, v in schema["properties"].items()}
    for key in (*_SINGLE, "items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            result[key] = strip(schema[key])
    for key in _LISTED:
        if key in schema:
            result[key] = [strip(member) for member in schema[key]]
    return result


def sentences(schema: Schema) -> list[str]:
    """What the conditions of the argument object say, each about the argument that it rules."""
    return [_said(entry) for entry in schema.get("allOf", []) if "description" in entry]


def _said(entry: Schema) -> str:
    ruled = entry.get("then", entry)
    names = list(dict.fromkeys([*ruled.get("required", []), *ruled.get("properties", {})]))
    subject = " and ".join(f"`{name}`" for name in names) or "the call"
    return f"{subject} {entry['description']}"

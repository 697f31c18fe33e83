"""Words of the reference page: what a person reads about arguments, effects and limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from famulor_codegen.table import Json, RateLimit, Schema, Tool

BADGES = {
    "read": "reads",
    "write": "changes the account",
    "delete": "deletes for good",
    "spend": "costs money",
    "contact": "reaches a person",
}
_MANY = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of arguments, ready for Markdown."""

    name: str
    type: str
    required: str
    default: str
    words: str


def rows(tool: Tool) -> list[Row]:
    """The arguments of a tool in the order in which clients see them."""
    shown, required = tool.input_schema["properties"], tool.input_schema.get("required", [])
    enforced = tool.enforced_schema["properties"]
    return [
        Row(
            name=f"`{name}`",
            type=_cell(kind(schema) + _limits(enforced.get(name, schema))),
            required="yes" if name in required else "",
            default=_literal(tool.defaults[name]) if name in tool.defaults else "",
            words=_cell(schema.get("description", "")),
        )
        for name, schema in shown.items()
    ]


def kind(schema: Schema) -> str:
    """The type of a value in words."""
    if "enum" in schema:
        values = [_literal(value) for value in schema["enum"]]
        more = f" … ({len(values)} values)" if len(values) > _MANY else ""
        return " · ".join(values[:_MANY]) + more
    kinds = schema.get("type", "any value")
    words = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    return f"{words} of {kind(schema['items'])}" if "items" in schema else words


def _limits(schema: Schema) -> str:
    said = [
        _range(schema, "minimum", "maximum", ""),
        _range(schema, "minLength", "maxLength", " characters"),
        _range(schema, "minItems", "maxItems", " items"),
    ]
    if "exclusiveMinimum" in schema:
        said.append(f"over {schema['exclusiveMinimum']}")
    if "exclusiveMaximum" in schema:
        said.append(f"under {schema['exclusiveMaximum']}")
    if schema.get("uniqueItems"):
        said.append("no item twice")
    if "format" in schema:
        said.append(schema["format"])
    if "pattern" in schema:
        said.append(f"`{schema['pattern']}`")
    words = [word for word in said if word]
    return f", {', '.join(words)}" if words else ""


def _range(schema: Schema, low: str, high: str, unit: str) -> str:
    if low in schema and high in schema:
        return f"{schema[low]} to {schema[high]}{unit}"
    if low in schema:
        return f"at least {schema[low]}{unit}"
    return f"at most {schema[high]}{unit}" if high in schema else ""


def limit(limits: tuple[RateLimit, ...]) -> str:
    """Rate limits in words."""
    return ", ".join(f"{limit.requests} in {limit.seconds} s" for limit in limits)


def block(value: Json) -> str:
    """JSON for a fenced block."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def fields(schema: Schema) -> str:
    """The known fields of an answer."""
    return ", ".join(f"`{name}`" for name in schema.get("properties", {}))


def _literal(value: Any) -> str:
    return _cell(f"`{json.dumps(value, ensure_ascii=False)}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

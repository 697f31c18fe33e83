"""What the document says that answers look like, as data for a probe of the real API.

Only what can differ is kept: types, names, values. Words are not, so that a change of one word
changes nothing here. References stay references, so that what answers share stands once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.refs import find, follow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_codegen.document import Operation

Raw = dict[str, Any]

_KEPT = ("$ref", "type", "nullable", "enum", "const", "required")
_INNER = ("items", "additionalProperties")
_CHOICES = ("allOf", "oneOf", "anyOf")


def answers(raw: Raw, operation: Operation) -> dict[str, Raw | None]:
    """Status → the schema of its JSON; None where the document has none."""
    found: dict[str, Raw | None] = {}
    for status, response in operation.raw["responses"].items():
        if not status.startswith("x-"):
            content = follow(raw, response, "")[0].get("content", {})
            schemas = [
                media.get("schema", {})
                for name, media in content.items()
                if name.partition(";")[0].endswith("json")
            ]
            found[status] = bare(schemas[0]) if schemas else None
    return found


def schemas(raw: Raw, answers: list[Raw | None]) -> dict[str, Raw]:
    """Every schema that `answers` refer to, by its reference, sorted."""
    found: dict[str, Raw] = {}
    waiting = [name for schema in answers for name in references(schema)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = bare(find(raw, name))
            waiting += references(found[name])
    return dict(sorted(found.items()))


def bare(schema: Any) -> Any:
    """A schema without words, examples and limits."""
    if not isinstance(schema, dict):
        return schema
    kept = {key: schema[key] for key in _KEPT if key in schema}
    if "known" in (hints := schema.get("x-mcp", {})):
        kept["known"] = hints["known"]
    kept |= {key: bare(schema[key]) for key in _INNER if key in schema}
    kept |= {key: [bare(one) for one in schema[key]] for key in _CHOICES if key in schema}
    if "properties" in schema:
        kept["properties"] = {name: bare(value) for name, value in schema["properties"].items()}
    return kept


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from references(one)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from references(value)

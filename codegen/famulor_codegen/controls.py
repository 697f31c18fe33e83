"""Controls: arguments that the gateway itself understands and that never go on the wire.

Which a tool has follows from facts of the document. All are enforced. Advertised is what earns its
tokens, without a description: the instructions explain controls once, and an answer that was cut
or confirmed says which one continues it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from famulor_codegen.resolve import Schema

LONGEST_WAIT = 50
FACTS = {
    "fields": ("unknown_fields",),
    "all": ("stopped",),
    "offset": ("more", "cut"),
    "wait": ("pending",),
}
"""What the gateway may add to the answer of a tool that has these controls."""
_BOOLEAN = {"type": "boolean"}
_COSTLY = {"spend", "contact"}
_GRAVE = {"spend", "contact", "delete"}


@dataclass(frozen=True, slots=True)
class Control:
    """One argument for the gateway: the schema that `check` enforces, and what clients see."""

    name: str
    enforced: Schema
    advertised: Schema | None = None


def controls(
    effect: str, hints: dict[str, Any], rows: str, arguments: Collection[str]
) -> tuple[Control, ...]:
    """The controls of a tool. `rows` is the field of its answer that holds a list, or empty."""
    return (*_safety(effect), *_reading(effect, hints, rows, arguments))


def _safety(effect: str) -> Iterator[Control]:
    if effect in _GRAVE:
        yield Control("dry_run", _BOOLEAN, _BOOLEAN)
        yield Control("confirm_token", {"type": "string", "minLength": 1, "maxLength": 4000})
    elif effect != "read":
        yield Control("dry_run", _BOOLEAN)
    if effect in _COSTLY:
        yield Control("repeat", _BOOLEAN, _BOOLEAN)


def _reading(
    effect: str, hints: dict[str, Any], rows: str, arguments: Collection[str]
) -> Iterator[Control]:
    if effect != "read":
        return
    if "concise" in hints:
        detail = {"type": "string", "enum": ["concise", "full"]}
        yield Control("detail", detail, detail)
    paged = bool(rows and {"page", "cursor"} & set(arguments))
    field = {"type": "string", "minLength": 1, "maxLength": 200}
    names = {"type": "array", "items": {"type": "string"}}
    enforced = {**names, "items": field, "minItems": 1, "maxItems": 100}
    yield Control("fields", enforced, names if paged and "concise" in hints else None)
    if paged:
        yield Control("all", _BOOLEAN, _BOOLEAN)
    start = {"type": "integer"} if hints.get("long") else None
    yield Control("offset", {"type": "integer", "minimum": 0}, start)
    if "until" in hints:
        seconds = {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT}
        yield Control("wait", seconds, {"type": "integer"})


def enforce(schema: Schema, added: Iterable[Control]) -> Schema:
    """The enforced schema with the controls after the arguments."""
    own = {control.name: control.enforced for control in added}
    return {**schema, "properties": {**schema["properties"], **own}}


def advertise(schema: Schema, added: Iterable[Control]) -> Schema:
    """The advertised schema with the controls that are shown."""
    own = {control.name: control.advertised for control in added if control.advertised}
    return {**schema, "properties": {**schema["properties"], **own}}


def answer(schema: Schema, added: Iterable[Control]) -> Schema:
    """The output schema with what the gateway may add."""
    own: Schema = {name: {} for control in added for name in FACTS.get(control.name, ())}
    return {**schema, "properties": {**own, **schema["properties"]}}

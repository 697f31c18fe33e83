"""What a tool does to money and people: when its effect holds, whom it reaches, what must be said.

The account's balance and the number of people that a call sets going stand in answers of other
tools; that those exist is checked here as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.table import Audience, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_codegen.table import Catalogue, Schema, Tool

EFFECTS = "read, write, delete, spend, contact"
REACHING = frozenset({"contact", "write"})
"""What is written down may be dialled later."""

_NUMBER = ("^\\+", "^[+]")
_COSTLY = frozenset({"spend", "contact"})
_ASKED = frozenset({"spend", "contact", "delete"})


def ledger(hints: Mapping[str, Any]) -> Ledger | None:
    """Where the balance of the account stands, by the document's x-mcp."""
    account = hints.get("account")
    return Ledger(account["tool"], account["balance"]) if account else None


def audience(hints: Mapping[str, Any]) -> Audience | None:
    """How many people a call sets going, by the tool's x-mcp."""
    said = hints.get("audience")
    return Audience(said["tool"], said["count"], said.get("with", {})) if said else None


def conditions(hints: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The values of arguments with which the effect holds, by the tool's x-mcp."""
    return {name: tuple(values) for name, values in hints.get("effect_when", {}).items()}


def destinations(schema: Schema) -> Iterator[tuple[str, ...]]:
    """Paths of numbers at which people may be reached; "*" is any item.

    They are marked, or are international phone numbers by their pattern and not marked otherwise.
    """
    by_pattern = str(schema.get("pattern", "")).startswith(_NUMBER)
    if schema.get("x-mcp", {}).get("destination", by_pattern):
        yield ()
    for name, value in schema.get("properties", {}).items():
        yield from ((name, *path) for path in destinations(value))
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from (("*", *path) for path in destinations(schema[key]))
    for key in ("oneOf", "anyOf", "allOf"):
        for member in schema.get(key, []):
            yield from destinations(member)


def words(tool: Tool) -> str:
    """In which calls the effect holds, for people: "`action` is start or restart"."""
    return " and ".join(
        f"`{name}` is {' or '.join(map(str, values))}" for name, values in tool.effect_when.items()
    )


def check_tool(tool: Tool, known: Mapping[str, Tool]) -> Iterator[str]:
    """What is lacking or wrong in a tool's words on its effect."""
    yield from _words(tool)
    yield from _conditions(tool)
    if tool.audience and tool.effect != "contact":
        yield "`audience` counts people: only a tool with the effect contact has one"
    if tool.audience:
        told = tool.audience
        yield from _read("`audience`", told.tool, told.count, known)
        yield from given("`audience`", told.arguments, tool, known.get(told.tool))


def check_document(catalogue: Catalogue, known: Mapping[str, Tool]) -> Iterator[str]:
    """What is wrong in the document's words on the account."""
    if catalogue.account is None:
        return
    name, field = catalogue.account
    yield from _read("`account`", name, field, known)
    if name in known and (required := known[name].enforced_schema.get("required")):
        yield f"`account` names {name!r}, which needs {', '.join(required)}"


def given(
    begin: str, arguments: Mapping[str, Any], tool: Tool, listing: Tool | None
) -> Iterator[str]:
    """What is wrong with the arguments that one tool gives another."""
    for name, value in arguments.items():
        if listing and name not in listing.input_schema["properties"]:
            yield f"{begin} gives {listing.name} an argument {name!r} that it does not have"
        other = value.get("argument") if isinstance(value, dict) else None
        if other is not None and other not in tool.input_schema["properties"]:
            yield f"{begin} takes the value of `{other}`, which is no argument of {tool.name}"


def _words(tool: Tool) -> Iterator[str]:
    if not tool.effect:
        yield f"{tool.method} needs an `effect` in x-mcp: {EFFECTS}"
    if tool.effect in _COSTLY and not tool.cost:
        yield f"the effect {tool.effect} needs a `cost` in x-mcp: who pays what"
    if tool.effect in _ASKED and not tool.preview:
        yield f"the effect {tool.effect} needs a `preview` in x-mcp"
    if tool.effect not in {"", "read"} and not tool.idempotent and not tool.verify:
        yield "needs `verify` in x-mcp: the tool that tells whether a lost call was taken"


def _conditions(tool: Tool) -> Iterator[str]:
    if tool.effect_when and tool.effect not in _ASKED:
        yield f"`effect_when` makes other calls a write: it goes with {', '.join(sorted(_ASKED))}"
    arguments = tool.enforced_schema["properties"]
    shown = tool.input_schema["properties"]
    for name, values in tool.effect_when.items():
        if name not in shown:
            yield f"`effect_when` names `{name}`, which is no argument of {tool.name}"
            continue
        allowed = arguments.get(name, {}).get("enum", values)
        for value in values:
            if value not in allowed:
                yield f"`effect_when` names a value {value!r} that `{name}` never has"


def _read(begin: str, name: str, field: str, known: Mapping[str, Tool]) -> Iterator[str]:
    """What is wrong with a field of a tool's answer that is to be read."""
    if name not in known:
        yield f"{begin} names {name!r}, which is no tool"
        return
    if known[name].effect != "read":
        yield f"{begin} names {name!r}, which does not only read"
    fields = known[name].output_schema.get("properties", {})
    if fields and field.partition(".")[0] not in fields:
        yield f"{begin} reads the field `{field}`; {name} answers {', '.join(sorted(fields))}"

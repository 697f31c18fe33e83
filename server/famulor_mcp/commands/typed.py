"""The arguments of a tool as a person types them: `key=value` words, or one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from famulor_mcp.repair import named_type, wanted
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from famulor_tools.table import Tool


def add(parser: argparse.ArgumentParser) -> None:
    """Let the arguments of a tool stand on the command line."""
    parser.add_argument(
        "pairs", nargs="*", metavar="KEY=VALUE", help="JSON where the argument takes it, else text"
    )
    parser.add_argument(
        "--json", dest="object", metavar="OBJECT", help="all arguments as one object"
    )


def arguments(tool: Tool, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were typed. Raises `SettingsError` where they cannot be read."""
    pairs: Sequence[str] = chosen["pairs"]
    whole: str | None = chosen["object"]
    if whole is None:
        return dict(pair(tool, word) for word in pairs)
    if pairs:
        raise SettingsError(f"call takes --json or key=value, not both: {pairs[0]!r}.")
    value = read(whole)
    if not isinstance(value, dict):
        raise SettingsError("call --json must be a JSON object. Example: --json '{\"id\": 42}'")
    return value


def pair(tool: Tool, word: str) -> tuple[str, Any]:
    """An argument. What is JSON is read so, unless the argument takes texts and not that."""
    key, equals, value = word.partition("=")
    if not (key and equals):
        raise SettingsError(f"{word!r} is not key=value. Example: id=42")
    found = read(value)
    schemas = (tool.enforced_schema, tool.input_schema)
    known = [schema["properties"][key] for schema in schemas if key in schema["properties"]]
    types = (wanted(known[0]) if known else None) or {named_type(found)}
    fits = named_type(found) in types or (named_type(found) == "integer" and "number" in types)
    return key, value if "string" in types and found is not None and not fits else found


def read(text: str) -> Any:
    """The value of a JSON text, or the text itself. NaN and the like are no JSON."""
    try:
        return json.loads(text, parse_constant=lambda _name: _no_json())
    except (ValueError, RecursionError):
        return text


def _no_json() -> NoReturn:
    raise ValueError

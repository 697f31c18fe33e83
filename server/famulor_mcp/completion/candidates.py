"""What may stand at the cursor: commands, options and their values, tools and their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from famulor_mcp.commands import COMMANDS
from famulor_mcp.former import named
from famulor_mcp.guard.confirm import MODES
from famulor_mcp.onboarding.clients import NAMES
from famulor_mcp.options import made, split
from famulor_mcp.settings import LEVELS, OUTPUTS, SettingsError
from famulor_tools import PRESETS, TOOLSETS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

    from famulor_mcp.options import Parser
    from famulor_tools.table import Tool

PATHS = ("FILE", "DIR", "FOLDER", "PATH")
"""Names of values that are completed by the shell itself."""

FILES = "files"
"""What the shell is told then."""


class Candidate(NamedTuple):
    """A word that may stand here, and what it means."""

    word: str
    words: str = ""


Found = list[Candidate] | str
"""Candidates, or `FILES`."""


def candidates(words: Sequence[str], current: str, tools: Sequence[Tool]) -> Found:
    """What may stand for `current`, after `words`: the command line without the program."""
    try:
        name, rest = split(words)
    except SettingsError:
        return []
    parser = made(name)
    known = parser.by_option()
    before = words[-1] if words else ""
    if before in known and known[before].nargs != 0:
        return _starting(_values(known[before], current, tools), current)
    option, equals, value = current.partition("=")
    if equals and option in known:
        found = _starting(_values(known[option], value, tools), value)
        return (
            found
            if isinstance(found, str)
            else [Candidate(f"{option}={word}", text) for word, text in found]
        )
    if current.startswith("-"):
        return _starting(_options(known), current)
    if not name:
        return _starting([Candidate(word, one.words) for word, one in COMMANDS.items()], current)
    return _starting(_positional(parser, rest, current, tools), current)


def _starting(found: Found, current: str) -> Found:
    if isinstance(found, str):
        return found
    return [candidate for candidate in found if candidate.word.startswith(current)]


def _options(known: Mapping[str, argparse.Action]) -> list[Candidate]:
    return [
        Candidate(name, action.help or "") for name, action in known.items() if name[:2] == "--"
    ]


def _values(action: argparse.Action, current: str, tools: Sequence[Tool]) -> Found:
    """The values of an option or of a place, where they are known."""
    if action.choices is not None:
        return [Candidate(str(choice)) for choice in action.choices]
    if action.metavar in PATHS:
        return FILES
    sets = [Candidate(name, words) for name, words in TOOLSETS.items()]
    names = [Candidate(tool.name, tool.title) for tool in tools]
    known = {
        "preset": [Candidate(name, one.description) for name, one in PRESETS.items()],
        "toolsets": _listed(sets, current),
        "tools": _listed(names, current),
        "exclude": _listed([*sets, *names], current),
        "confirm": [Candidate(mode) for mode in MODES],
        "output_schemas": [Candidate(name) for name in OUTPUTS],
        "log_level": [Candidate(name) for name in LEVELS],
        "tool": names,
        "client": [Candidate(name) for name in NAMES],
    }
    return known.get(action.dest, [])


def _listed(found: Iterable[Candidate], current: str) -> list[Candidate]:
    """Candidates for the last of several names with commas between them."""
    before, comma, _last = current.rpartition(",")
    taken = before.split(",")
    return [Candidate(before + comma + word, text) for word, text in found if word not in taken]


def _positional(parser: Parser, words: Sequence[str], current: str, tools: Sequence[Tool]) -> Found:
    """What may stand at the first free place of a command."""
    given = _places(parser, words)
    actions = parser.places()
    if not actions:
        return []
    action = actions[min(len(given), len(actions) - 1)]
    if action.dest == "pairs":
        tool = next((named(tools)[word] for word in given if word in named(tools)), None)
        return _pairs(tool, given, current) if tool else []
    return _values(action, current, tools) if len(given) < len(actions) else []


def _places(parser: Parser, words: Sequence[str]) -> list[str]:
    """The words that are no options and no values of options."""
    known = parser.by_option()
    found: list[str] = []
    value = False
    for word in words:
        if not value and not word.startswith("-"):
            found.append(word)
        value = not value and word in known and known[word].nargs != 0
    return found


def _pairs(tool: Tool, given: Sequence[str], current: str) -> list[Candidate]:
    """The arguments of a tool that are not given yet, or the values of one."""
    name, equals, _value = current.partition("=")
    properties: Mapping[str, Mapping[str, Any]] = tool.input_schema["properties"]
    if equals:
        schema = tool.enforced_schema["properties"].get(name, {})
        return [Candidate(f"{name}={value}") for value in allowed(schema)]
    taken = {word.partition("=")[0] for word in given}
    required = tool.input_schema.get("required", ())
    return [
        Candidate(f"{name}=", described(schema, needed=name in required))
        for name, schema in properties.items()
        if name not in taken
    ]


def allowed(schema: Mapping[str, Any]) -> list[str]:
    """The values that a schema names."""
    if schema.get("type") == "boolean":
        return ["true", "false"]
    return [str(value) for value in schema.get("enum", ()) if value is not None]


def described(schema: Mapping[str, Any], *, needed: bool) -> str:
    """An argument in few words."""
    kind = schema.get("type", "")
    words = schema.get("description") or (" or ".join(kind) if isinstance(kind, list) else kind)
    return f"{words}, required" if needed else str(words)

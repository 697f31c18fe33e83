"""The help: a page that teaches the program, and one for each command."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from famulor_mcp.commands import COMMANDS, DEFAULT, Group
from famulor_mcp.options import PROGRAM
from famulor_mcp.screen.columns import cells, hanging, wrap
from famulor_tools import CREDENTIALS, TOOLS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from famulor_mcp.commands import Command
    from famulor_mcp.options import Parser
    from famulor_mcp.screen import Screen

READABLE = 100
"""Columns beyond which help is hard to read."""

WIDEST = 52
"""Columns for the names of options at most."""

COSTLY = next(tool for tool in TOOLS if tool.effect == "contact")
LIST = next(tool for tool in TOOLS if tool.rows and "per_page" in tool.input_schema["properties"])
"""Tools that the examples name."""

SECTIONS = {
    "Which tools": (
        *("--preset", "--toolsets", "--tools", "--exclude", "--read-only"),
        *("--aliases", "--dynamic", "--output-schemas"),
    ),
    "What they may do": (
        *("--confirm", "--policy", "--repeat-window", "--dry-run", "--files"),
        *("--audit", "--audit-full"),
    ),
    "The API": ("--sandbox", "--keyring", "--base-url", "--timeout", "--max-result", "--store"),
}
"""Where the options of every command stand in the help; one that is not here comes last."""

EXAMPLE = {
    "stdio": f"{PROGRAM} --preset calls --confirm always",
    "http": f"{PROGRAM} http --port 8000",
    "sandbox": f"{PROGRAM} sandbox --port 8686",
    "install": f"{PROGRAM} install cursor",
    "uninstall": f"{PROGRAM} uninstall cursor",
    "completion": f'eval "$({PROGRAM} completion bash)"',
    "tools": f"{PROGRAM} tools {COSTLY.name}",
    "call": f"{PROGRAM} call {LIST.name} per_page=5 --sandbox",
    "demo": f"{PROGRAM} demo",
    "doctor": f"{PROGRAM} doctor",
    "policy": f"{PROGRAM} policy check policy.toml",
    "probe": f"{PROGRAM} probe --sandbox",
}
"""A command line for the page of each command."""

EXAMPLES = (
    (EXAMPLE["demo"], "see it work: no account, nobody is called"),
    (EXAMPLE["call"], "call one tool"),
    (EXAMPLE["tools"], "read all about a tool"),
)
KEY = (
    "The API key is read from FAMULOR_API_KEY and never from the command line, which every user of "
    f"a machine can see. {CREDENTIALS} With --sandbox none is needed."
)
VARIABLES = (
    "Every option has a variable: --read-only is FAMULOR_READ_ONLY=true, and so on. "
    f"`{PROGRAM} {DEFAULT} --help` explains them."
)
STATUSES = (
    ("0", "done"),
    ("1", "a called tool failed, a check found a problem, or the output could not be written"),
    ("2", "a wrong option or setting; nothing was done"),
    ("128 + n", "ended by signal n"),
)


def top(screen: Screen, common: Iterable[str]) -> list[str]:
    """The page of the program: commands, examples, key, options by name, exit statuses."""
    usage = f"The Famulor API as MCP tools. Usage: {PROGRAM} [COMMAND] [OPTIONS]"
    lines = wrap(usage, room(screen))
    size = max(map(len, COMMANDS))
    for group in get_args(Group):
        rows = [
            (name.ljust(size), one.words) for name, one in COMMANDS.items() if one.group == group
        ]
        lines += section(group, rows, screen) if rows else []
    lines += section("Examples", EXAMPLES, screen)
    lines += ["", screen.paint("Key", "bold"), *indented(KEY, screen)]
    lines += section("Options", names(common), screen)
    lines += indented(VARIABLES, screen)
    lines += section("Exit status", STATUSES, screen)
    return [*lines, "", f"More about a command: {PROGRAM} COMMAND --help"]


def page(name: str, parser: Parser, common: Sequence[str], screen: Screen) -> list[str]:
    """The page of a command: how it is typed, what is its own, an example, the other options."""
    command = COMMANDS[name]
    places = [place(action) for action in parser.places()]
    usage = " ".join([f"Usage: {PROGRAM} {name}", *places, "[OPTIONS]"])
    lines = [*wrap(usage, room(screen)), "", *wrap(sentence(command), room(screen))]
    own = [
        (label(action), action.help or "")
        for action in parser.actions()
        if not set(action.option_strings) & {*common, "--help", "--version"} and action.help
    ]
    lines += section("Its own", own, screen) if own else []
    if example := EXAMPLE.get(name):
        lines += ["", screen.paint("Example", "bold"), f"  {screen.paint(example, 'cyan')}"]
    if name != DEFAULT:
        return [*lines, *section("Options", names(common), screen), *indented(VARIABLES, screen)]
    known = parser.by_option()
    for title, options in grouped(common).items():
        rows = [(label(known[option]), known[option].help or "") for option in options]
        lines += section(title, rows, screen)
    return lines


def sentence(command: Command) -> str:
    """The line of a command as a sentence."""
    return f"{command.words[0].upper()}{command.words[1:]}."


def grouped(common: Iterable[str]) -> dict[str, list[str]]:
    """The options of every command by their sections."""
    left = list(common)
    found = {title: [one for one in options if one in left] for title, options in SECTIONS.items()}
    known = [option for options in found.values() for option in options]
    return {**found, "This program": [option for option in left if option not in known]}


def names(common: Iterable[str]) -> list[tuple[str, str]]:
    """The sections, and the options of each by name alone."""
    return [(title, ", ".join(options)) for title, options in grouped(common).items() if options]


def place(action: argparse.Action) -> str:
    """A word without an option, as it stands in the usage."""
    name = "|".join(map(str, action.choices or ())) if action.metavar is None else action.metavar
    return {"?": f"[{name}]", "*": f"[{name} ...]"}.get(str(action.nargs), str(name))


def label(action: argparse.Action) -> str:
    """An option, or a word without one, as it stands before its explanation."""
    if not action.option_strings:
        return place(action)
    option = action.option_strings[-1]
    if action.nargs == 0:
        return option
    value = "|".join(map(str, action.choices or ())) or action.metavar or action.dest.upper()
    return f"{option} {value}"


def section(title: str, rows: Sequence[tuple[str, str]], screen: Screen) -> list[str]:
    """A title, and below it names with their explanations beside them."""
    widest = WIDEST if room(screen) == READABLE else WIDEST // 2
    column = 4 + min(max(cells(name) for name, _ in rows), widest)
    lines = ["", screen.paint(title, "bold")]
    for name, words in rows:
        shown = f"  {screen.paint(name, 'cyan')}"
        if cells(name) > widest:
            lines += [shown, *hanging("", words, room(screen), column)]
        else:
            lines += hanging(shown, words, room(screen), column)
    return lines


def indented(text: str, screen: Screen) -> list[str]:
    """Text below a title."""
    return [f"  {line}" for line in wrap(text, room(screen) - 2)]


def room(screen: Screen) -> int:
    """Columns for text."""
    return min(screen.width, READABLE)

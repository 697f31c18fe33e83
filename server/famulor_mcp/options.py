"""The words of the command line: options, commands, and what was given of them."""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from famulor_mcp.commands import COMMANDS, DEFAULT
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "famulor-mcp"
OPTIONS: dict[str, tuple[str, str]] = {
    "--preset": ("NAME", "offer a smaller set of tools for one kind of work, such as calls"),
    "--toolsets": ("A,B", "offer the tools of these toolsets (`famulor-mcp tools` names them)"),
    "--tools": ("A,B", "offer these tools, in addition to those of --preset and --toolsets"),
    "--exclude": ("A,B", "do not offer these tools or toolsets"),
    "--base-url": ("URL", "another address of the API"),
    "--timeout": ("SECONDS", "how long one request may take"),
    "--max-result": ("TOKENS", "cut an answer that would cost more, and say how to go on"),
    "--output-schemas": ("off|short|full", "how much the tool list tells of the answers"),
    "--files": ("DIR", "let tools upload files from below this folder"),
    "--confirm": (
        "MODE",
        "ask before calls that reach someone, cost or delete: auto, always, never",
    ),
    "--repeat-window": ("SECONDS", "do not make the same costly call twice in this time; 0 is off"),
    "--policy": ("FILE", "hold calls to the limits in this TOML file"),
    "--audit": ("FILE", "put every call that changes something on record, one JSON line each time"),
    "--store": (
        "URL",
        "share at-most-once, counts and pacing with other processes through this Redis",
    ),
    "--log-level": ("LEVEL", "debug, info, warning or error, on stderr"),
}
FLAGS = {
    "--read-only": "offer only tools that change nothing; wins over every other choice",
    "--aliases": "list tools under their older names as well; these work unlisted, too",
    "--dry-run": "send nothing that changes anything: show what would be sent",
    "--audit-full": "do not mask numbers and texts in the record; secrets are hidden all the same",
    "--dynamic": "list three tools that find, describe and call all others",
    "--keyring": "read the key from this machine's keychain; needs famulor-mcp[keyring]",
    "--sandbox": "use a made-up account inside this process: no key, no cost, no one is called",
}
COMMON = (*OPTIONS, *FLAGS, "--version", "--help")


class Parser(argparse.ArgumentParser):
    """argparse with short errors: one line, then where to look."""

    def format_help(self) -> str:
        """The page of the program or of the command, as wide as the terminal."""
        from famulor_mcp import help as pages
        from famulor_mcp.screen import screen

        console, common = screen(sys.stdout), [*OPTIONS, *FLAGS]
        name = self.prog.removeprefix(PROGRAM).strip()
        lines = pages.page(name, self, common, console) if name else pages.top(console, common)
        return "\n".join([*lines, ""])

    def actions(self) -> list[argparse.Action]:
        """All that may stand on its command line."""
        return list(self._actions)

    def by_option(self) -> dict[str, argparse.Action]:
        """What each option does."""
        return dict(self._option_string_actions)

    def places(self) -> list[argparse.Action]:
        """What words without an option are, in their order."""
        return [action for action in self._actions if not action.option_strings]

    def known(self) -> list[str]:
        """The options it has."""
        return [name for name in self._option_string_actions if name.startswith("--")]

    def error(self, message: str) -> NoReturn:
        missing = message.partition("are required: ")[2].removesuffix(", KEY=VALUE")
        if missing:
            lists = f" `{PROGRAM} tools` lists them." if missing == "TOOL" else ""
            message = f"{self.prog.removeprefix(PROGRAM).strip()} needs {missing}.{lists}"
        raise SettingsError(message)


def parse(arguments: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The name of the command, and what stands on the command line. Raises `SettingsError`."""
    name, words = split(arguments)
    parser = made(name)
    for word in words:
        if word.startswith("--") and word.partition("=")[0] not in parser.known():
            raise _unknown(word, parser.known())
    found, rest = parser.parse_known_args(words)
    chosen = vars(found)
    if "pairs" in chosen:  # argparse takes words before an option only
        chosen["pairs"] += [word for word in rest if not word.startswith("-")]
        rest = [word for word in rest if word.startswith("-")]
    if rest:
        raise _unknown(rest[0], parser.known())
    return name or DEFAULT, chosen


def made(name: str) -> Parser:
    """The parser of a command, or of the program alone."""
    parser = _parser(name)
    COMMANDS[name or DEFAULT].load().add(parser)
    return parser


def split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The name of the command, or nothing, and all other words. An option's value is no command."""
    value = False
    for index, word in enumerate(arguments):
        if value or word.startswith("-"):
            if not value and word.startswith("--") and word.partition("=")[0] not in COMMON:
                raise _unknown(word, COMMON)
            value = not value and word in OPTIONS
            continue
        if word not in COMMANDS:
            close = get_close_matches(word, COMMANDS, n=2, cutoff=0.5)
            nearest = f" Nearest: {', '.join(close)}." if close else ""
            raise SettingsError(
                f"there is no command {word!r}.{nearest} All: {', '.join(COMMANDS)}."
            )
        return word, [*arguments[:index], *arguments[index + 1 :]]
    return "", list(arguments)


def _unknown(word: str, known: Sequence[str]) -> SettingsError:
    name = word.partition("=")[0]
    if not name.startswith("-"):
        return SettingsError(f"{name!r} is one word too many.")
    close = get_close_matches(name, known, n=2, cutoff=0.5)
    nearest = f" Nearest: {', '.join(close)}." if close else ""
    return SettingsError(f"{name!r} is not known here.{nearest}")


def _parser(command: str) -> Parser:
    """The parser of a command with the options of every command; without one, of the program."""
    parser = Parser(prog=f"{PROGRAM} {command}".rstrip(), allow_abbrev=False)
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version")
    for name, (value, words) in OPTIONS.items():
        parser.add_argument(name, metavar=value, help=words)
    for name, words in FLAGS.items():
        parser.add_argument(name, action="store_const", const=True, help=words)
    return parser


class _ShowVersion(argparse.Action):
    """Looks the version up only when asked: that takes longer than parsing the options."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        sys.stdout.write(f"{PROGRAM} {version()}\n")
        parser.exit()


def version() -> str:
    """The version of this package, as installed."""
    from importlib import metadata

    return metadata.version(PROGRAM)

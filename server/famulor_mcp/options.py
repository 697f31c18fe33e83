"""The words of the command line: options, commands, and what was given of them."""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "famulor-mcp"
PORT = 8686
EPILOG = """\
Every option has a variable: --read-only is FAMULOR_READ_ONLY=true, and so on. The API key is read
from FAMULOR_API_KEY alone, because every user of a machine can see its command lines.
"""
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
    "--sandbox": "use a made-up account inside this process: no key, no cost, no one is called",
}


class Parser(argparse.ArgumentParser):
    """argparse with short errors: one line, then where to look."""

    def error(self, message: str) -> NoReturn:
        missing = message.partition("are required: ")[2].removesuffix(", KEY=VALUE")
        if missing:
            lists = f" `{PROGRAM} tools` lists them." if missing == "TOOL" else ""
            message = f"{self.prog.removeprefix(PROGRAM).strip()} needs {missing}.{lists}"
        raise SettingsError(message)


def parse(arguments: Sequence[str]) -> dict[str, Any]:
    """What stands on the command line. Raises `SettingsError`."""
    own = ["--json", "--yes", "--with", "--report", "--port", "--version", "--help"]
    known = [*OPTIONS, *FLAGS, *own]
    for word in arguments:
        if word.startswith("--") and word.partition("=")[0] not in known:
            raise _unknown(word, known)
    found, rest = _parser().parse_known_args(list(arguments))
    chosen = vars(found)
    if chosen.get("command") in {"call", "policy"}:  # argparse takes words before an option only
        chosen["pairs"] += [word for word in rest if not word.startswith("-")]
        rest = [word for word in rest if word.startswith("-")]
    if rest:
        raise _unknown(rest[0], [name for name in known if name != rest[0]])
    return chosen


def _unknown(word: str, known: Sequence[str]) -> SettingsError:
    name = word.partition("=")[0]
    close = get_close_matches(name, known, n=2, cutoff=0.5) or sorted(known)
    return SettingsError(f"{name!r} is not known here. Nearest: {', '.join(close)}.")


def _parser() -> Parser:
    options = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    for name, (value, words) in OPTIONS.items():
        options.add_argument(name, metavar=value, help=words)
    for name, words in FLAGS.items():
        options.add_argument(name, action="store_const", const=True, help=words)
    parser = Parser(
        prog=PROGRAM,
        description="The Famulor API as MCP tools.",
        epilog=EPILOG,
        parents=[options],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=words, description=words, parents=[options], allow_abbrev=False
        )

    command("stdio", "serve MCP on stdin and stdout (the default)")
    listing = command("tools", "list the tools that are offered")
    listing.add_argument("--json", action="store_true", dest="as_json", help="as clients see them")
    call = command("call", "call one tool and print its answer")
    call.add_argument("tool", metavar="TOOL")
    _add_arguments(call)
    call.add_argument("--yes", action="store_const", const=True, help="do it without asking")
    policy = command("policy", "explain a policy file, and what it would do to a call")
    policy.add_argument("check", choices=["check"])
    policy.add_argument("file", metavar="FILE")
    policy.add_argument("tool", metavar="TOOL", nargs="?", default=None)
    _add_arguments(policy)
    sandbox = command("sandbox", "serve the made-up account over HTTP on this machine")
    sandbox.add_argument(
        "--port", type=int, default=PORT, help=f"default {PORT}; 0 takes a free one"
    )
    probe = command("probe", "compare what the API answers with what its document says")
    probe.add_argument(
        "--with",
        dest="named",
        metavar="TOOL={…}",
        action="append",
        default=[],
        help="call this tool with an effect, too",
    )
    probe.add_argument("--report", metavar="FILE", default=None, help="write the report here, too")
    command("demo", "place a call in the sandbox, as a client over stdio would")
    return parser


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a tool, as words or as one object."""
    parser.add_argument(
        "pairs", nargs="*", metavar="KEY=VALUE", help="JSON where the argument takes it, else text"
    )
    parser.add_argument(
        "--json", dest="object", metavar="OBJECT", help="all arguments as one object"
    )


class _ShowVersion(argparse.Action):
    """Looks the version up only when asked: that takes longer than parsing the options."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        sys.stdout.write(f"{PROGRAM} {version()}\n")
        parser.exit()


def version() -> str:
    """The version of this package, as installed."""
    from importlib import metadata

    return metadata.version(PROGRAM)

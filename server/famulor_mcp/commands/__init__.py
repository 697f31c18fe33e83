"""The commands, one module each: `add(parser)` gives it its words, `run(settings, chosen)` does it.

To add a command, add its module to `COMMANDS`. A module is loaded when its command is given, so it
may import at its top what it needs; the table must stay cheap, because `stdio` starts through it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from famulor_mcp.settings import Settings

Group = Literal["Serve", "Set up", "Use", "Check"]
"""Where a command stands in the help."""


class Module(Protocol):
    """What the module of a command has."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Give the parser the words of this command alone; it has those of every command."""

    def run(self, settings: Settings, chosen: Mapping[str, Any]) -> int:
        """Do it. `chosen` is what stands on the command line, by `dest`; returns the exit status.

        Raises:
            SettingsError: a wrong option or setting; printed in one line, exit status 2.
        """


class Command(NamedTuple):
    """A command: where it stands in the help, its one line there, and the name of its module.

    One that is `tolerant` runs with what can be read of wrong settings; the errors are in
    `chosen["faults"]`.
    """

    group: Group
    words: str
    module: str
    tolerant: bool = False

    def load(self) -> Module:
        return cast("Module", import_module(self.module))


DEFAULT = "stdio"
COMMANDS = {
    "stdio": Command(
        "Serve", "serve MCP on stdin and stdout (the default)", "famulor_mcp.commands.stdio"
    ),
    "http": Command(
        "Serve",
        "serve MCP over HTTP to many people, each with their own key",
        "famulor_mcp.hosted.command",
    ),
    "sandbox": Command(
        "Serve",
        "serve the made-up account over HTTP on this machine",
        "famulor_mcp.commands.sandbox",
    ),
    "install": Command(
        "Set up",
        "put this server into the configuration of a client",
        "famulor_mcp.onboarding.install",
    ),
    "uninstall": Command("Set up", "take it out again", "famulor_mcp.onboarding.uninstall"),
    "tools": Command("Use", "list the tools that are offered", "famulor_mcp.commands.tools"),
    "call": Command("Use", "call one tool and print its answer", "famulor_mcp.commands.call"),
    "demo": Command(
        "Use",
        "place a call in the sandbox, as a client over stdio would",
        "famulor_mcp.commands.demo",
    ),
    "completion": Command(
        "Set up",
        "print what makes bash, zsh or fish complete this command",
        "famulor_mcp.completion.command",
        tolerant=True,
    ),
    "doctor": Command(
        "Check",
        "find out what is wrong on this machine, and how to mend it",
        "famulor_mcp.doctor.command",
        tolerant=True,
    ),
    "policy": Command(
        "Check",
        "explain a policy file, and what it would do to a call",
        "famulor_mcp.commands.policy",
    ),
    "probe": Command(
        "Check",
        "compare what the API answers with what its document says",
        "famulor_mcp.probe.command",
    ),
}

"""`famulor-mcp policy check`: explains a policy file, and what it would do to a call."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.arguments import explain as refusal
from famulor_mcp.commands import typed
from famulor_mcp.guard.explain import explain, judge
from famulor_mcp.output import say
from famulor_mcp.settings import SettingsError
from famulor_tools import TOOLS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from famulor_mcp.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("check", choices=["check"])
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("tool", metavar="TOOL", nargs="?", default=None)
    typed.add(parser)


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:  # noqa: ARG001 - as every command
    """Explain the file, or judge the call; asks no one. Exit status 1 where it is blocked."""
    policy = offered.policy_in(Path(chosen["file"]))
    if chosen["tool"] is None:
        say(explain(policy))
        return 0
    tool = offered.named(TOOLS, chosen["tool"])
    arguments = typed.arguments(tool, chosen)
    if problems := tool.check(arguments):
        raise SettingsError(refusal(tool, arguments, problems, {}))
    verdict = judge(policy, tool, arguments, datetime.now(UTC))
    say("\n".join(verdict))
    return 1 if any(line.startswith("Blocked") for line in verdict) else 0

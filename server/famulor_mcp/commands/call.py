"""`famulor-mcp call`: calls one tool and prints its answer. Exit status 1 where it failed."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.commands import typed
from famulor_mcp.output import say
from famulor_mcp.screen import answer, screen
from famulor_mcp.screen.bar import Bar
from famulor_mcp.start import opened
from famulor_mcp.terminal import Terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from famulor_mcp.screen import Screen
    from famulor_mcp.settings import Settings
    from famulor_mcp.shape import Result


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool", metavar="TOOL", help="`famulor-mcp tools` lists them")
    typed.add(parser)
    parser.add_argument("--yes", action="store_const", const=True, help="do it without asking")
    parser.add_argument(
        "--output",
        choices=["auto", "text", "json"],
        default="auto",
        help="how to print the answer; auto is text at a terminal, else json",
    )


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Call the tool and print its answer; the words of a failure go to stderr."""
    policy = offered.policy(settings)
    tools = offered.tools(settings, policy)
    tool = offered.named(tools, chosen["tool"])
    arguments = typed.arguments(tool, chosen)

    async def once() -> Result:
        async with opened(settings, tools, policy) as call:
            with Bar() as bar:
                asker = Terminal(bool(chosen.get("yes")))
                return await call(tool.name, arguments, asker, bar.progress)

    result = asyncio.run(once())
    if result.is_error:
        sys.stderr.write(f"{machine(result)}\n")
        return 1
    console = screen(sys.stdout)
    readable = console.terminal if chosen["output"] == "auto" else chosen["output"] == "text"
    say(people(result, console) if readable else machine(result))
    return 0


def people(result: Result, console: Screen) -> str:
    """An answer for people."""
    return result.text if plain(result) else "\n".join(answer.drawn(result.data, console))


def machine(result: Result) -> str:
    """An answer for programs: JSON, unless it is a sentence."""
    return result.text if plain(result) else json.dumps(result.data, ensure_ascii=False, indent=2)


def plain(result: Result) -> bool:
    """Whether an answer is a sentence and no more."""
    return result.data is None or result.data == {"result": result.text}

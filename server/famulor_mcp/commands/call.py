"""`famulor-mcp call`: calls one tool and prints its answer. Exit status 1 where it failed."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.commands import typed
from famulor_mcp.output import say
from famulor_mcp.start import opened
from famulor_mcp.terminal import Terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from famulor_mcp.settings import Settings
    from famulor_mcp.shape import Result


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool", metavar="TOOL")
    typed.add(parser)
    parser.add_argument("--yes", action="store_const", const=True, help="do it without asking")


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Call the tool and print its answer; the words of a failure go to stderr."""
    policy = offered.policy(settings)
    tools = offered.tools(settings, policy)
    tool = offered.named(tools, chosen["tool"])
    arguments = typed.arguments(tool, chosen)

    async def once() -> int:
        async with opened(settings, tools, policy) as call:
            answer = await call(tool.name, arguments, Terminal(bool(chosen.get("yes"))))
        (sys.stderr.write if answer.is_error else say)(shown(answer) + "\n")
        return 1 if answer.is_error else 0

    return asyncio.run(once())


def shown(answer: Result) -> str:
    """An answer for people and for pipes: JSON, unless it is a sentence."""
    if answer.data is None or answer.data == {"result": answer.text}:
        return answer.text
    return json.dumps(answer.data, ensure_ascii=False, indent=2)

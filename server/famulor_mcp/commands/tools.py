"""`famulor-mcp tools`: what a client would be shown, as a table, a page or JSON."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.options import PROGRAM
from famulor_mcp.output import say
from famulor_mcp.resources import reference
from famulor_mcp.screen import columns, markdown, screen

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from famulor_mcp.screen import Screen
    from famulor_mcp.settings import Settings
    from famulor_tools.table import Tool


COLOURS = {"read": "green", "spend": "yellow", "contact": "yellow", "delete": "red"}
HEADS = ("TOOL", "EFFECT", "TOOLSET", "TITLE")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool", metavar="TOOL", nargs="?", default=None, help="all about one tool")
    parser.add_argument("--json", action="store_true", dest="as_json", help="as clients see them")


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Print the list of tools, or the page of one."""
    tools = offered.tools(settings, offered.policy(settings))
    shown = offered.shown(tools, settings)
    if name := chosen["tool"]:
        shown = (offered.named((*tools, *shown), name),)
    if chosen["as_json"]:
        say(json.dumps(wire(shown, settings, one=bool(name)), ensure_ascii=False, indent=2))
    else:
        console = screen(sys.stdout)
        say("\n".join(page(shown[0], console) if name else table(shown, console)))
    return 0


def wire(tools: Sequence[Tool], settings: Settings, *, one: bool) -> Any:
    """The tools as they go to clients."""
    from famulor_mcp.plain import wire_tool

    listed = [wire_tool(tool, settings.output_schemas) for tool in tools]
    return listed[0] if one else listed


def table(tools: Sequence[Tool], console: Screen) -> list[str]:
    """Name, effect, toolset and title of each tool, in columns."""
    rows = [HEADS, *((tool.name, tool.effect, tool.toolset, tool.title) for tool in tools)]

    def style(row: int, column: int, text: str) -> str:
        if row == 0:
            return console.paint(text, "dim")
        return console.paint(text, COLOURS.get(text.strip(), "")) if column == 1 else text

    return columns.table(rows, console.width, style)


def page(tool: Tool, console: Screen) -> list[str]:
    """All about one tool: its section of the reference, and how to call it from here."""
    section = reference(tool.toolset, {tool.name}).partition("\n### ")[2]
    section = section or f"{tool.name}\n\n**{tool.title}**\n\n{tool.description}"
    lines = markdown.drawn(f"### {section}", console)
    if not tool.method:
        return lines
    command = shlex.join([PROGRAM, "call", tool.name, *map(word, tool.example.items())])
    return [*lines, "", "From a shell:", "", console.paint(f"  {command}", "cyan")]


def word(argument: tuple[str, Any]) -> str:
    """An argument as `call` takes it."""
    name, value = argument
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{name}={text}"

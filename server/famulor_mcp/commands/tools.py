"""`famulor-mcp tools`: what a client would be shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.output import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from famulor_mcp.settings import Settings
    from famulor_tools.table import Tool


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", dest="as_json", help="as clients see them")


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Print the list of tools."""
    tools = offered.shown(offered.tools(settings, offered.policy(settings)), settings)
    if chosen["as_json"]:
        from famulor_mcp.protocol import wire_tool

        listed = [wire_tool(tool, settings.output_schemas) for tool in tools]
        say(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        say(table(tools))
    return 0


def table(tools: Sequence[Tool]) -> str:
    """Name, effect, toolset and title of each tool, in columns."""
    rows = [("TOOL", "EFFECT", "TOOLSET", "TITLE")]
    rows += [(tool.name, tool.effect, tool.toolset, tool.title) for tool in tools]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[3]]))
    return "\n".join(lines)

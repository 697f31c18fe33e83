"""What a tool costs in a model's context, and the most it may cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from famulor_codegen.errors import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_codegen.errors import Report
    from famulor_codegen.table import Catalogue, Preset

BUDGET = 600
"""Tokens of one tool, unless its x-mcp says `budget`."""
TOTAL = 9_000
"""Tokens of all tools together, unless the document's x-mcp says `budget`."""
LISTED = 13_000
"""Tokens of the whole list as it is sent: titles, annotations and short output schemas as well."""
SHORT = {"type": "object"}
"""The output schema that is listed unless an operator asks for none or for the full one."""

PRESET_TOOLS, PRESET_TOKENS = 30, 4_000
"""Tools, and their tokens, of one preset: small models and capped clients take no more."""
DYNAMIC_TOKENS = 900
"""Tokens of the tools that stand for all others, with titles, annotations and answers."""


def tokens(name: str, description: str, input_schema: Mapping[str, Any]) -> int:
    """Characters of name, description and compact input schema by four, rounded up."""
    schema = json.dumps(input_schema, ensure_ascii=False, separators=(",", ":"))
    return -(-(len(name) + len(description) + len(schema)) // 4)


def check(catalogue: Catalogue, report: Report) -> None:
    """Note each tool over its budget, and a list over the total."""
    for tool in catalogue.tools:
        if tool.tokens > tool.budget:
            report.add(
                tool.pointer,
                f"{tool.name} costs {tool.tokens} tokens of at most {tool.budget}: "
                "say less, advertise less, or set x-mcp `budget`",
            )
    total = sum(tool.tokens for tool in catalogue.tools)
    if total > catalogue.budget:
        words = f"all tools together cost {total} tokens of at most {catalogue.budget}"
        report.add("/x-mcp", f"{words}: say less, advertise less, or set x-mcp `budget` here")
    whole, most = listed(catalogue, "short"), LISTED + catalogue.budget - TOTAL
    if whole > most:
        words = f"the whole list costs {whole} tokens of at most {most}"
        report.add("/x-mcp", f"{words}: it follows x-mcp `budget`")


def check_presets(catalogue: Catalogue, report: Report) -> None:
    """Note each preset over its bounds."""
    for name, preset in catalogue.material.presets.items():
        at = join("/x-mcp/presets", name)
        if len(preset.tools) > PRESET_TOOLS:
            report.add(at, f"{name} has {len(preset.tools)} tools of at most {PRESET_TOOLS}")
        total = cost(catalogue, preset)
        if total > PRESET_TOKENS:
            report.add(at, f"{name} costs {total} tokens of at most {PRESET_TOKENS}")


def cost(catalogue: Catalogue, preset: Preset) -> int:
    """Tokens of a preset's tools."""
    return sum(tool.tokens for tool in catalogue.tools if tool.name in preset.tools)


def check_dynamic(catalogue: Catalogue, report: Report) -> None:
    """Note the gateway's own tools, as they stand in a list, over their bound."""
    listed = [tool.wire_object for tool in catalogue.dynamic]
    total = -(-len(json.dumps(listed, ensure_ascii=False, separators=(",", ":"))) // 4)
    if total > DYNAMIC_TOKENS:
        report.add("", f"--dynamic costs {total} tokens of at most {DYNAMIC_TOKENS}")
    for tool in catalogue.tools:
        if tool.name in {own.name for own in catalogue.dynamic}:
            report.add(tool.pointer, f"`{tool.name}` is the name of a tool of the gateway itself")


def listed(catalogue: Catalogue, outputs: str) -> int:
    """Tokens of the list that clients get, with output schemas off, short or full."""
    tools = [tool.wire_object for tool in catalogue.tools]
    if outputs != "full":
        tools = [{k: v for k, v in tool.items() if k != "outputSchema"} for tool in tools]
    if outputs == "short":
        tools = [{**tool, "outputSchema": SHORT} for tool in tools]
    return -(-len(json.dumps({"tools": tools}, ensure_ascii=False, separators=(",", ":"))) // 4)

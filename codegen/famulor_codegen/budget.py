"""What a tool costs in a model's context, and the most it may cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_codegen.errors import Report
    from famulor_codegen.table import Catalogue

BUDGET = 600
"""Tokens of one tool, unless its x-mcp says `budget`."""
TOTAL = 10_000
"""Tokens of all tools together."""


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
    if total > TOTAL:
        report.add("", f"all tools together cost {total} tokens of at most {TOTAL}")

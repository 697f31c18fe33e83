"""What the tool list costs: the committed figures are the server's, and within the bounds."""

import json
import re
from pathlib import Path

import pytest

from famulor_mcp.plain import wire_tool
from famulor_tools import TOOLS

REFERENCE = Path(__file__).parents[2] / "generated" / "famulor_tools" / "TOOLS.md"
FIGURES = re.search(
    r"cost a model (?P<together>\d+) tokens .* as it is sent costs (?P<short>\d+); "
    r"(?P<off>\d+) with `--output-schemas off`, (?P<full>\d+) with `full`",
    REFERENCE.read_text(encoding="utf-8"),
)


def cost(outputs: str) -> int:
    listed = {"tools": [wire_tool(tool, outputs) for tool in TOOLS]}
    return -(-len(json.dumps(listed, ensure_ascii=False, separators=(",", ":"))) // 4)


@pytest.mark.parametrize("outputs", ["off", "short", "full"])
def test_the_committed_cost_of_the_list_is_what_the_server_sends(outputs: str) -> None:
    assert FIGURES
    assert int(FIGURES[outputs]) == cost(outputs)


def test_the_list_is_within_its_bounds() -> None:
    assert FIGURES
    assert int(FIGURES["together"]) <= 9_000
    assert int(FIGURES["short"]) <= 13_000
    for outputs in ("short", "full"):
        assert (cost(outputs) - cost("off")) / len(TOOLS) <= 60


def test_every_tool_that_keeps_less_can_show_everything() -> None:
    for tool in TOOLS:
        assert bool(tool.concise) == ("detail" in tool.controls)
        assert bool(tool.until) == ("wait" in tool.controls)
        assert ("offset" in tool.controls) == (tool.effect == "read")

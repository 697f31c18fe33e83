"""The MCP Inspector's command line lists and calls the tools, in both eras of the protocol.

Its exit codes: 0 done, 5 a result with `isError` or an unknown tool, 6 a schema error by
`--strict`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from famulor_tools import TOOLS

pytestmark = pytest.mark.interop

Inspect = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def inspect(inspector: Inspect, tmp_path: Path) -> Inspect:
    """Inspect the sandboxed gateway, started from a client configuration such as people write."""
    config = tmp_path / "mcp.json"
    server = {"command": sys.executable, "args": ["-m", "famulor_mcp", "--sandbox"]}
    config.write_text(json.dumps({"mcpServers": {"famulor": server}}), encoding="utf-8")

    def inspect(*arguments: str) -> subprocess.CompletedProcess[str]:
        return inspector("--config", str(config), "--server", "famulor", *arguments)

    return inspect


@pytest.fixture(params=["legacy", "modern"])
def era(request: pytest.FixtureRequest) -> str:
    """An era of the protocol: up to 2025-11-25, and from 2026-07-28."""
    return str(request.param)


def test_it_lists_every_tool_and_finds_no_schema_error(inspect: Inspect, era: str) -> None:
    listed = inspect("--method", "tools/list", "--strict", "--protocol-era", era)
    assert listed.returncode == 0, listed.stderr
    assert [tool["name"] for tool in json.loads(listed.stdout)["tools"]] == [t.name for t in TOOLS]
    assert re.search(r"\b0 errors", listed.stderr)


def test_the_only_schema_warnings_are_those_that_we_chose(inspect: Inspect) -> None:
    """`type: [T, "null"]` is taken by every client we know; an `anyOf` instead is not.

    Output schemas name the fields and nothing more, so that no answer of the API breaks them.
    """
    stderr = inspect("--method", "tools/list", "--strict").stderr
    warnings = re.findall(r"Path: (.*)\n\s*Issue: (.*)", stderr)
    assert warnings
    assert len(warnings) == len(re.findall(r"^Warning:", stderr, re.MULTILINE))
    surprises = [
        (path, issue)
        for path, issue in warnings
        if not issue.startswith("`type` is an array")
        and not (path.startswith("outputSchema.") and "no validation keyword" in issue)
    ]
    assert surprises == []


def test_it_reads_the_account(inspect: Inspect, era: str) -> None:
    read = inspect("--method", "tools/call", "--tool-name", "get_me", "--protocol-era", era)
    assert read.returncode == 0, read.stderr
    result = json.loads(read.stdout)
    assert set(result["structuredContent"]) == {"name", "email", "total_balance"}
    assert "isError" not in result or result["isError"] is False


def test_it_sees_a_refused_argument_as_an_error_result(inspect: Inspect, era: str) -> None:
    arguments = ("--tool-arg", "phone_number=0151", "--tool-arg", "assistant_id=1")
    call = ("--method", "tools/call", "--tool-name", "make_call", *arguments)
    refused = inspect(*call, "--protocol-era", era)
    assert refused.returncode == 5
    assert json.loads(refused.stdout)["isError"] is True
    assert "phone_number" in refused.stdout

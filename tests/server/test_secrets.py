"""A session over stdio that uses every tool with secrets: none of them is anywhere afterwards."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from tests.server.guarded import ERAS

from famulor_mcp.sandbox import KEY
from famulor_mcp.settings import Settings
from famulor_mcp.start import opened
from famulor_mcp.veil import texts
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from famulor_tools.table import Tool

pytestmark = pytest.mark.anyio

SECRET = "s3cret-of-a-test"
BEARING = [tool for tool in TOOLS if tool.secret_arguments or tool.secret_results]
FILLED: dict[str, Any] = {
    "tools": [
        {
            "type": "calendar_integration",
            "calcom_api_key": SECRET,
            "calcom_event_slug": "visit",
            "description": "When asked for a visit.",
        }
    ],
    "headers": [{"name": "X-Key", "value": SECRET}],
    "sip_password": SECRET,
}


def with_secrets(tool: Tool) -> dict[str, Any]:
    """Valid arguments that hold the secret wherever the tool takes one."""
    first = {path[0] for path in tool.secret_arguments}
    arguments = {**tool.example, **{name: FILLED[name] for name in first}}
    assert not tool.check(arguments), (tool.name, tool.check(arguments))
    for path in tool.secret_arguments:
        assert SECRET in texts(arguments, path)
    return arguments


@pytest.mark.parametrize("era", ERAS)
async def test_no_secret_is_left_in_results_log_or_record(era: str, tmp_path: Path) -> None:
    log, audit = tmp_path / "stderr.txt", tmp_path / "audit.jsonl"
    command = ["-m", "famulor_mcp", "stdio", "--sandbox", "--audit", str(audit)]
    command += ["--audit-full", "--log-level", "debug"]
    results = []
    with log.open("w", encoding="utf-8") as errors:
        process = StdioServerParameters(command=sys.executable, args=command)
        mode: Any = ERAS[era]
        async with Client(stdio_client(process, errlog=errors), mode=mode) as client:
            for tool in BEARING:
                given = with_secrets(tool)
                calls = [given]
                if tool.secret_arguments:
                    calls += [
                        {**given, "dry_run": True},
                        {**given, "unknown": 1},
                        {**given, next(iter(tool.example)): {"wrong": SECRET}},
                        {name: str(value) for name, value in given.items()},
                    ]
                results += [await client.call_tool(tool.name, one) for one in calls]
    assert len(results) >= 9
    assert any(not result.is_error for result in results)
    shown = "".join(result.model_dump_json() for result in results)
    record = audit.read_text(encoding="utf-8")
    assert record.count('"begin"') >= 5
    for place, text in (
        ("results", shown),
        ("record", record),
        ("stderr", log.read_text(encoding="utf-8")),
    ):
        assert SECRET not in text, place
        assert KEY not in text, place


@pytest.mark.parametrize("mask", ["[hidden]", "Bearer [hidden]"])
@pytest.mark.parametrize("tool", [t for t in BEARING if t.secret_arguments], ids=lambda t: t.name)
async def test_a_mask_that_comes_back_is_never_stored_in_place_of_the_secret(
    tool: Tool, mask: str
) -> None:
    """A model that edits what it has read sends the mask as well."""
    text = json.dumps(with_secrets(tool)).replace(SECRET, mask)
    async with opened(Settings(sandbox=True, confirm="never"), TOOLS) as call:
        result = await call(tool.name, json.loads(text))
    assert result.is_error
    assert "[hidden], which only stands for a secret" in result.text
    assert "Give the real value" in result.text
    assert "Nothing was sent." in result.text
    assert ("out to keep what is stored" in result.text) == (tool.method == "PUT")

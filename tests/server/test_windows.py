"""What can be known of Windows on another system: nothing that it lacks is needed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from mcp import Client, StdioServerParameters
from tests.patience import PATIENCE
from tests.server.guard.acts import ManualClock, ring

from famulor_mcp.guard.audit import FAR, Audit
from famulor_mcp.hosted.serve import listening
from famulor_tools import TOOLS

WINDOWS = Path(__file__).with_name("windows.py")


def test_every_module_can_be_imported_without_what_windows_lacks() -> None:
    done = subprocess.run(
        [sys.executable, str(WINDOWS), "imports"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.anyio
async def test_it_serves_on_a_loop_that_watches_no_pipes_and_takes_no_signals() -> None:
    server = StdioServerParameters(
        command=sys.executable, args=[str(WINDOWS), "run", "stdio", "--sandbox"]
    )
    async with Client(server, read_timeout_seconds=PATIENCE) as client:
        tools = (await client.list_tools()).tools  # more than a pipe holds at once
        assert len(tools) == len(TOOLS)
        made = await client.call_tool("create_folder", {"name": "Jörg 😀"})
        assert "Jörg 😀" in str(made.structured_content)


def test_a_line_of_the_record_is_written_alone_where_appending_is_two_steps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[str, int, int]] = []

    def locking(descriptor: int, mode: str, count: int) -> None:
        size = os.fstat(descriptor).st_size
        seen.append((mode, os.lseek(descriptor, 0, os.SEEK_CUR), size))
        assert count == 1

    library = SimpleNamespace(locking=locking, LK_LOCK="lock", LK_UNLCK="unlock")
    monkeypatch.setitem(sys.modules, "msvcrt", library)
    monkeypatch.setattr(sys, "platform", "win32")
    file = tmp_path / "audit.jsonl"
    Audit(file, ManualClock()).begin(ring()).end("done")
    monkeypatch.undo()
    assert [mode for mode, _, _ in seen] == ["lock", "unlock"] * 2
    assert {place for _, place, _ in seen} == {FAR}
    assert [size > 0 for _, _, size in seen] == [False, True, True, True]
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()] == ["begin", "end"]


def test_a_port_that_is_taken_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """There SO_REUSEADDR lets a second server onto the port of the first (Microsoft's "Using
    SO_REUSEADDR and SO_EXCLUSIVEADDRUSE")."""
    monkeypatch.setattr(sys, "platform", "win32")
    (one,) = listening("127.0.0.1", 0)
    with one:
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 0

"""What is configured already is found, also where it is wrong."""

from __future__ import annotations

from pathlib import PurePath

from tests.onboarding.machines import machine

from famulor_mcp.onboarding.clients import CLIENTS
from famulor_mcp.onboarding.found import found
from famulor_mcp.onboarding.plan import done, local, remote

TOKEN = "fam_0123456789abcdef"
HOME = "/home/jürgen müller"


def test_every_file_of_a_client_that_is_there_is_told_of() -> None:
    there = machine("linux")
    (cursor,) = local(CLIENTS["cursor"], PurePath(), ("/x", "--read-only"), "literal", TOKEN)
    (zed,) = remote(CLIENTS["zed"], PurePath(), "https://mcp.example.com/mcp")
    contents = {
        f"{HOME}/.cursor/mcp.json": done(b"", cursor.entries),
        "/srv/shop/.mcp.json": b'{"mcpServers": {"other": {}}}',
        f"{HOME}/.config/zed/settings.json": done(b"// mine\n", zed.entries),
        f"{HOME}/.continue/config.yaml": b"mcpServers:\n  - name: famulor\n    command: [x\n",
        f"{HOME}/.openclaw/openclaw.json": b"{mcp: {servers: {famulor: {disabled: true}}}}",
        f"{HOME}/.codeium/windsurf/mcp_config.json": b'{"mcpServers": {"famulor": "x"}}',
    }

    rows = found(there, lambda path: contents.get(str(path)))

    assert [(row.client, row.problem) for row in rows] == [
        ("claude-code", ""),
        ("cursor", ""),
        ("windsurf", "its entry is not an object"),
        ("continue", rows[3].problem),
        ("zed", ""),
        ("openclaw", "its entry has neither a command nor an address"),
    ]
    assert rows[3].problem.startswith("line 4, column 1: ")
    assert rows[0].entry is None
    entry = rows[1].entry
    assert entry is not None
    assert (entry.command, entry.arguments) == ("/x", ("--read-only",))
    assert (entry.variables, entry.environment["FAMULOR_API_KEY"]) == (("FAMULOR_API_KEY",), TOKEN)
    assert rows[4].entry is not None
    assert rows[4].entry.url == "https://mcp.example.com/mcp"
    assert TOKEN not in repr(rows)


def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash() -> None:
    def refuse(path: PurePath) -> bytes | None:
        if path.name == "mcp.json":
            raise PermissionError(13, "Permission denied")
        return None

    problems = {row.problem for row in found(machine("windows"), refuse)}
    assert problems == {"it cannot be read: Permission denied"}

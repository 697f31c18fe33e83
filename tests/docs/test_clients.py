"""What MCP_SETUP.md says of each client is what `install` does."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from tests.docs.documents import Block, blocks, text
from tests.patience import PATIENCE

from famulor_mcp.cli import main
from famulor_mcp.onboarding.clients import CLIENTS, GENERIC, NAMES
from famulor_mcp.onboarding.machine import Machine, Platform
from famulor_mcp.sandbox import KEY
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = "docs/MCP_SETUP.md"
PROGRAM = "/path/to/famulor-mcp"
NONE = "\u2013"
MARK = re.compile(r"client: (?P<name>[a-z-]+)(?: (?P<options>.+))?")
SNIPPETS = [block for block in blocks(DOCUMENT) if MARK.fullmatch(block.note)]
PLATFORMS: dict[Platform, Any] = {
    "linux": PurePosixPath("~"),
    "macos": PurePosixPath("~"),
    "windows": PureWindowsPath("~"),
}


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home and a folder with nothing in them, and a key."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("FAMULOR_API_KEY", KEY)
    for name in os.environ:
        if name.startswith(("XDG_", "FAMULOR_")) and name != "FAMULOR_API_KEY":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", SNIPPETS, ids=str)
def test_a_snippet_is_what_install_would_write(
    block: Block, at_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = MARK.fullmatch(block.note)
    assert found
    words = ["install", found["name"], *(found["options"] or "").split()]
    assert main(words if found["name"] == GENERIC else [*words, "--print", "--force"]) == 0
    printed = capfd.readouterr().out
    command = re.search(r'(?:"command": "|command: "?)([^"\n]+)', printed)
    if command:
        printed = printed.replace(command[1], PROGRAM)
    assert plain(block.text) in plain(printed.replace("********", "your key")), printed


def plain(words: str) -> str:
    """A text without its layout."""
    return re.sub(r"\s+", "", words)


@pytest.mark.parametrize("name", NAMES)
def test_every_client_has_its_place_and_its_snippet(name: str) -> None:
    assert f"`famulor-mcp install {name}" in text(DOCUMENT), name
    if name in CLIENTS:
        assert any(
            found["name"] == name for block in SNIPPETS if (found := MARK.fullmatch(block.note))
        )


@pytest.mark.parametrize("document", ["README.md", "README.de.md"])
def test_the_readme_names_every_client(document: str) -> None:
    assert all(f"`{name}`" in text(document) for name in NAMES if name != "cursor")


@pytest.mark.parametrize("name", CLIENTS)
def test_the_table_of_files_is_that_of_the_code(name: str) -> None:
    client = CLIENTS[name]
    table = text(DOCUMENT).partition("## Where the file is")[2].partition("## By hand")[0]
    (row,) = re.findall(rf"^\| {re.escape(client.title)} \|(.*)\|$", table, re.MULTILINE)
    cells = [cell.strip().strip("`") for cell in row.split(" | ")]
    named = dict(zip(("linux", "macos", "windows", "project"), cells, strict=True))
    for platform, home in PLATFORMS.items():
        machine = Machine(platform, home, home, {})
        shown = str(client.user(machine)[0].file).replace("~\\AppData\\Roaming", "%APPDATA%")
        written = named[platform]
        assert written in {shown, "the same"}, (platform, shown)
        if written == "the same":
            assert platform != "linux"
    assert named["project"] == ("/".join(client.project) or NONE)


@pytest.mark.anyio
async def test_what_the_snippets_start_is_a_server_with_all_tools(at_home: Path) -> None:
    """Each entry that differs in how it starts the server, started as a client would."""
    entries = {json.dumps(entry, sort_keys=True): entry for entry in map(local, SNIPPETS) if entry}
    assert len(entries) >= 3
    for entry in entries.values():
        assert entry["command"] == PROGRAM
        if "--keyring" in entry.get("args", []):
            continue  # tests/onboarding/test_keychain.py has a keychain
        script = Path(sys.executable).with_name("famulor-mcp")
        kept = {name: os.environ[name] for name in ("PATH", "HOME")}
        server = StdioServerParameters(
            command=str(script), args=entry.get("args", []), env={**kept, **entry.get("env", {})}
        )
        async with Client(stdio_client(server), read_timeout_seconds=PATIENCE) as client:
            listed = await client.list_tools()
        assert len(listed.tools) == len(TOOLS)


def local(block: Block) -> dict[str, Any] | None:
    """How a snippet starts the server; nothing for one that names an address."""
    data = yaml.safe_load(block.text)
    found: Any = next(
        (one for one in walk(data) if isinstance(one, dict) and "command" in one), None
    )
    return (
        {name: found[name] for name in ("command", "args", "env") if name in found}
        if found
        else None
    )


def walk(value: Any) -> Iterator[Any]:
    """A value and all that is in it."""
    yield value
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from walk(one)

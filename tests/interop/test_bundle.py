"""The Claude Desktop extension: the official tool takes it, and it runs as the app runs it."""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from famulor_codegen.load import load
from famulor_mcp.settings import READERS, variable
from famulor_tools import PROMPTS, TOOLS

pytestmark = pytest.mark.interop

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT / "dist" / "famulor-mcp.mcpb"
LIMIT = 300.0
"""Seconds for the first start, which installs what the bundle needs."""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def unpacked(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle, unpacked by the official tool where a person's name has an umlaut and a space."""
    if not ARCHIVE.is_file():
        pytest.fail("There is no bundle: run `make interop`, which makes it.")
    folder = tmp_path_factory.mktemp("home") / "Jörg Müller" / "Claude Extensions"
    folder.mkdir(parents=True)
    done = run("mcpb", "unpack", str(ARCHIVE), str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def manifest(unpacked: Path) -> dict[str, Any]:
    """What the bundle says of itself."""
    read: dict[str, Any] = json.loads((unpacked / "manifest.json").read_text(encoding="utf-8"))
    return read


def substituted(manifest: dict[str, Any], folder: Path, chosen: dict[str, Any]) -> dict[str, Any]:
    """The command as the host fills it in: defaults, then what the person chose.

    What has neither stays as its placeholder (`getMcpConfigForManifest` of the official tool).
    """
    defaults = {k: o["default"] for k, o in manifest["user_config"].items() if "default" in o}
    values = {"__dirname": str(folder)}
    for key, value in (defaults | chosen).items():
        values[f"user_config.{key}"] = str(value).lower() if isinstance(value, bool) else value

    def filled(text: str) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda match: values.get(match[1], match[0]), text)

    config = manifest["server"]["mcp_config"]
    return {
        "command": config["command"],
        "args": [filled(text) for text in config["args"]],
        "env": {name: filled(text) for name, text in config["env"].items()},
    }


def desktop(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a desktop that brings uv, and has a Python already."""
    path = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    return environment | {"PATH": path, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}


def test_the_official_tool_takes_it(run: Run, unpacked: Path, manifest: dict[str, Any]) -> None:
    done = run("mcpb", "validate", str(unpacked))
    assert done.returncode == 0
    assert "Manifest schema validation passes" in done.stdout
    assert "Icon validation passed" in done.stdout
    assert (unpacked / manifest["server"]["entry_point"]).is_file()


def test_made_again_in_another_time_zone_it_has_the_same_bytes(environment: dict[str, str]) -> None:
    before = hashlib.sha256(ARCHIVE.read_bytes()).hexdigest()
    subprocess.run(
        [sys.executable, "-m", "bundle"],
        cwd=ROOT,
        env=environment | {"TZ": "Asia/Kathmandu"},
        umask=0o077,
        check=True,
        capture_output=True,
        timeout=LIMIT,
    )
    assert hashlib.sha256(ARCHIVE.read_bytes()).hexdigest() == before


def test_it_lists_every_tool_and_prompt(manifest: dict[str, Any]) -> None:
    assert [tool["name"] for tool in manifest["tools"]] == [tool.name for tool in TOOLS]
    assert all(0 < len(tool["description"]) < 150 for tool in manifest["tools"])
    assert [prompt["name"] for prompt in manifest["prompts"]] == [p.name for p in PROMPTS]
    for prompt in manifest["prompts"]:
        named = set(re.findall(r"\$\{arguments\.(\w+)\}", prompt["text"]))
        assert named == set(prompt["arguments"])


def test_it_holds_the_server_and_the_table_alone(unpacked: Path) -> None:
    names = sorted(path.name for path in (unpacked / "server").iterdir())
    assert [re.sub(r"-[\d.]*\d", "", name) for name in names] == [
        "famulor_mcp",
        "famulor_mcp.dist-info",
        "famulor_tools",
        "main.py",
    ]
    (record,) = (unpacked / "server").glob("*.dist-info/RECORD")
    with record.open(encoding="utf-8", newline="") as rows:
        files = [unpacked / "server" / row[0] for row in csv.reader(rows)]
    assert all(file.is_file() for file in files)  # the tool leaves out what looks like rubbish


def test_it_holds_the_document_of_the_api_as_the_spec_says_it(unpacked: Path) -> None:
    """No commit has this file: the build makes it, with nothing installed but PyYAML."""
    spec = ROOT / "spec" / "famulor.yaml"
    source = load(spec.read_text(encoding="utf-8"), str(spec))
    packed = unpacked / "server" / "famulor_tools" / "openapi.json"
    assert json.loads(packed.read_text(encoding="utf-8")) == source.raw


def test_the_readme_on_pypi_points_at_nothing_beside_it(unpacked: Path) -> None:
    (metadata,) = (unpacked / "server").glob("*.dist-info/METADATA")
    links = re.findall(r"\]\(([^)]+)\)", metadata.read_text(encoding="utf-8"))
    assert len(links) > 5
    assert not [link for link in links if not link.startswith(("https://", "#"))]


def test_every_question_is_a_setting_and_only_the_key_is_secret(manifest: dict[str, Any]) -> None:
    asked = manifest["user_config"]
    assert asked.keys() <= READERS.keys()
    assert manifest["server"]["mcp_config"]["env"] == {
        variable(key): f"${{user_config.{key}}}" for key in asked
    }
    assert [key for key, option in asked.items() if option.get("sensitive")] == ["api_key"]
    assert not any(option["required"] for option in asked.values())


@pytest.mark.anyio
@pytest.mark.parametrize("blank", [{}, {"api_key": "", "policy": "", "files": ""}])
async def test_it_runs_with_blank_options_on_the_sandbox(
    blank: dict[str, str], unpacked: Path, manifest: dict[str, Any], environment: dict[str, str]
) -> None:
    started = substituted(manifest, unpacked, {"sandbox": True, **blank})
    started["env"] = desktop(environment) | started["env"]
    server = StdioServerParameters(**started)
    async with Client(server, read_timeout_seconds=LIMIT) as client:
        assert client.server_info
        assert client.server_info.version == manifest["version"]
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == [tool["name"] for tool in manifest["tools"]]
        prompts = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in prompts] == [p["name"] for p in manifest["prompts"]]
        answer = await client.call_tool("get_me", {})
        assert not answer.is_error


@pytest.mark.anyio
async def test_what_was_chosen_holds_and_a_later_start_needs_no_network(
    unpacked: Path, manifest: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    chosen = {"sandbox": True, "read_only": True, "files": str(tmp_path)}
    started = substituted(manifest, unpacked, chosen)
    for more in ({}, {"UV_OFFLINE": "1"}):
        server = StdioServerParameters(
            **started | {"env": desktop(environment) | started["env"] | more}
        )
        async with Client(server, read_timeout_seconds=LIMIT) as client:
            tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == [t.name for t in TOOLS if t.effect == "read"]


def test_a_bad_choice_stops_the_start_in_words_and_with_a_clean_stdout(
    unpacked: Path, manifest: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    limits = tmp_path / "Meine Grenzen.toml"
    limits.write_text("not a policy", encoding="utf-8")
    started = substituted(manifest, unpacked, {"sandbox": True, "policy": str(limits)})
    done = subprocess.run(
        [started["command"], *started["args"]],
        env=desktop(environment) | started["env"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 2
    assert "Meine Grenzen.toml: this is not TOML" in done.stderr
    assert not done.stdout

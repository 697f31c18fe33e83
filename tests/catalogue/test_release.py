"""What is released under one version says the same everywhere, and what the registries ask of it.

The rules of the MCP registry are those of its schema of 2025-12-11 and of its page on package
types; the schema itself is in no package, so that this test holds what matters of it.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from bundle.__main__ import manifest, project
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from famulor_mcp.guard.confirm import MODES
from famulor_mcp.settings import ONLY_VARIABLES, READERS, variable

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SERVER: dict[str, Any] = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
(PACKAGE,) = SERVER["packages"]
VERSION = PROJECT["version"]


def test_one_version_stands_everywhere() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[^]]*)\]", changes, re.MULTILINE)
    assert released[:1] in ([], [VERSION])
    assert SERVER["version"] == PACKAGE["version"] == VERSION
    assert manifest(VERSION)["version"] == VERSION
    assert tomllib.loads(project(VERSION))["project"]["version"] == VERSION
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)  # Claude Desktop and the registry sort by semver


def test_one_place_is_named_everywhere() -> None:
    place = SERVER["repository"]["url"]
    assert all(url.startswith(place) for url in PROJECT["urls"].values())
    fixed = manifest(VERSION)
    assert fixed["repository"]["url"] == place
    assert all(fixed[field].startswith(place) for field in ("homepage", "documentation", "support"))
    owner, name = place.removeprefix("https://github.com/").split("/")
    assert SERVER["name"] == f"io.github.{owner}/{name}"


def test_the_registry_can_see_that_the_package_is_ours() -> None:
    """It looks for this text in the README on PyPI, with nothing glued to it."""
    assert re.search(rf"mcp-name: {re.escape(SERVER['name'])}\s", README)
    assert PACKAGE["identifier"] == PROJECT["name"]
    assert PACKAGE["registryBaseUrl"] == "https://pypi.org"


def test_the_entry_keeps_the_bounds_of_the_registry() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", SERVER["name"])
    assert 3 <= len(SERVER["name"]) <= 200
    assert 1 <= len(SERVER["description"]) <= 100
    assert 1 <= len(SERVER["title"]) <= 100
    assert PACKAGE["registryType"] == "pypi"
    assert PACKAGE["transport"] == {"type": "stdio"}


def test_the_commands_that_a_client_makes_of_the_entry_exist() -> None:
    """`uvx famulor-mcp` runs the script of that name."""
    assert PACKAGE["runtimeHint"] == "uvx"
    assert PACKAGE["identifier"] in PROJECT["scripts"]


@pytest.mark.parametrize("asked", PACKAGE["environmentVariables"], ids=lambda asked: asked["name"])
def test_every_variable_of_the_entry_is_a_setting(asked: dict[str, Any]) -> None:
    (name,) = [name for name in READERS if variable(name) == asked["name"]]
    assert asked.get("isSecret", False) == (name in ONLY_VARIABLES)
    assert asked.get("format", "string") in {"string", "number", "boolean", "filepath"}
    assert asked["description"]
    if default := asked.get("default"):
        READERS[name](name, default)
    if name == "confirm":
        assert asked["choices"] == list(MODES)


def test_the_bundle_installs_what_the_package_asks_for() -> None:
    pins = tomllib.loads(project(VERSION))["project"]["dependencies"]
    pinned = {canonicalize_name(one.name): one for one in map(Requirement, pins)}
    assert all(str(pin.specifier).startswith("==") for pin in pinned.values())
    for wanted in map(Requirement, PROJECT["dependencies"]):
        (version,) = pinned[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(version.version)

"""The official conformance suite, run against a server, and what it found scenario by scenario."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent
MODULES = HERE.parent / "node_modules"
SUITE = MODULES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
RESULT = re.compile(r"(?:server|authorization-server)-(.+?)-\d{4}-\d\d-\d\dT.*")
LISTED = re.compile(r"^  - ([a-z0-9-]+)(?:  # (.+))?$")
ALWAYS = "wire-schema-valid"
"""A check that holds for an error as well: it alone shows nothing of a scenario."""
LIMIT = 300.0

Outcome = Literal["shown", "advised", "empty", "failed"]
"""Every check held; none failed, but a recommendation was not followed; nothing was checked; one
failed."""


@dataclass(frozen=True)
class Verdict:
    """What the suite says of a server. `outcomes` are by scenario."""

    agreed: bool
    words: str
    outcomes: Mapping[str, Outcome]


def node() -> str:
    """Node 22, which the suite needs: the pinned one, or where there is none that of the system."""
    for folder in sorted(MODULES.glob("node-*")):
        if (folder / "bin" / "node").is_file():
            return str(folder / "bin" / "node")
    found = shutil.which("node")
    assert found, "Node is not installed."
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.removeprefix("v").split(".")[0]) < 22:
        pytest.fail("The conformance suite needs Node 22: run `make interop`, or install it.")
    return found


def command(*words: str) -> list[str]:
    """The suite's command line, run so that it waits for a busy machine."""
    return [node(), "--import", (HERE / "patience.mjs").as_uri(), str(SUITE), *words]


def judged(url: str, revision: str, baseline: Path, folder: Path) -> Verdict:
    """Run all scenarios of a revision against the server at `url`.

    The suite agrees if exactly those of `baseline` fail: one more or one less is a difference.
    """
    done = subprocess.run(
        command(
            *("server", "--url", f"{url}/mcp", "--requirements", revision),
            *("--expected-failures", str(baseline), "--output-dir", str(folder)),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
    return Verdict(done.returncode == 0, done.stdout + done.stderr, outcomes(folder))


def outcomes(folder: Path) -> dict[str, Outcome]:
    """What became of each scenario, by the records that the suite left."""
    found = {}
    for file in sorted(folder.glob("*/checks.json")):
        name = RESULT.fullmatch(file.parent.name)
        assert name, file
        found[name[1]] = outcome(json.loads(file.read_text(encoding="utf-8")))
    return found


def outcome(checks: Sequence[Mapping[str, Any]]) -> Outcome:
    """What the checks of a scenario come to."""
    seen = {check["status"] for check in checks}
    own = {check["status"] for check in checks if check["id"] != ALWAYS}
    if "FAILURE" in seen:
        return "failed"
    if "SUCCESS" not in own:
        return "empty"
    return "advised" if "WARNING" in seen else "shown"


def reasons(baseline: Path) -> dict[str, str]:
    """Why each scenario of a baseline is not shown: the comment behind it."""
    found = {}
    for line in baseline.read_text(encoding="utf-8").splitlines():
        if entry := LISTED.match(line):
            found[entry[1]] = entry[2] or ""
    return found

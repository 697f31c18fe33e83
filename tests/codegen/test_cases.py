"""A case is a folder: `spec.yaml` with `expected/` (what is made) or `error.txt` (what is said).

`UPDATE_CASES=1 pytest tests/codegen` rewrites what is expected; where CI is set it refuses to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from famulor_codegen.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "cases"
GOOD = sorted(path.parent for path in CASES.glob("*/spec.yaml") if "_3_" in path.parent.name)
BAD = sorted(path.parent for path in CASES.glob("refused_*/spec.yaml"))
STATIC = {
    "famulor_tools/_dynamic.py",
    "famulor_tools/openapi.json",
    "famulor_tools/primitives.py",
    "famulor_tools/py.typed",
    "famulor_tools/table.py",
    *(f"snapshots/dynamic.{name}.json" for name in ("find_tools", "describe_tool", "call_tool")),
}
UPDATE = bool(os.environ.get("UPDATE_CASES"))

RUN = """
import json, sys
import famulor_tools
from jsonschema import Draft202012Validator
for tool in famulor_tools.TOOLS:
    judge = Draft202012Validator(tool.enforced_schema)
    Draft202012Validator.check_schema(tool.input_schema)
    for given in (tool.example, {}, {**tool.example, "zzz": 1}):
        assert bool(tool.check(given)) != judge.is_valid(given), (tool.name, given)
    assert not tool.check(tool.example), tool.name
    json.dumps([tool.input_schema, tool.output_schema])
print(len(famulor_tools.TOOLS), famulor_tools.SPEC_DIGEST)
"""


def files(folder: Path) -> dict[str, str]:
    """Every file below a folder by its name there."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


@pytest.fixture(autouse=True)
def _no_update_in_ci() -> None:
    if UPDATE and os.environ.get("CI"):
        pytest.fail("UPDATE_CASES is for people: CI compares")


def make(case: Path, out: Path) -> None:
    assert main(["--spec", str(case / "spec.yaml"), "--out", str(out)]) == 0


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_the_document_is_handed_out_as_it_was_written(case: Path, tmp_path: Path) -> None:
    """Another reader of YAML finds the same data, all of it, in the same order."""
    make(case, tmp_path)
    loader = yaml.BaseLoader  # it takes a name such as 200 for the text that JSON makes of it
    written = yaml.load((case / "spec.yaml").read_text("utf-8"), loader)
    made = json.loads((tmp_path / "famulor_tools/openapi.json").read_text("utf-8"))
    assert list(names_of(made)) == list(names_of(written))


def names_of(value: Any) -> Iterator[str]:
    """Every name, in order."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from names_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_of(item)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_a_document_makes_the_expected_files(case: Path, tmp_path: Path) -> None:
    make(case, tmp_path)
    made = {name: text for name, text in files(tmp_path).items() if name not in STATIC}
    if UPDATE:
        for path in files(case / "expected"):
            (case / "expected" / path).unlink()
        for name, text in made.items():
            (case / "expected" / name).parent.mkdir(parents=True, exist_ok=True)
            (case / "expected" / name).write_bytes(text.encode())
    expected = files(case / "expected")
    assert sorted(made) == sorted(expected)
    for name, text in made.items():
        assert text == expected[name], f"{name} differs; if meant: UPDATE_CASES=1 pytest {__file__}"


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_what_is_made_runs_and_agrees_with_json_schema(case: Path, tmp_path: Path) -> None:
    make(case, tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-W", "error", "-c", RUN]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_what_is_made_is_formatted_and_strictly_typed(case: Path, tmp_path: Path) -> None:
    make(case, tmp_path)
    for command in (
        ["ruff", "format", "--isolated", "--line-length", "100", "--check", "famulor_tools"],
        [
            "mypy",
            "--strict",
            "--config-file=",
            f"--cache-dir={CASES.parents[2]}/.mypy_cache/cases",
            "famulor_tools",
        ],
    ):
        call = [sys.executable, "-m", *command]
        run = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_refused_document_names_place_and_remedy_and_makes_nothing(
    case: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(case)
    assert main(["--spec", "spec.yaml", "--out", str(tmp_path / "out")]) == 2
    said = capfd.readouterr().err
    if UPDATE:
        (case / "error.txt").write_bytes(said.encode())
    assert said == (case / "error.txt").read_text(encoding="utf-8")
    assert not (tmp_path / "out").exists()

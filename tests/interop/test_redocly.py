"""Redocly, a linter that is not ours, finds no error in the document, and would."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.interop

Lint = Callable[[Path], list[dict[str, Any]]]


@pytest.fixture
def lint(run: Callable[..., subprocess.CompletedProcess[str]], spec: Path) -> Lint:
    """Lint a document by the project's own rules: the errors found."""

    def lint(document: Path) -> list[dict[str, Any]]:
        config = str(spec.parent / "redocly.yaml")
        done = run("redocly", "lint", str(document), "--config", config, "--format=json")
        assert done.returncode in {0, 1}, done.stderr
        report = json.loads(done.stdout)
        errors = [problem for problem in report["problems"] if problem["severity"] == "error"]
        assert len(errors) == report["totals"]["errors"]
        assert done.returncode == bool(errors)
        return errors

    return lint


def test_the_document_has_no_lint_errors(lint: Lint, spec: Path) -> None:
    found = [(e["ruleId"], e["message"], e["location"][0].get("pointer")) for e in lint(spec)]
    assert found == []


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ("operationId: get_me", "operationId: get_call", "operation-operationId-unique"),
        ("operationId: get_me", "operationID: get_me", "struct"),
        ("type: integer", "type: int", "struct"),
    ],
)
def test_a_seeded_defect_is_found(
    lint: Lint, spec: Path, tmp_path: Path, right: str, wrong: str, rule: str
) -> None:
    text = spec.read_text(encoding="utf-8")
    assert right in text
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    assert rule in {error["ruleId"] for error in lint(broken)}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("summary: List calls", "summary: List calls.", ["[length] list_calls", "is valid"]),
        ("    Uuid:\n", "    Unused: {type: string}\n    Uuid:\n", ["no-unused-components"]),
    ],
)
def test_either_linter_fails_the_target_and_both_are_heard(
    environment: dict[str, str],
    spec: Path,
    tmp_path: Path,
    right: str,
    wrong: str,
    said: list[str],
) -> None:
    text = spec.read_text(encoding="utf-8")
    assert right in text
    shutil.copytree(spec.parent, tmp_path / "spec")
    broken = tmp_path / "spec" / spec.name
    broken.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    there = ("-o", "setup", "-o", "tests/interop/node_modules/.ready")
    done = subprocess.run(
        ["make", *there, "spec-lint", f"BIN={Path(sys.executable).parent}", f"SPEC={broken}"],
        cwd=spec.parents[1],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode
    assert [words for words in said if words not in done.stdout + done.stderr] == []

"""Generate, compare, change, compare again: what `make generate` and its check promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from famulor_codegen.__main__ import main

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "tests" / "codegen" / "cases" / "queries_3_1" / "spec.yaml"


def git(*words: str, at: Path) -> str:
    """What git says there, whatever is configured here."""
    settings = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *words]
    return subprocess.run(
        command, cwd=at, env=settings, check=True, capture_output=True, text=True
    ).stdout


def snapshot(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    copy = tmp_path / "spec.yaml"
    copy.write_bytes(SPEC.read_bytes())
    return copy


@pytest.fixture
def out(tmp_path: Path, spec: Path) -> Path:
    folder = tmp_path / "out"
    assert main(["--spec", str(spec), "--out", str(folder)]) == 0
    return folder


def check(spec: Path, out: Path) -> int:
    return main(["--check", "--spec", str(spec), "--out", str(out)])


def test_stale_fails_and_generated_passes(
    spec: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check(spec, out) == 0
    spec.write_text(
        spec.read_text("utf-8").replace("Stations by filter.", "Stations by name."), "utf-8"
    )
    before = snapshot(out)
    assert check(spec, out) == 1
    said = capfd.readouterr().out
    assert "-Stations by filter." in said
    assert "+Stations by name." in said
    assert snapshot(out) == before
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    assert check(spec, out) == 0


@pytest.mark.parametrize(
    ("before", "after", "touched"),
    [
        (
            "Stations by filter.",
            "Stations by name.",
            {"stations.py", "stations.list_stations.json"},
        ),
        (
            "summary: Get the account",
            "summary: Read the account",
            {"stations.py", "stations.get_account.json"},
        ),
        ("Temperatures are in °C.", "Temperatures stand in °C.", {"__init__.py", "_material.py"}),
        ("description: The unit", "description: Which unit", {"__init__.py", "_material.py"}),
        ("description: Look only", "description: Look around", {"__init__.py", "_material.py"}),
        ("the weather office", "the weather bureau", {"__init__.py"}),
    ],
)
def test_one_word_touches_two_committed_files_at_most_beside_the_reference(
    before: str, after: str, touched: set[str], spec: Path, tmp_path: Path
) -> None:
    """What a pull request shows, in a repository that ignores what this one ignores.

    The reference has two forms, TOOLS.md and the page. A word of the whole document may stand on
    neither.
    """
    repository = tmp_path / "repository"
    out = repository / "generated"
    out.mkdir(parents=True)
    (repository / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    git("init", "--quiet", at=repository)
    git("add", ".", at=repository)
    spec.write_text(spec.read_text("utf-8").replace(before, after), "utf-8")
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    changed = git("ls-files", "--modified", "--others", "--exclude-standard", at=repository)
    names = {Path(name).name for name in changed.splitlines()}
    assert names - {"TOOLS.md", "tools.html"} == touched


def test_the_document_as_json_is_kept_current_and_is_nothing_to_check(
    spec: Path, out: Path
) -> None:
    """No commit holds it, for it shows every change of the spec a second time."""
    made = out / "famulor_tools" / "openapi.json"
    before = made.read_text("utf-8")
    spec.write_text(spec.read_text("utf-8").replace("by filter.", "by name."), "utf-8")
    assert check(spec, out) == 1
    assert made.read_text("utf-8") == before
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    assert made.read_text("utf-8") == before.replace("by filter.", "by name.") != before
    made.unlink()
    assert check(spec, out) == 0


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only in a checkout")
def test_the_document_as_json_is_in_no_commit() -> None:
    held = git("ls-files", "generated", at=ROOT).splitlines()
    assert "generated/famulor_tools/tools.html" in held
    assert "generated/famulor_tools/openapi.json" not in held


def test_a_file_that_did_not_change_is_not_written(spec: Path, out: Path) -> None:
    module = out / "famulor_tools" / "stations.py"
    os.utime(module, (1, 1))
    main(["--spec", str(spec), "--out", str(out)])
    assert module.stat().st_mtime == 1


def test_what_is_no_longer_made_is_removed_and_other_files_stay(spec: Path, out: Path) -> None:
    (out / "famulor_tools" / "mine.py").write_text("# mine\n")
    (out / "snapshots" / "notes.txt").write_text("mine")
    text = spec.read_text("utf-8").replace("tool: test_reading", "tool: try_reading")
    spec.write_text(
        text.replace("name: stations, ", "name: weather, ").replace(
            "tags: [stations]", "tags: [weather]"
        ),
        "utf-8",
    )
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    names = snapshot(out)
    assert "famulor_tools/stations.py" not in names
    assert "snapshots/stations.test_reading.json" not in names
    assert "snapshots/weather.try_reading.json" in names
    assert {"famulor_tools/mine.py", "snapshots/notes.txt"} <= names.keys()


@pytest.mark.parametrize(
    "name", ["snapshots/Foreign.json", "snapshots/old/a.json", "famulor_tools/mine.py"]
)
def test_a_file_that_nothing_makes_is_stale_and_never_removed(
    name: str, spec: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("{}")
    assert check(spec, out) == 1
    assert f"{name}: nothing makes this file" in capfd.readouterr().err
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    assert f"{name}: nothing makes this file" in capfd.readouterr().err
    assert (out / name).read_text() == "{}"


def test_a_snapshot_without_a_tool_is_stale_until_it_is_removed(spec: Path, out: Path) -> None:
    stray = out / "snapshots" / "stations.nothing.json"
    stray.write_text("{}")
    assert check(spec, out) == 1
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    assert not stray.exists()
    assert check(spec, out) == 0


@pytest.mark.parametrize("seed", ["1", "2"])
def test_bytes_do_not_depend_on_locale_folder_or_hash_seed(
    seed: str, spec: Path, out: Path, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "LANG": "C",
        "LC_ALL": "C",
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": seed,
        "PYTHONUTF8": "0",
    }
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ruff.toml").write_text("line-length = 40\n")
    command = [sys.executable, "-m", "famulor_codegen", "--spec", str(spec), "--out", "again"]
    subprocess.run(command, env=environment, cwd=elsewhere, check=True, capture_output=True)
    assert snapshot(elsewhere / "again") == snapshot(out)


def test_a_document_that_is_not_there_is_an_error_without_a_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["--spec", str(tmp_path / "none.yaml"), "--out", str(tmp_path)]) == 2
    assert "none.yaml" in capfd.readouterr().err


def test_the_committed_tools_are_those_of_the_document() -> None:
    assert main(["--check"]) == 0

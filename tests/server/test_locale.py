"""The command speaks UTF-8 and LF, whatever the locale, and its paths may have any name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

LOCALES = {
    "Windows in Western Europe": {"PYTHONIOENCODING": "cp1252"},
    "a bare container": {"LANG": "C"},
    "ASCII and nothing else": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
every_locale = pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES)


def run(
    *arguments: str, locale: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("LC_")}
    return subprocess.run(
        [sys.executable, "-m", "famulor_mcp", *arguments],
        env=inherited | (locale or {}),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@every_locale
def test_what_it_prints_is_utf8_with_lf(locale: dict[str, str]) -> None:
    done = run("probe", "--help", locale=locale)
    assert done.returncode == 0, done.stderr
    assert "…" in done.stdout.decode("utf-8")
    assert b"\r" not in done.stdout


@every_locale
def test_what_it_says_of_a_mistake_is_utf8(locale: dict[str, str]) -> None:
    done = run("call", "--json", '{"name": ["Jörg"]}', "create_folder", "--sandbox", locale=locale)
    assert done.returncode == 1
    assert "name must be a string" in done.stderr.decode("utf-8")


@pytest.mark.parametrize("name", ["Jörg Müller", "C# & Co (100%)", "日本語 😀"])
def test_paths_may_have_spaces_and_letters_of_any_kind(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    (folder / "Unterlägen").mkdir(parents=True)
    (folder / "Unterlägen" / "Preise für 2026.txt").write_text("Preise", encoding="utf-8")
    (folder / "Grenzen für alle.toml").write_text("[limits]\nper_day = 9\n", encoding="utf-8")
    document = {
        "knowledgebase_id": 1,
        "name": "Preise",
        "type": "txt",
        "file": {"path": "Preise für 2026.txt"},
    }
    call = ["call", "create_document", "--json", json.dumps(document), "--sandbox", "--yes"]
    places = ["--files", "Unterlägen", "--audit", "Prüf spur.jsonl"]
    done = run(*call, *places, "--policy", "Grenzen für alle.toml", cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    record = (folder / "Prüf spur.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in record] == ["begin", "end"]

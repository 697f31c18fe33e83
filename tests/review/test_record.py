"""What the last version changed: written once, shown on the page, and true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.review import labelled

from famulor_codegen.__main__ import main
from famulor_codegen.review import revisions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(json.dumps(labelled.read("argument_removed").new), "utf-8")
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    path = tmp_path / "older" / "v1.0.0"
    path.parent.mkdir()
    path.write_text(json.dumps(labelled.base()), "utf-8")
    return path


def page(spec: Path) -> str:
    out = spec.parent / "out"
    assert main(["--spec", str(spec), "--out", str(out)]) == 0
    return (out / "famulor_tools" / "tools.html").read_text("utf-8")


def test_before_the_first_version_the_page_says_that_there_is_none(spec: Path) -> None:
    assert "No version has been made yet: there is none to compare with." in page(spec)


def test_the_first_version_says_so_and_is_the_only_one_without_an_earlier_one(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(revisions, "latest", lambda _: "")
    assert main(["release", "1.0.0", "--spec", str(spec)]) == 0
    assert "1.0.0 is the first version: there is none to compare with." in page(spec)
    assert main(["release", "1.1.0", "--spec", str(spec)]) == 2
    assert "1.0.0 was made before, and there is no tag v1.0.0" in capfd.readouterr().err


def test_the_page_shows_what_a_version_changes_with_links_and_the_reason_it_was_wanted(
    spec: Path, before: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = "- `list_lamps` breaking: Nobody ever filtered by <colour>.\n"
    spec.with_name("CHANGES.md").write_text(words, "utf-8")
    assert main(["release", "1.1.0", str(before), "--spec", str(spec)]) == 0
    assert capfd.readouterr().out == "release.json: 1 change since 1.0.0\n"
    text = page(spec)
    assert "What changed in 1.1.0" in text
    assert "<summary>Breaking (1)</summary>" in text
    assert (
        '<a href="#list_lamps"><code>list_lamps</code></a>: <code>colour</code>: is no longer '
        "accepted (Nobody ever filtered by &lt;colour&gt;.)" in text
    )
    record = json.loads((spec.parent / "release.json").read_text("utf-8"))
    assert record["since"] == "1.0.0"
    assert {change["kind"] for change in record["changes"]} == {"Breaking"}


def test_a_version_that_changes_no_tool_says_so(spec: Path) -> None:
    assert main(["release", "1.1.0", str(spec), "--spec", str(spec)]) == 0
    assert "The tools are those of spec.yaml." in page(spec)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "release.json:1: /: 'version' is a required property"),
        ('{"version": "1",\n"since": 3, "changes": []}', "release.json:2: /since: 3 is not of"),
        ("[", "release.json:1: /: invalid YAML"),
    ],
)
def test_a_record_that_is_none_is_refused_by_name(
    text: str, words: str, spec: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (spec.parent / "release.json").write_text(text, "utf-8")
    assert main(["--spec", str(spec), "--out", str(spec.parent / "out")]) == 2
    assert words in capfd.readouterr().err


def test_a_version_since_nothing_known_is_refused(
    spec: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", "1.1.0", "no-such-tag", "--spec", str(spec)]) == 2
    assert "no-such-tag" in capfd.readouterr().err
    assert not (spec.parent / "release.json").exists()

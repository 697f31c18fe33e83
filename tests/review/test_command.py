"""The command: what it compares, what it prints, and when it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.review import labelled

from famulor_codegen.__main__ import main
from famulor_codegen.errors import SpecError
from famulor_codegen.review import command, revisions

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two documents in folders of their own: one filter went, a call got dearer, a word changed."""
    new = labelled.read("argument_removed").new
    wake = new["paths"]["/keepers/wake"]["post"]
    wake["x-mcp"]["cost"] = "The harbour pays 20 cents for each call."
    new["paths"]["/lamps"]["get"]["description"] = "All lamps by filter, the brightest first."
    return _written(tmp_path / "old", labelled.base()), _written(tmp_path / "new", new)


def _written(folder: Path, raw: dict[str, Any]) -> Path:
    folder.mkdir()
    path = folder / "spec.yaml"
    path.write_text(json.dumps(raw), "utf-8")
    return path


def run(
    pair: tuple[Path, Path], *options: str, capfd: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    status = command.main([str(pair[0]), str(pair[1]), *options], {})
    return status, capfd.readouterr().out


def test_breaking_and_costly_changes_fail_by_default(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(pair, capfd=capfd)[0] == 1
    assert run(pair, "--fail-on", "cost", capfd=capfd)[0] == 1
    assert run(pair, "--fail-on", "wire", capfd=capfd)[0] == 0
    assert run(pair, "--fail-on", "none", capfd=capfd)[0] == 0
    same = (pair[0], pair[0])
    assert run(same, capfd=capfd) == (
        0,
        "<!-- famulor-review -->\n### Tools: no difference\n\n",
    )


def test_a_reason_in_the_change_itself_accepts_a_difference_and_an_older_one_does_not(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    entries = (
        "# Changes\n\n- `list_lamps` breaking: Nobody ever filtered by colour.\n"
        "- `wake_keeper` cost: The telephone company asks more.\n"
    )
    pair[1].with_name("CHANGES.md").write_text(entries, "utf-8")
    status, said = run(pair, capfd=capfd)
    assert status == 0
    assert "accepted: Nobody ever filtered by colour." in said
    assert "stood there" not in said
    pair[0].with_name("CHANGES.md").write_text(entries, "utf-8")
    status, said = run(pair, capfd=capfd)
    assert status == 1
    assert "line 3 stood there before this change, and accepts nothing of it: `list_lamps`" in said


def test_an_entry_about_another_tool_accepts_nothing_and_is_named(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    text = "- `list_lamp` breaking: A slip of the pen.\n"
    pair[1].with_name("CHANGES.md").write_text(text, "utf-8")
    status, said = run(pair, capfd=capfd)
    assert status == 1
    line = "- `spec/CHANGES.md` line 1 is about nothing that changed: `list_lamp`"
    assert f"</details>\n\n{line}\n" in said  # without the empty line it would be no Markdown


def test_the_comment_has_a_line_a_table_and_the_details_folded(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    said = run(pair, capfd=capfd)[1]
    assert said.splitlines()[1].startswith(
        "### Tools: stop. 1 breaking, 1 of cost or risk, 1 in words, 1 in tokens; "
    )
    assert (
        "| **Breaking** | 1 | [`list_lamps`](generated/snapshots/lamps.list_lamps.json) |" in said
    )
    assert "<details open><summary>Breaking</summary>" in said
    assert "- `colour`: is no longer accepted" in said
    assert "~~nearest~~ **brightest** first." in said
    assert "~~10~~ **20** cents for each call." in said
    assert "    - `wake_keeper` cost: why" in said


def test_json_is_the_same_every_time_and_says_what_fails(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    said = run(pair, "--format", "json", "--fail-on", "breaking", capfd=capfd)[1]
    assert said == run(pair, "--format", "json", "--fail-on", "breaking", capfd=capfd)[1]
    review = json.loads(said)
    assert review["fails"] is True
    assert review["counts"] == {
        "breaking": 1, "cost": 1, "widened": 0, "wire": 0, "words": 1, "tokens": 1,
    }  # fmt: skip
    assert [each["tool"] for each in review["differences"] if each["fails"]] == ["list_lamps"]
    assert review["tokens"]["total"]["before"] > review["tokens"]["total"]["after"]


def test_github_gets_annotations_with_lines_and_the_page_of_the_run(
    pair: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "summary.md"
    environment = {
        "GITHUB_STEP_SUMMARY": str(page),
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_SHA": "abc",
    }
    command.main([str(pair[0]), str(pair[1]), "--format", "github"], environment)
    said = capfd.readouterr().out.splitlines()
    assert len(said) == 2
    assert said[0].startswith("::error file=")
    assert "title=Breaking%3A list_lamps::`colour`: is no longer accepted" in said[0]
    text = page.read_text("utf-8")
    assert "](https://forge.example/a/b/blob/abc/generated/snapshots/lamps.list_lamps.json)" in text


def test_words_of_the_document_add_no_markup_to_the_comment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new = labelled.base()
    bad = "Hello @everyone ![x](https://evil.example/p.png) </details> <script> `code` ``` | a \\"
    new["paths"]["/lamps"]["get"]["description"] = bad
    new["paths"]["/keepers/wake"]["post"]["x-mcp"]["cost"] = bad
    new["components"]["schemas"]["Colour"]["enum"].append("`@all <b>")
    pair = (_written(tmp_path / "old", labelled.base()), _written(tmp_path / "new", new))
    said = run(pair, capfd=capfd)[1]
    for markup in ("@everyone", "![x]", "](https://evil", "<script>", "://evil"):
        assert markup not in said
    assert said.count("</details>") == said.count("<details")


def test_what_is_neither_file_nor_revision_is_an_error_without_a_traceback(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["review", "no-such-revision"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("no-such-revision: neither a file nor a git revision, such as ")


@pytest.mark.parametrize("given", ["careless", "", "breaking,none", "breaking,"])
def test_a_class_that_there_is_not_is_refused_with_those_that_there_are(
    given: str, pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(pair, "--fail-on", given, capfd=capfd)
    said = capfd.readouterr().err
    assert "argument --fail-on: classes by commas, such as breaking,cost, or none" in said
    assert "known: breaking, cost, widened, wire, words, tokens" in said


def test_the_document_of_the_working_tree_is_named_as_one_would_type_it(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name stands in errors and annotations, and those on pages of a forge."""
    (pair[0].parent / "spec").mkdir()
    spec = pair[0].parent / "spec" / "famulor.yaml"
    spec.write_text("openapi: 3.1.0", "utf-8")
    monkeypatch.setattr(revisions, "ROOT", pair[0].parent)
    monkeypatch.chdir(pair[0].parent)
    with pytest.raises(SpecError, match=r"\Aspec.famulor\.yaml:1: "):
        command.main([str(pair[0])], {})


def test_an_annotation_says_what_stood_there_and_what_stands_there(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    said = run(pair, "--format", "github", capfd=capfd)[1]
    (cost,) = [line for line in said.splitlines() if "wake_keeper::" in line]
    assert cost.endswith("::who pays: The harbour pays [-10-] {+20+} cents for each call.")
    (gone,) = [line for line in said.splitlines() if "list_lamps::" in line]
    assert '::`colour`: is no longer accepted: {"type": "string", "enum": ' in gone
    assert gone.endswith(" → nothing")


def test_a_document_that_cannot_be_used_says_why(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    pair[1].write_text("openapi: 3.1.0", "utf-8")
    assert main(["review", str(pair[0]), str(pair[1])]) == 2
    assert "`info` is missing" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("where", "value", "words"),
    [
        (("paths", "/lamps", "get", "x-mcp", "deprecated"), {"since": "1"}, "needs `instead`"),
        (("paths", "/lamps", "get", "x-mcp", "budget"), [9], "x-mcp: [9] is not of type"),
        (("paths", "/lamps", "get", "x-mcp", "effect_when"), 3, "x-mcp: 3 is not of type"),
        (("paths", "/lamps", "get", "parameters", 0, "schema", "type"), 5, "must be a type"),
    ],
)
def test_an_older_document_that_nothing_can_be_compared_with_says_why(
    where: tuple[Any, ...],
    value: Any,
    words: str,
    pair: tuple[Path, Path],
    capfd: pytest.CaptureFixture[str],
) -> None:
    raw = labelled.base()
    node: Any = raw
    for key in where[:-1]:
        node = node.setdefault(key, {}) if isinstance(node, dict) else node[key]
    node[where[-1]] = value
    pair[0].write_text(json.dumps(raw, indent=1), "utf-8")
    assert main(["review", *map(str, pair)]) == 2
    said = capfd.readouterr().err
    assert words in said
    assert all(line.startswith(f"{pair[0]}:") for line in said.splitlines())


def test_each_tool_is_a_paragraph_of_its_own(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """In Markdown a line right below a list item belongs to the item."""
    raw = json.loads(pair[1].read_text("utf-8"))
    raw["paths"]["/keepers/wake"]["post"]["description"] += " At once."
    pair[1].write_text(json.dumps(raw), "utf-8")
    lines = run(pair, capfd=capfd)[1].splitlines()
    names = [number for number, line in enumerate(lines) if line.startswith("**[")]
    assert len(names) > 3
    assert not [lines[number] for number in names if lines[number - 1]]


def test_a_side_that_is_no_utf_8_is_named_with_its_line(
    pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    pair[1].write_bytes(b"openapi: 3.1.0\n\xff")
    assert main(["review", *map(str, pair)]) == 2
    assert f"{pair[1]}:2: /: byte 0xff is no UTF-8" in capfd.readouterr().err


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only in a checkout")
def test_the_working_tree_is_compared_with_a_revision(capfd: pytest.CaptureFixture[str]) -> None:
    assert command.main(["HEAD", "HEAD"], {}) == 0
    assert "no difference" in capfd.readouterr().out


@pytest.mark.parametrize("form", ["markdown", "json", "github"])
def test_bytes_do_not_depend_on_locale_or_hash_seed(pair: tuple[Path, Path], form: str) -> None:
    found = set()
    for seed, locale in (("1", "C"), ("2", "C.UTF-8")):
        words = {"LANG": locale, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONHASHSEED": seed}
        call = [sys.executable, "-m", "famulor_codegen", "review", *map(str, pair)]
        call += ["--format", form]
        environment = {**os.environ, **words}
        run = subprocess.run(call, env=environment, capture_output=True, check=False)
        assert run.returncode == 1, run.stderr
        found.add(run.stdout)
    assert len(found) == 1

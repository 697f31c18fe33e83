"""The lint of the document: each rule finds its defect at its line, and nothing in a good one."""

from pathlib import Path

import pytest

from famulor_codegen.__main__ import main
from famulor_codegen.hygiene import RULES

GOOD = """\
openapi: 3.1.0
info: {title: Garden, version: '2'}
servers: [{url: 'https://garden.example.org'}]
tags: [{name: beds, description: Beds and what grows in them}]
paths:
  /beds:
    get:
      operationId: list_beds
      tags: [beds]
      summary: List beds
      description: Find a bed and its id, oldest first.
      parameters:
        - {name: page, in: query, schema: {type: integer}}
      responses:
        '200':
          description: All beds.
          content:
            application/json:
              schema: {type: array, items: {type: object, properties: {id: {type: integer}}}}
              example: [{id: 1}]
  /beds/{id}:
    delete:
      operationId: clear_bed
      tags: [beds]
      summary: Clear a bed
      description: Remove every plant of a bed for good.
      x-mcp: {effect: delete, preview: 'Clear bed {id}'}
      parameters:
        - name: id
          in: path
          required: true
          schema: {type: integer}
          example: 1
          x-mcp: {from: {tool: list_beds, take: id}}
        - {name: depth, in: query, description: How deep to dig in cm, schema: {type: integer}}
      responses:
        '204': {description: Cleared.}
"""
OBVIOUS = "obvious: [page]\n"
BY_KEY = "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exceptions.yaml").write_text(OBVIOUS)
    return tmp_path


def lint(folder: Path, text: str) -> int:
    (folder / "spec.yaml").write_text(text)
    return main(["lint", "--spec", "spec.yaml"])


def line_of(words: str) -> int:
    return GOOD[: GOOD.index(words)].count("\n") + 1


def test_a_good_document_has_no_findings(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert (lint(folder, GOOD), capfd.readouterr().out) == (0, "")


@pytest.mark.parametrize(
    ("rule", "right", "wrong", "at"),
    [
        ("example", "              example: [{id: 1}]\n", "", "application/json"),
        ("example", "          example: 1\n", "", "- name: id"),
        ("argument-words", "name: page,", "name: leaf,", "name: page"),
        ("argument-words", "description: How deep to dig in cm, ", "", "name: depth"),
        (
            "id-source",
            "          x-mcp: {from: {tool: list_beds, take: id}}\n",
            "",
            "- name: id",
        ),
        (
            "list-paging",
            "      parameters:\n        - {name: page, in: query, schema: {type: integer}}\n",
            "",
            "get:",
        ),
        ("preview", "Clear bed {id}", "Clear a bed", "x-mcp: {effect"),
        ("length", "Find a bed and its id, oldest first.", "Find a bed.", "description: Find"),
        ("length", "summary: List beds", "summary: List beds.", "summary: List"),
        ("length", "How deep to dig in cm", "How deep to dig. " * 20, "name: depth"),
        ("copy", "How deep to dig in cm", "The depth", "name: depth"),
        ("copy", "Find a bed and its id, oldest first.", "List the beds, a list of beds.",
         "description: Find"),
        ("copy", "Remove every plant of a bed for good.", "Find its id and a bed, oldest first.",
         "description: Remove"),
        ("first-sentence", "Find a bed and", "Returns a bed and", "description: Find"),
        ("first-sentence", "Find a bed and", "This finds a bed and", "description: Find"),
        ("first-sentence", "Find a bed and its id, oldest first.", "Find beds " * 20,
         "description: Find"),
        ("wording", "Find a bed and", "Simply find a bed and", "description: Find"),
        ("wording", "How deep to dig in cm", "Depth e.g. 30 cm", "name: depth"),
        ("ignored", "      summary: Clear a bed\n",
         "      summary: Clear a bed\n      deprecated: true\n", "summary: Clear"),
        ("ignored", "      summary: Clear a bed\n", "      security: [{key: []}]\n",
         "summary: Clear"),
        ("ignored", "paths:\n", f"security: [{{key: []}}]\n{BY_KEY}paths:\n", "paths:"),
        ("structure", "{description: Cleared.}", "{description: Cleared., words: x}", "'204'"),
    ],
)  # fmt: skip
def test_a_defect_is_found_at_its_line(
    rule: str, right: str, wrong: str, at: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert right in GOOD
    assert lint(folder, GOOD.replace(right, wrong, 1)) == 1
    found = capfd.readouterr().out.splitlines()
    moved = wrong.count("\n") - right.count("\n") if GOOD.index(right) < GOOD.index(at) else 0
    assert any(
        line.startswith(f"spec.yaml:{line_of(at) + moved}:") and f"[{rule}]" in line
        for line in found
    ), found


def test_every_word_that_says_nothing_is_named_where_the_tools_own_words_stand(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = "x-mcp:\n        description: Clear out just one bed, etc.\n        effect: delete\n"
    right = "x-mcp: {effect: delete, preview: 'Clear bed {id}'}\n"
    assert lint(folder, GOOD.replace(right, f"{own}        preview: 'Clear bed {{id}}'\n")) == 1
    at = f"spec.yaml:{line_of(right) + 1}: "
    found = capfd.readouterr().out.splitlines()
    assert [line.rpartition("clear_bed: ")[2] for line in found if line.startswith(at)] == [
        "the word 'etc' says nothing to a model",
        "the word 'just' says nothing to a model",
    ]


def test_an_exception_with_a_reason_excuses_and_is_itself_refused_when_nothing_needs_it(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    excuse = "exceptions: [{rule: wording, of: [list_beds], reason: Quoted.}]\n"
    (folder / "exceptions.yaml").write_text(OBVIOUS + excuse)
    wrong = GOOD.replace("oldest first", "just the oldest")
    assert lint(folder, wrong) == 0
    assert lint(folder, GOOD) == 1
    said = capfd.readouterr().out
    assert said.startswith("exceptions.yaml:2:")
    assert "list_beds needs no exception from wording any more" in said


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{rule: wording, of: [list_beds]}", "`rule`, `of` and `reason`"),
        ("{rule: words, of: [list_beds], reason: No.}", "wording"),
    ],
)
def test_an_exception_needs_a_known_rule_and_a_reason(
    entry: str, words: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "exceptions.yaml").write_text(f"exceptions: [{entry}]\n")
    assert lint(folder, GOOD) == 2
    assert words in capfd.readouterr().err


def test_a_document_that_makes_no_tools_is_judged_no_further(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert lint(folder, GOOD.replace("effect: delete", "effect: destroy")) == 2
    assert "effect" in capfd.readouterr().err


def test_our_own_document_is_clean_and_every_rule_is_in_the_readme(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert (main(["lint"]), capfd.readouterr().out) == (0, "")
    readme = (Path(__file__).parents[2] / "spec" / "README.md").read_text()
    assert all(f"`{rule}`" in readme for rule in RULES)

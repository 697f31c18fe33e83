"""`spec/CHANGES.md` is read strictly: an entry is right, or the review stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from famulor_codegen.errors import SpecError
from famulor_codegen.review.accepted import added, read
from famulor_codegen.review.classes import Class


def test_entries_stand_among_headings_and_prose() -> None:
    text = "# Changes\n\nWhy we broke what.\n\n## 2\n\n- `a_tool` cost: The price went up.\n"
    assert [(e.tool, e.kind, e.reason, e.line) for e in read(text, "CHANGES.md")] == [
        ("a_tool", Class.COST, "The price went up.", 7)
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("- a_tool breaking: Without any marks.", "an entry is"),
        ("- `a_tool`: The class is missing.", "an entry is"),
        ("* `a_tool` breaking: Another mark.", "an entry is"),
        ("  - `a_tool` breaking: Indented.", "an entry is"),
        ("1. `a_tool` breaking: Numbered.", "an entry is"),
        ("- `a_tool` braking: Mistyped class here.", "not one of breaking, cost"),
        ("- `a_tool` words: Nothing to accept here.", "not one of breaking, cost"),
        ("- `a_tool` breaking: ok", "a reason is a sentence"),
    ],
)
def test_a_list_item_that_is_no_entry_is_refused_with_its_line(line: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        read(f"# Changes\n{line}\n", "CHANGES.md")
    assert caught.value.defects[0].line == 2


def test_only_entries_that_a_change_adds_count() -> None:
    old = read("- `a` cost: The price went up.\n", "x")
    new = read("- `b` cost: The price went up.\n- `a` cost: The price went up.\n", "x")
    assert [entry.tool for entry in added(old, new)] == ["b"]


def test_the_file_of_this_repository_is_readable() -> None:
    path = Path(__file__).parents[2] / "spec" / "CHANGES.md"
    read(path.read_text("utf-8"), "spec/CHANGES.md")

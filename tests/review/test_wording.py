"""Word diffs: what went, what came, and only the words around it."""

from __future__ import annotations

import pytest

from famulor_codegen.review.wording import marked

LONG = "one two three four five six seven eight nine ten"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a b c", "a x c", "a [b] {x} c"),
        ("", "new words", "{new words}"),
        ("old words", "", "[old words]"),
        (f"a {LONG}", f"b {LONG}", "[a] {b} one two three four five …"),
        (f"{LONG} a", f"{LONG} b", "… six seven eight nine ten [a] {b}"),
        (f"a {LONG} {LONG} z", f"b {LONG} {LONG} y",
         "[a] {b} one two three four five … six seven eight nine ten [z] {y}"),
    ],
)  # fmt: skip
def test_a_word_diff_shows_the_change_and_what_is_near(before: str, after: str, shown: str) -> None:
    assert marked(before, after, ("[", "]"), ("{", "}")) == shown

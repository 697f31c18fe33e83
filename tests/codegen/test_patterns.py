"""Patterns of the document, searched as ECMA-262 says."""

from __future__ import annotations

import re

import pytest

from famulor_codegen.patterns import translate


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("^[0-9]+$", "12\n", False),
        ("^\\d+$", "١٢", False),
        ("^\\w+$", "ä", False),
        ("^\\s$", "\u00a0", True),
        ("b", "abc", True),
        ("^.$", "\u2028", False),
        ("^[\\s[&&]+$", "[&\ufeff", True),
        ("^\\/a\\-b$", "/a-b", True),
        ("^(?<year>[0-9]{4})$", "2026", True),
        ("^a{2,}?$", "aaa", True),
        ("^.$", "😀", True),
    ],
)
def test_patterns_mean_what_ecma_262_says(pattern: str, text: str, matches: bool) -> None:
    """Where Python's `re` differs from it: final newlines, digits, letters, blanks."""
    search = re.compile(translate(pattern), re.ASCII).search

    assert (search(text) is not None) is matches

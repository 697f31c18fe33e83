"""The German documents say what the English ones say: the same blocks, as many rows and parts."""

from __future__ import annotations

import re

import pytest
from tests.docs.documents import blocks, documents, headings, links, prose

PAIRS = {name.replace(".de.md", ".md"): name for name in documents() if name.endswith(".de.md")}


@pytest.mark.parametrize("english", ["README.md", "docs/QUICKSTART.md"])
def test_there_is_a_german_version(english: str) -> None:
    assert english in PAIRS


@pytest.mark.parametrize(("english", "german"), PAIRS.items())
def test_the_code_blocks_are_equal(english: str, german: str) -> None:
    one, other = blocks(english), blocks(german)
    assert [(each.language, each.note, each.text) for each in one] == [
        (each.language, each.note, each.text) for each in other
    ]


@pytest.mark.parametrize(("english", "german"), PAIRS.items())
def test_the_parts_match_in_number(english: str, german: str) -> None:
    assert len(headings(english)) == len(headings(german))
    for part in (r"^\|", r"^- ", r"!\["):
        one, other = (
            len(re.findall(part, prose(name), re.MULTILINE)) for name in (english, german)
        )
        assert one == other, part


@pytest.mark.parametrize(("english", "german"), PAIRS.items())
def test_the_links_lead_to_the_same(english: str, german: str) -> None:
    known = {
        "README.de.md",
        "QUICKSTART.de.md",
        "docs/QUICKSTART.de.md",
        "README.md",
        "QUICKSTART.md",
    }
    known |= {"docs/QUICKSTART.md"}
    assert set(links(english)) - known == set(links(german)) - known
    assert english.rpartition("/")[2] in links(german)
    assert german.rpartition("/")[2] in links(english)

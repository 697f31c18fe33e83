"""TROUBLESHOOTING.md has every message that a user may meet, in the words that the program has."""

from __future__ import annotations

import re
import tomllib
from functools import cache

import pytest
from tests.docs.documents import prose
from tests.docs.messages import HOLE, SERVER, Message, messages, words

DOCUMENT = "docs/TROUBLESHOOTING.md"
COLUMNS = {"message", "finding", "page says", "line", "words"}
"""Columns of its tables that hold messages."""

EMPTY = {"… Nothing was sent.", "…… Nothing was sent."}
"""Templates of which everything that matters is put in."""

GOOD = {
    "… answers in … ms, with the time to connect",
    "an editable install of …: its files are yours to change",
    "as they were installed",
    "is here, and does not start this server (…)",
    "locale encoding …; output is UTF-8 with LF line ends",
    "starts and lists … tools in … s; stdout is JSON-RPC lines alone",
}
"""What the doctor says where all is well."""

FEWEST = 2
"""Words that a documented message must have of its own to count as one."""


@cache
def documented() -> tuple[str, ...]:
    """The messages in its tables."""
    cells = [cell for table in tables() for cell in column(table)]
    found = [one for cell in cells for one in re.findall(r"`([^`]+)`", cell)]
    return tuple(one for one in found if words(one) >= FEWEST)


def tables() -> list[list[list[str]]]:
    """Its tables: rows of cells, the names of the columns first."""
    found = re.findall(r"(?:^\|.*\|\n)+", prose(DOCUMENT), re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]
        for table in found
    ]


def column(table: list[list[str]]) -> list[str]:
    """The cells of a table that hold messages."""
    names, _rule, *rows = table
    places = [index for index, name in enumerate(names) if name in COLUMNS]
    return [row[index] for row in rows for index in places]


def pattern(entry: str) -> re.Pattern[str]:
    """A documented message; what differs may be anything, nothing included."""
    parts = [re.escape(part.strip()) for part in entry.rstrip(HOLE).split(HOLE)]
    return re.compile(r"\W*.*?\W*".join(parts))


def said() -> list[Message]:
    found = sorted(messages(), key=lambda one: (one.file, one.text))
    return [one for one in found if one.text not in EMPTY | GOOD]


@pytest.mark.parametrize("message", said(), ids=lambda one: f"{one.file}: {one.text[:60]}")
def test_every_message_stands_in_troubleshooting(message: Message) -> None:
    assert any(pattern(entry).search(message.text) for entry in documented()), message.text


@pytest.mark.parametrize("entry", documented())
def test_every_message_in_troubleshooting_is_one_of_the_program(entry: str) -> None:
    """Or at least words of its source, its pages or the names of its settings."""
    known = [one.text for one in messages()]
    if any(pattern(entry).search(text) for text in known):
        return
    assert pattern(entry).search(spoken()), entry


@cache
def spoken() -> str:
    """All that the program can say, with the seams of its strings closed."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SERVER.rglob("*.py")))
    closed = re.sub(r'"\s*\n\s*f?"', "", source)
    return closed + "\n".join(pages())


@cache
def pages() -> tuple[str, ...]:
    """The words of the pages, without their tags."""
    path = SERVER / "hosted" / "pages" / "words" / "en.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    faults = data["consent"]["faults"].values()
    problems = [one["heading"] for one in data["problem"].values() if isinstance(one, dict)]
    return tuple(re.sub(r"<[^>]+>", "", text) for text in (*faults, *problems))


def test_every_fault_of_a_page_stands_there() -> None:
    for text in pages():
        assert any(text.startswith(entry) for entry in documented()), text

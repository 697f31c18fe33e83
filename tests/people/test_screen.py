"""Columns, pages, answers and bars, as text."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from famulor_mcp.resources import reference
from famulor_mcp.screen import Screen, answer, bar, markdown, screen
from famulor_mcp.screen.columns import cells, hanging, table, wrap
from famulor_tools import TOOLS

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" "))


@given(TEXT, st.integers(2, 60))
def test_wrapped_text_fits_and_keeps_every_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5), st.integers(40, 100))
def test_a_table_fits_its_width(rows: list[tuple[str, str, str]], width: int) -> None:
    assert all(cells(line) <= width for line in table(rows, width))


def test_wide_letters_take_two_cells_and_marks_none() -> None:
    assert (cells("日本"), cells("u\u0308"), cells("\x1b[36mab\x1b[0m")) == (4, 1, 2)
    assert table([["日本", "x"], ["a", "y"]], 40) == ["日本  x", "a     y"]


def test_names_are_squeezed_only_when_no_text_can_be() -> None:
    rows = [["name_that_is_long", "some words that may well be broken anywhere"]]
    assert table(rows, 40)[0] == "name_that_is_long  some words that may"


def test_a_label_keeps_its_lines_beside_it() -> None:
    assert hanging("key", "one two three", 12, 5) == ["key  one two", "     three"]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_page_of_every_tool_has_all_the_words_of_its_reference(tool: object) -> None:
    from famulor_mcp.commands.tools import page
    from famulor_tools.table import Tool

    assert isinstance(tool, Tool)
    prose = [line for line in page(tool, Screen(80)) if not line.startswith("  ")]
    assert all(cells(line) <= 80 for line in prose)
    text = "\n".join(page(tool, Screen()))
    for word in [tool.title, *tool.input_schema["properties"], *tool.answers, *tool.cost.split()]:
        assert word in text
    assert "|" not in text.replace(" | ", "") or "|" in reference(tool.toolset, {tool.name})
    assert "**" not in text


def test_code_in_a_page_is_shown_as_it_is() -> None:
    row = "| Argument | Type |\n|---|---|\n| `a` | `^[*]\\|\\d\\_$` |"
    assert markdown.drawn(row, Screen())[-1] == "  a         ^[*]|\\d\\_$"


def test_an_answer_is_names_beside_values_and_tables_of_lists() -> None:
    value = {
        "id": 7,
        "paid": True,
        "note": None,
        "tags": ["a", "b"],
        "rows": [{"id": 1, "name": "Ada"}, {"id": 2}],
        "in": {"city": "Köln"},
        "none": [],
    }
    assert answer.drawn(value, Screen(60)) == [
        "id    7",
        "paid  yes",
        "note  -",
        "tags  a, b",
        "none  none",
        "",
        "rows",
        "  id  name",
        "  1   Ada",
        "  2",
        "",
        "in",
        "  city  Köln",
    ]


def test_a_transcript_reads_as_talk() -> None:
    said = [
        {"sender": "bot", "text": "Good morning, how are you?", "timestamp": 10.0},
        {"sender": "human", "text": "Fine.", "timestamp": 75.5},
    ]
    assert answer.drawn({"transcript": said}, Screen(32)) == [
        "transcript",
        "  0:00 bot    Good morning, how",
        "              are you?",
        "  1:05 human  Fine.",
    ]


def test_columns_without_room_are_named() -> None:
    rows = [{"id": 1, "text": "x" * 30, "other": "y" * 30}]
    lines = answer.drawn(rows, Screen(40))
    assert lines[-1] == "Not shown: other."


def test_what_the_api_says_cannot_steer_the_terminal() -> None:
    hostile = {"na\x1b]0;me": "\x1b[2J\u202egone", "rows": [{"a\x07": "\x1b[31mred"}]}
    text = "\n".join(answer.drawn(hostile, Screen(80)))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
def test_any_answer_can_be_shown(value: object) -> None:
    assert all(isinstance(line, str) for line in answer.drawn(value, Screen(60, colour=True)))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_bar_fits_one_line(width: int) -> None:
    line = bar.line(12, 50, "status is in-progress and " + "more " * 20, width)
    assert cells(line) < width
    assert "12 of 50" in line
    assert bar.line(3, None, "3 items read", 80) == "3 items read"


def test_what_is_no_terminal_has_no_colour_and_no_end_of_line() -> None:
    assert screen(io.StringIO()) == Screen()
    assert Screen().paint("word", "red") == "word"

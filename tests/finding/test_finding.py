"""A question in plain words leads to the right tool: it is among the first three.

The search words may be improved on `questions.txt` and `more.txt`, but not on `heldout.txt`, which
tells what a question can expect that nobody thought of.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import pytest

from famulor_mcp.find import Index
from famulor_tools import SYNONYMS, TOOLS, TOOLSETS

HERE = Path(__file__).parent
INDEX = Index(TOOLS, TOOLSETS, SYNONYMS)


class Question(NamedTuple):
    language: str
    tool: str
    words: str


def questions(name: str) -> list[Question]:
    lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [Question(*line.split(" ", 2)) for line in lines if not line.startswith("#")]


def missed(asked: list[Question]) -> list[Question]:
    return [
        question
        for question in asked
        if question.tool not in [tool.name for tool in INDEX.find(question.words, 3)]
    ]


def test_every_tool_is_asked_for_in_both_languages() -> None:
    asked = {(question.language, question.tool) for question in questions("questions")}
    assert asked == {(language, tool.name) for tool in TOOLS for language in ("en", "de")}


def test_half_of_the_questions_use_other_words_than_the_description() -> None:
    words = {tool.name: f"{tool.title} {tool.description}".lower().split() for tool in TOOLS}
    asked = questions("questions")
    unlike = [
        question
        for question in asked
        if sum(word in words[question.tool] for word in question.words.lower().split())
        <= len(question.words.split()) / 3
    ]
    assert len(unlike) >= len(asked) / 2


@pytest.mark.parametrize(
    ("name", "least"), [("questions", 0.95), ("more", 0.95), ("heldout", 0.85)]
)
def test_the_right_tool_is_among_the_first_three(name: str, least: float) -> None:
    asked = questions(name)
    found = len(asked) - len(missed(asked))
    assert found >= least * len(asked)


@pytest.mark.parametrize("language", ["en", "de"])
def test_neither_language_is_found_worse_than_the_bound(language: str) -> None:
    asked = [question for question in questions("questions") if question.language == language]
    assert len(missed(asked)) <= 0.05 * len(asked)


@pytest.mark.parametrize(
    "words",
    ["make call", "MAKE_CALL", "plaec a cal", "Anruf tätigen", "anruf taetigen", "Anruf"],
)
def test_case_umlauts_and_slips_of_the_pen_do_not_matter(words: str) -> None:
    assert "make_call" in [tool.name for tool in INDEX.find(words, 3)]


@pytest.mark.parametrize("words", ["", "???", "xyzzy qwrtz", "und der die das", "🙂"])
def test_words_that_mean_nothing_find_nothing(words: str) -> None:
    assert INDEX.find(words, 5) == []


def test_only_offered_tools_are_found() -> None:
    few = Index([tool for tool in TOOLS if tool.toolset == "sms"], TOOLSETS, SYNONYMS)
    assert [tool.name for tool in few.find("call or text somebody", 5)] == ["send_sms"]


def test_the_index_is_there_at_once() -> None:
    """It is built at the first question of a session."""
    start = time.process_time()
    Index(TOOLS, TOOLSETS, SYNONYMS).find("which calls failed today", 5)
    assert time.process_time() - start < 0.5

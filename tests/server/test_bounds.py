"""Cutting, picking and paging on answers of any shape: values stay, and nothing goes unsaid."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.tables import tool

from famulor_mcp.account import Account
from famulor_mcp.read import Reading
from famulor_mcp.shape import Ask, Result, cap, pick, shape, table

NAMES = st.sampled_from(["id", "name", "text", "evaluation", "data", "more", "a.b", "", "links"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.sampled_from(
        ["1", "-1", "true", "null", "NaN", "2026-01-01 10:00", "+4930", " a", "\t", "[1"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)
ANSWERS = st.dictionaries(NAMES, VALUES, max_size=8)
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=5), max_size=12)
PAGED = tool(
    "list_things",
    "GET",
    "/things",
    properties={"page": {"type": "integer"}, "cursor": {"type": "string"}},
    rows="data",
    concise=("id", "name", "evaluation.name"),
    controls=("detail", "fields", "all", "offset"),
)
quick = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def shaped(value: Any, limit: int = 80_000, **controls: Any) -> Result:
    reading = Reading(value)
    return shape(PAGED, reading, Account("12|abcdefghijklmnop"), Ask({}, controls, limit))


def is_part(part: Any, whole: Any) -> bool:
    """Whether `part` is `whole` with items, fields or the end of texts left out."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and is_part(part[name], whole[name]) for name in part)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_part, part, whole))
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    return type(part) is type(whole) and part == whole


def read_back(text: str) -> Any:
    """The data of a result's text, JSON or table."""
    lines = text.split("\n")
    heads = [i for i in (0, 1) if i < len(lines) and re.search(r" \(\d+ rows, tab-", lines[i])]
    if (
        not heads
        or (heads[0] == 1 and not lines[0].startswith("{"))
        or (text.startswith('{"') and (not heads[0]))
    ):
        return json.loads(text)
    at = heads[0]
    name, number = re.fullmatch(r"(.*) \((\d+) rows, .*", lines[at]).groups()  # type: ignore[union-attr]
    columns = [cell(one) for one in lines[at + 1].split("\t")]
    rows = [
        dict(zip(columns, map(cell, line.split("\t")), strict=True)) for line in lines[at + 2 :]
    ]
    assert len(rows) == int(number)
    return {**(json.loads(lines[0]) if at else {}), cell(name): rows}


def cell(text: str) -> Any:
    """A cell as the table's words say it is to be read."""
    if not text:
        return None
    try:
        return json.loads(text, parse_constant=str)
    except ValueError:
        return text


@quick
@given(ANSWERS, st.integers(1_500, 4_000), st.integers(0, 20))
def test_what_is_cut_is_a_part_of_the_answer_and_within_the_limit(
    data: dict[str, Any], limit: int, offset: int
) -> None:
    kept, cut = cap.cap(data, "data", 0, limit)
    assert is_part(kept, data)
    assert cap.size(kept) <= limit
    assert (kept == data) == (cut is None)
    later, _ = cap.cap(data, "data", offset, limit)
    assert cap.size(later) <= limit


@quick
@given(st.lists(ANSWERS, max_size=40), st.integers(1_300, 3_000))
def test_following_more_reads_every_item_once_and_in_order(rows: list[Any], limit: int) -> None:
    seen: list[Any] = []
    offset = 0
    for _ in range(len(rows) + 1):
        kept, cut = cap.cap({"data": rows}, "data", offset, limit)
        seen += kept["data"]
        if cut is None or cut.following is None:
            break
        assert cut.following > offset
        offset = cut.following
    assert len(seen) == len(rows)
    assert all(map(is_part, seen, rows))


@quick
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=9_000), st.integers(1_300, 2_500))
def test_a_long_text_is_read_whole_by_its_offsets(text: str, limit: int) -> None:
    seen, offset = "", 0
    for _ in range(len(text) + 1):
        kept, cut = cap.cap({"id": 1, "inner": {"text": text}}, "", offset, limit)
        seen += kept["inner"]["text"]
        if cut is None or cut.following is None:
            break
        offset = cut.following
    assert seen == text


@quick
@given(ANSWERS)
def test_a_concise_answer_has_only_values_of_the_answer(data: dict[str, Any]) -> None:
    kept = pick.pick(PAGED, data, {})
    assert is_part(kept, data)
    if not isinstance(data.get("data"), list):
        assert kept is data  # not the promised shape: passed whole
    assert pick.pick(PAGED, data, {"detail": "full"}) is data


@quick
@given(ROWS, st.lists(NAMES.filter(bool), min_size=1, max_size=4))
def test_chosen_fields_are_the_values_of_the_answer_and_unknown_ones_are_named(
    rows: list[dict[str, Any]], fields: list[str]
) -> None:
    kept = pick.pick(PAGED, {"data": rows, "total": 7}, {"fields": fields})
    said = kept.pop("unknown_fields", "")
    assert kept["total"] == 7
    assert all(map(is_part, kept["data"], rows))
    for field in {field.split(".")[0] for field in fields}:
        assert (not rows or any(field in row for row in rows)) or field in said


@quick
@given(st.one_of(ANSWERS, ROWS, st.builds(lambda rows: {"data": rows, "x": 1}, ROWS)))
def test_text_and_data_carry_the_same_facts(value: Any) -> None:
    result = shaped(value, detail="full")
    assert not result.is_error
    assert result.data is not None
    assert read_back(result.text) == result.data


@quick
@given(
    st.lists(st.fixed_dictionaries({"id": SCALARS, "name": SCALARS, "x y": VALUES}), min_size=3),
    ANSWERS.filter(lambda rest: "data" not in rest),
)
def test_a_table_reads_back_as_it_was(rows: list[dict[str, Any]], rest: dict[str, Any]) -> None:
    laid = table.lay({**rest, "data": rows}, "data")
    assert read_back(laid) == {**rest, "data": rows}


@quick
@given(VALUES, st.integers(0, 5))
def test_no_answer_becomes_an_error(value: Any, offset: int) -> None:
    for controls in ({}, {"fields": ["id", "a.b"]}, {"offset": offset}):
        assert not shaped(value, 1_500, **controls).is_error


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        ({"current_page": 2, "last_page": 3}, {"page": 3}),
        ({"current_page": 3, "last_page": 3}, None),
        ({"current_page": "2", "last_page": "3"}, {"page": 3}),
        ({"current_page": 1, "per_page": 2, "total": 3}, {"page": 2}),
        ({"meta": {"current_page": 1, "last_page": 9}}, {"page": 2}),
        ({"next_cursor": "abc"}, {"cursor": "abc"}),
        ({"next_cursor": None}, None),
        ({"current_page": 1, "next_page_url": "https://a.example/b?page=2"}, {"page": 2}),
    ],
)
def test_every_kind_of_paging_says_the_same_way_how_to_go_on(answer: Any, more: Any) -> None:
    data = shaped({**answer, "data": [{"id": 1}]}).data
    assert data is not None
    assert data["more"] == more


def test_a_list_that_tells_nothing_about_its_pages_gets_no_more() -> None:
    data = shaped({"data": [{"id": 1}]}).data
    assert data == {"data": [{"id": 1}]}


def test_a_concise_list_keeps_the_facts_of_its_paging() -> None:
    facts = {"current_page": 1, "last_page": 2, "per_page": 1, "total": 2, "from": 1, "to": 1}
    data = shaped({**facts, "links": [], "path": "x", "data": [{"id": 1, "text": "long"}]}).data
    assert data == {"more": {"page": 2}, **facts, "data": [{"id": 1}]}


def test_a_cut_list_says_how_many_of_how_many_and_how_to_go_on() -> None:
    rows = [{"id": n, "name": "n" * 100} for n in range(100)]
    answer = {"current_page": 1, "last_page": 2, "data": rows}
    first = shaped(answer, 4_000).data
    assert first is not None
    shown = len(first["data"])
    assert 0 < shown < 100
    assert first["cut"].startswith(f"Shown: items 1 to {shown} of 100.")
    assert first["more"] == {"offset": shown}
    last = shaped(answer, 40_000, offset=90).data
    assert last is not None
    assert last["data"] == rows[90:]
    assert last["more"] == {"page": 2, "offset": 0}


def test_the_gateway_takes_no_name_that_the_api_uses() -> None:
    data = shaped({"more": "mine", "current_page": 1, "last_page": 1, "data": []}).data
    assert data is not None
    assert data["more"] == "mine"
    assert data["more_"] is None

"""Older argument names: translated, never sent, never silently in conflict."""

import dataclasses

import pytest
from tests.server.tables import UPDATE

from famulor_mcp.aliases import translate
from famulor_mcp.errors import InvalidArguments
from famulor_tools.table import Alias

CURRENT = ("name", "mode", "small_id", "first")


@pytest.mark.parametrize(
    ("older", "current"),
    [
        ({"title": "A"}, {"name": "A"}),
        ({"direction": "make"}, {"mode": "out"}),
        ({"who_first": "AI"}, {"first": False}),
        ({"use_words": False}, {"words": None}),
        ({"use_words": "false"}, {"words": None}),
        ({"model": "big"}, {"small_id": "big"}),
        ({"model": "big", "mode": "out"}, {"large_id": "big", "mode": "out"}),
    ],
)
def test_an_older_name_and_value_becomes_the_current_one(older: object, current: object) -> None:
    assert isinstance(older, dict)
    assert translate(UPDATE, older)[0] == current


def test_a_condition_sees_what_other_older_names_were_translated_to() -> None:
    given, *_ = translate(UPDATE, {"model": "big", "direction": "make"})
    assert given == {"mode": "out", "large_id": "big"}


def test_the_names_used_are_kept_for_later_errors() -> None:
    assert translate(UPDATE, {"title": "A", "first": True})[1] == {"name": "title"}


def test_old_and_new_name_with_different_values_are_refused_by_both_names() -> None:
    with pytest.raises(InvalidArguments, match=r"title and name .* different values"):
        translate(UPDATE, {"title": "A", "name": "B"})


def test_two_older_names_of_one_argument_conflict_under_their_own_names() -> None:
    with pytest.raises(InvalidArguments, match="model and small_id"):
        translate(UPDATE, {"model": 1, "small_id": 2})


@pytest.mark.parametrize(
    "twice",
    [
        {"title": "A", "name": "A"},
        {"direction": "make", "mode": "out"},
        {"model": "5", "small_id": 5},
        {"who_first": "AI", "first": "false"},
    ],
)
def test_old_and_new_name_with_equal_values_are_fine(twice: dict[str, str]) -> None:
    given, *_ = translate(UPDATE, twice)
    assert given == {name: value for name, value in twice.items() if name in CURRENT}


@pytest.mark.parametrize(
    "twice",
    [
        {"title": None, "name": "A"},
        {"title": "null", "name": None},
        {"who_first": "Customer", "first": 1},
        {"use_words": True, "words": None},
        {"use_words": False, "words": 3},
    ],
)
def test_two_names_that_say_different_things_are_refused(twice: dict[str, object]) -> None:
    with pytest.raises(InvalidArguments, match="mean the same and have different values"):
        translate(UPDATE, twice)


def test_an_unknown_older_value_is_refused_beside_the_current_name_too() -> None:
    """It would be dropped without a word, though the caller meant something by it."""
    with pytest.raises(InvalidArguments, match="direction is an older name of mode"):
        translate(UPDATE, {"direction": "sideways", "mode": "in"})
    with pytest.raises(InvalidArguments, match="use_words must obey type boolean"):
        translate(UPDATE, {"use_words": "nonsense", "words": 3})


def test_an_older_value_without_counterpart_is_sent_as_it_is_where_the_table_keeps_it() -> None:
    assert translate(UPDATE, {"use_words": True})[0] == {"use_words": True}


def test_an_older_value_without_counterpart_is_dropped_where_the_current_name_says_it() -> None:
    assert translate(UPDATE, {"use_words": True, "words": 3})[0] == {"words": 3}


def test_an_older_value_without_counterpart_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidArguments, match=r"direction .* mode .* receive, make"):
        translate(UPDATE, {"direction": "sideways"})


def test_the_callers_own_arguments_are_left_alone() -> None:
    given = {"title": "A"}
    translate(UPDATE, given)
    assert given == {"title": "A"}


@pytest.mark.parametrize("given", [{"use_words": False}, {"use_words": False, "words": 3}])
def test_an_older_value_that_means_nothing_today_is_left_out(given: dict[str, object]) -> None:
    alias = Alias("use_words", "words", {}, keep=True, drop=("false",))
    tool = dataclasses.replace(UPDATE, aliases=(alias,))
    rest = {name: value for name, value in given.items() if name == "words"}
    assert translate(tool, given)[0] == rest
    assert translate(tool, {"use_words": True})[0] == {"use_words": True}

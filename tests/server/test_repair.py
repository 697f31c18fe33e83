"""Arguments that came as text: read where only one reading is possible, else left to the check."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.tables import CREATE, GET, tool

from famulor_mcp.repair import mended, repair


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"count": "42"}, {"count": 42}),
        ({"count": "-7"}, {"count": -7}),
        ({"count": "123456789012345678901234567890"}, {"count": 123456789012345678901234567890}),
        ({"count": 42.0}, {"count": 42}),
        ({"on": "true"}, {"on": True}),
        ({"on": "false"}, {"on": False}),
        ({"meta": '{"a": "1"}'}, {"meta": {"a": "1"}}),
        ({"part_ids": '["1", 2]'}, {"part_ids": [1, 2]}),
        ({"places": [{"lat": "5", "open": "true"}]}, {"places": [{"lat": 5, "open": True}]}),
        ({"places": ['{"lat": "5"}']}, {"places": [{"lat": 5}]}),
    ],
)
def test_text_that_can_only_mean_another_type_is_read_as_it(sent: Any, read: Any) -> None:
    assert repair(CREATE, sent) == read


@pytest.mark.parametrize(
    "sent",
    [
        {"count": "1.5"},
        {"count": "abc"},
        {"count": "007"},
        {"count": "+4"},
        {"count": " 4"},
        {"count": "٤"},
        {"count": 4.5},
        {"count": 1e300},
        {"count": True},
        {"on": "yes"},
        {"on": "True"},
        {"on": "1"},
        {"on": 1},
        {"meta": "[1]"},
        {"meta": "{"},
        {"part_ids": "1,2"},
        {"name": "42"},
        {"name": "true"},
        {"name": '{"a": 1}'},
        {"places": [{"text": "[1]"}]},
        {"meta": {"free": "42"}},
        {"unknown": "42"},
    ],
)
def test_what_could_mean_something_else_is_left_alone(sent: Any) -> None:
    assert repair(CREATE, sent) == sent


def test_a_string_stays_wherever_the_schema_takes_a_string_too() -> None:
    for schema in (
        {"type": ["integer", "string"]},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"oneOf": [{"type": "integer"}, {}]},
        {"enum": ["1", 1]},
        {},
        True,
    ):
        assert mended("1", [schema]) == "1"  # type: ignore[list-item]


def test_the_branch_that_the_value_names_decides_how_its_fields_are_read() -> None:
    union = {
        "oneOf": [
            {"properties": {"type": {"const": "a"}, "x": {"type": "integer"}}},
            {"properties": {"type": {"const": "b"}, "x": {"type": "string"}}},
        ]
    }
    assert mended({"type": "a", "x": "1"}, [union]) == {"type": "a", "x": 1}
    assert mended({"type": "b", "x": "1"}, [union]) == {"type": "b", "x": "1"}


def test_null_counts_as_absent_in_a_read_and_stays_in_any_other_call() -> None:
    assert repair(GET, {"thing_id": 1, "color": None}) == {"thing_id": 1}
    assert repair(CREATE, {"name": "A", "count": None}) == {"name": "A", "count": None}


def test_null_stays_in_a_read_where_it_is_allowed_required_or_unknown() -> None:
    nulls = {"note": None, "thing_id": None, "other": None}
    assert repair(GET, nulls) == nulls


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ([{"a": 1}, {"b": "2"}], {"a": 1, "b": "2"}),
        ('[{"a": 1}]', {"a": 1}),
        ([], {}),
        ({"a": 1}, {"a": 1}),
        ([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
        (["a"], ["a"]),
    ],
)
def test_a_list_of_objects_is_merged_where_the_table_says_so(given: Any, sent: Any) -> None:
    """Older callers give variables as a list; one that says a name twice is left to the check."""
    map_ = {"type": "object", "additionalProperties": True}
    facts = {"properties": {"variables": map_}, "merged": ("variables",)}
    assert repair(tool("add", "POST", "/", **facts), {"variables": given}) == {"variables": sent}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
BOTH = tool(
    "both",
    "POST",
    "/",
    properties={"o": {"type": "object"}, "a": {"type": "array"}, "s": {"type": "string"}},
)


@settings(max_examples=80, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "o": st.dictionaries(st.text(max_size=4), values, max_size=3),
            "a": st.lists(values, max_size=3),
            "s": st.one_of(st.text(max_size=8), values.map(json.dumps)),
        },
    ),
    st.integers(1, 2),
)
def test_objects_and_lists_written_as_json_once_or_twice_are_the_same_call(
    arguments: dict[str, Any], times: int
) -> None:
    """Field notes B 12; and text fields that look like JSON keep every character."""
    sent = dict(arguments)
    for name in {"o", "a"} & sent.keys():
        for _ in range(times):
            sent[name] = json.dumps(sent[name])
    before = deepcopy(sent)
    assert repair(BOTH, sent) == arguments
    assert sent == before

"""Results: text and data hold the same facts, secrets hidden, nothing copied without need."""

import json
from typing import Any

import pytest
from tests.server.tables import GET, LIST

from famulor_mcp.account import Account
from famulor_mcp.read import Reading
from famulor_mcp.shape import Ask, masked, shape
from famulor_mcp.shape.secrets import Names
from famulor_tools import TOOLS

KEY = "12|abcdefghijklmnop"


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ({"a": "Ä"}, {"a": "Ä"}),
        ([{"a": 1}], {"items": [{"a": 1}]}),
        ([], {"items": []}),
        ("x", {"result": "x"}),
        (None, {"result": None}),
        (0.1, {"result": 0.1}),
    ],
)
def test_data_is_an_object_and_text_is_its_compact_json(value: Any, data: Any) -> None:
    result = shape(GET, Reading(value), Account(KEY))
    assert result.data == data
    assert result.text == json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    assert not result.is_error


def test_a_sentence_is_text_and_data() -> None:
    result = shape(GET, Reading(sentence="Done."), Account(KEY))
    assert (result.text, result.data) == ("Done.", {"result": "Done."})


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"data": rows}])
def test_secrets_that_the_table_names_are_hidden(wrap: Any) -> None:
    rows = [{"token": "t0ps3cret", "id": 1}, {"token": None}, {"token": ["t0ps3cret"]}, "odd"]
    result = shape(LIST, Reading(wrap(rows)), Account(KEY))
    assert "t0ps3cret" not in result.text
    assert "t0ps3cret" not in str(result.data)
    assert result.text.count("[hidden]") == 2
    assert '"token":null' in result.text


def test_any_item_may_be_a_value_of_a_map() -> None:
    assert masked({"h": {"a": "x", "b": ""}}, ("h", "*")) == {"h": {"a": "[hidden]", "b": ""}}


def test_the_key_never_comes_back_should_the_api_echo_it() -> None:
    echoed = {"a": [f"Bearer {KEY}"], KEY: 1}
    result = shape(GET, Reading(echoed), Account(KEY))
    assert KEY not in result.text
    assert KEY not in str(result.data)
    assert result.data == {"a": ["Bearer [key]"], "[key]": 1}


def test_what_json_in_utf8_cannot_hold_is_replaced() -> None:
    result = shape(GET, Reading({"a": "x\ud800", "c": 2**70}), Account(KEY))
    assert result.data == {"a": "x?", "c": 2**70}
    assert json.loads(result.text.encode()) == result.data


def test_nothing_is_copied_where_nothing_is_hidden() -> None:
    value = {"a": [1]}
    assert shape(GET, Reading(value), Account(KEY)).data is value


KEY_OF_CALENDAR = {"calcom_api_key": "cal_s3cret", "calcom_event_slug": "visit"}
HEADERS = [{"name": "X-Key", "value": "cal_s3cret"}]


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        ("get_assistants", [{"tools": [{"data": KEY_OF_CALENDAR}]}]),
        ("get_assistants", {"data": [{"tools": [KEY_OF_CALENDAR]}]}),
        ("get_assistants", {"data": [{"tools": [{"headers": HEADERS}]}]}),
        ("get_mid_call_tool", {"id": 1, "headers": {"Authorization": "cal_s3cret"}}),
        ("get_mid_call_tool", {"data": {"headers": {"a": ["cal_s3cret"], "b": HEADERS}}}),
        ("list_mid_call_tools", {"tools": [{"headers": HEADERS}]}),
        ("get_sip_trunk", {"data": {"sip_password": "cal_s3cret"}}),
        ("get_me", {"sip_password": "cal_s3cret"}),
        ("get_me", '{"sip_password": "cal_s3cret", "na'),
    ],
)
def test_a_secret_is_known_by_its_name_wherever_it_stands(tool: str, answer: Any) -> None:
    """The API may answer in another shape than it documents."""
    found = next(one for one in TOOLS if one.name == tool)
    controls = {"detail": "full"} if "detail" in found.controls else {}
    result = shape(found, Reading(answer), Account(KEY), Ask({}, controls), Names.of(TOOLS))
    assert "cal_s3cret" not in result.text
    assert "cal_s3cret" not in repr(result.data)
    assert "[hidden]" in result.text


def test_what_only_shares_a_word_with_a_secret_is_left_alone() -> None:
    value = {
        "fields": [{"name": "a", "value": "b"}],
        "note": "headers and sip_password are set elsewhere",
        "headers": None,
        "sip_password": "",
    }
    assert shape(GET, Reading(value), Account(KEY), names=Names.of(TOOLS)).data is value

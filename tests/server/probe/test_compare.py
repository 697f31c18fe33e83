"""What counts as a difference between an answer and its document, and in which words."""

from typing import Any

import pytest

from famulor_mcp.probe.compare import compare

SCHEMAS = {"#/bed": {"type": "object", "properties": {"id": {"type": "integer"}}}}
BED = {"$ref": "#/bed"}
LIST = {"type": "object", "properties": {"data": {"type": "array", "items": BED}}}


def told(value: Any, schema: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.path, one.words) for one in compare(value, schema, SCHEMAS)]


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({"data": [{"id": 1}, {}]}, LIST),
        ({"x": 1}, {"type": "object"}),
        ({"x": 1}, {"properties": {"y": {}}, "additionalProperties": True}),
        ({}, {"properties": {"y": {}}}),
        (3, {"type": "number"}),
        (None, {"type": "integer", "nullable": True}),
        (None, {"type": ["integer", "null"], "enum": [1, None]}),
        (None, {"type": ["string", "null"], "known": ["herbs"]}),
        ("herbs", {"type": ["string", "null"], "known": ["herbs"]}),
        ({"a": 1, "b": 2}, {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}),
        ("x", {"oneOf": [{"type": "integer"}, {"type": "string"}]}),
    ],
)
def test_what_is_documented_is_no_difference(value: Any, schema: dict[str, Any]) -> None:
    assert told(value, schema) == []


@pytest.mark.parametrize(
    ("value", "schema", "found"),
    [
        ({"data": [{"id": 1}, {"id": 2, "soil": "x"}]}, LIST,
         [("data[].soil", "is not documented (string)")]),
        ({"data": [{"id": "1"}, {"id": "2"}]}, LIST,
         [("data[].id", "is string, documented is integer")]),
        (True, {"type": "integer"}, [("", "is boolean, documented is integer")]),
        ("roses", {"enum": ["herbs"]}, [("", "has a value that is not listed: `roses`")]),
        ("roses", {"known": ["herbs"]}, [("", "has a value that is not listed: `roses`")]),
        ({}, {"required": ["id"], "properties": {"id": {}}},
         [("id", "is missing, documented is that it is there")]),
        ({"x": "y"}, {"additionalProperties": {"type": "integer"}},
         [("*", "is string, documented is integer")]),
        ({"k": "b", "n": 1}, {"oneOf": [{"properties": {"k": {"enum": ["a"]}}},
         {"properties": {"k": {"enum": ["b"]}, "n": {"type": "string"}}}]},
         [("n", "is integer, documented is string")]),
    ],
)  # fmt: skip
def test_a_difference_is_told_once_with_its_path(
    value: Any, schema: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert told(value, schema) == found


@pytest.mark.parametrize(
    "secret", ["Ada Berg", "+4915112345678", "ada@example.org", "sk-live-1234", "0f9cb1d2"]
)
def test_no_value_of_a_person_is_told(secret: str) -> None:
    """Names of fields may be such values as well, where a map has them as keys."""
    schema = {"type": "object", "properties": {"a": {"enum": ["x"]}, "b": {"type": "integer"}}}
    words = str(told({"a": secret, "b": secret, f"{secret} ": 1}, schema))
    assert secret not in words
    assert words.count("Berg") == 0

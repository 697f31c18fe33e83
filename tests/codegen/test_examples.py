"""Examples made from schemas: valid, the same on every run, and the document's own first."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from famulor_codegen.examples import NoExampleError, example
from famulor_codegen.oracle import valid

STRING: dict[str, Any] = {"type": "string"}
TIMED: dict[str, Any] = {
    "if": {"properties": {"type": {"const": "later"}}, "required": ["type"]},
    "then": {"required": ["at"]},
}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "example": 7, "examples": [8], "default": 9}, 7),
        ({"type": "integer", "examples": [8], "default": 9}, 8),
        ({"type": "integer", "default": 9}, 9),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": [1]}, [1]),
        ({"type": "integer", "example": "wrong", "minimum": 3}, 3),
        ({"anyOf": [{"type": "integer", "example": 5}]}, 5),
    ],
)
def test_what_the_document_gives_comes_first_if_it_is_valid(
    schema: dict[str, Any], expected: Any
) -> None:
    assert example(schema) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "null"},
        {"type": "boolean", "not": {"const": True}},
        {"type": "integer", "minimum": 7, "multipleOf": 5},
        {"type": "integer", "maximum": -2},
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
        {"type": "number", "multipleOf": 0.25, "minimum": 0.3},
        {"type": "string", "minLength": 30, "maxLength": 31},
        {"type": "string", "maxLength": 0},
        {"type": "string", "format": "uuid"},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "email"},
        {"type": "string", "format": "uri", "minLength": 40},
        {"type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$"},
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
        {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"},
        {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "minLength": 9},
        {"type": "string", "pattern": "^(asc|desc)$"},
        {"type": "string", "pattern": "^[^\\s/]+\\.wav$"},
        {"type": "array", "items": STRING, "minItems": 3, "uniqueItems": True},
        {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 2, "uniqueItems": True},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True},
        {"type": "array", "maxItems": 0},
        {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}},
        {"type": "object", "minProperties": 2, "additionalProperties": STRING},
        {"type": "object", "minProperties": 1, "properties": {"a": STRING}},
        {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^x-[a-z]+$"}},
        {"type": "object", "properties": {"a": STRING}, "required": ["a"], "allOf": [{"not": {}}]}
        | {"allOf": [{"properties": {"b": STRING}, "required": ["b"]}]},
        {"oneOf": [{"type": "object", "properties": {"t": {"const": "x"}}, "required": ["t"]}]},
        {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {
            "type": "object",
            "properties": {"type": {"const": "later"}, "at": STRING},
            "required": ["type"],
            "allOf": [TIMED],
        },
        {"not": {"type": "string"}},
        {"required": ["a"]},
        {"type": ["null", "integer"], "not": {"type": "null"}},
    ],
)
def test_a_made_example_is_valid_and_the_same_every_time(schema: dict[str, Any]) -> None:
    before = copy.deepcopy(schema)

    made = example(schema)

    assert valid(schema, made)
    assert example(copy.deepcopy(schema)) == made
    assert schema == before


def test_an_object_gets_what_it_needs_and_no_more() -> None:
    schema = {"type": "object", "properties": {"a": STRING, "b": STRING}, "required": ["b"]}

    assert list(example(schema)) == ["b"]


@pytest.mark.parametrize(
    "schema", [False, {"type": "integer", "minimum": 2, "maximum": 1}, {"not": {}}]
)
def test_where_no_example_can_be_made_the_author_is_asked_for_one(schema: Any) -> None:
    with pytest.raises(NoExampleError, match="give one as `example`"):
        example(schema)

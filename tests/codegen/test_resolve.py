"""Schemas that stand alone: nullable in both versions of OpenAPI, and several that hold at once."""

from __future__ import annotations

from typing import Any

import pytest

from famulor_codegen import advertise, enforce
from famulor_codegen.errors import Report
from famulor_codegen.resolve import Resolver

GENRES = {"type": "string", "enum": ["novel", "poem"]}
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}


def resolved(schema: Any, version: str = "3.1.0", **schemas: Any) -> tuple[Any, Report]:
    report = Report("x.yaml", {})
    raw = {"openapi": version, "components": {"schemas": schemas}}
    return Resolver(raw, report).schema(schema, "/here"), report


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ({"type": "string"}, {"type": ["string", "null"]}, "string"),
        (GENRES, {"type": ["string", "null"], "enum": ["novel", "poem", None]}, "string"),
        (OBJECT, {**OBJECT, "type": ["object", "null"]}, "object"),
        (
            {"type": "array", "items": {"type": "string"}},
            {"type": ["array", "null"], "items": {"type": "string"}},
            "array",
        ),
        (ref("Genre"), {"anyOf": [ref("Genre"), {"type": "null"}]}, "string"),
    ],
    ids=["string", "enum", "object", "array", "ref"],
)
def test_nullable_means_the_same_in_both_versions(old: Any, new: Any, kind: str) -> None:
    """Whose rule: field reports of clients that got `nullable` or an enum without null."""
    one, _ = resolved({**old, "nullable": True}, "3.0.3", Genre=GENRES)
    two, _ = resolved(new, Genre=GENRES)
    assert advertise.advertised(one) == advertise.advertised(two)
    assert enforce.enforced(one) == enforce.enforced(two)
    shown = advertise.advertised(one)
    assert shown["type"] == [kind, "null"]
    assert "nullable" not in shown
    assert None in shown.get("enum", [None])


def test_parts_of_allof_become_one_object() -> None:
    merged, report = resolved(
        {
            "allOf": [
                ref("Base"),
                {"required": ["b"], "properties": {"b": {"type": "integer", "minimum": 1}}},
                {"description": "needs a", "if": {"required": ["b"]}, "then": {"required": ["a"]}},
            ],
            "properties": {"b": {"type": "integer", "minimum": 3, "maximum": 9}},
        },
        Base={**OBJECT, "required": ["a"]},
    )
    strict = enforce.enforced(merged)
    assert report.defects == []
    assert strict["properties"]["b"] == {"type": "integer", "minimum": 3, "maximum": 9}
    assert strict["required"] == ["a", "b"]
    assert [entry["description"] for entry in strict["allOf"]] == ["needs a"]
    assert strict["additionalProperties"] is False


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({**ref("Genre"), "type": ["string", "null"]}, "cannot widen"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "no value is both"),
        ({"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, "no value in common"),
        (
            {"allOf": [{"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}]},
            "twice",
        ),
        (
            {"allOf": [{**OBJECT, "additionalProperties": False}, {"properties": {"b": {}}}]},
            "leave it out",
        ),
    ],
)
def test_parts_that_contradict_each_other_are_refused(schema: Any, words: str) -> None:
    _, report = resolved(schema, Genre=GENRES)
    assert [words in defect.sentence for defect in report.defects] == [True]


def test_a_union_is_advertised_as_what_its_members_share_and_enforced_whole() -> None:
    members = [
        {
            "type": "object",
            "required": ["kind", "a"],
            "properties": {"kind": {"const": "x"}, "a": {"type": "string"}},
        },
        {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"const": "y"}, "b": {"type": "integer"}},
        },
    ]
    union, _ = resolved({"oneOf": members, "discriminator": {"propertyName": "kind"}})
    shown = advertise.advertised(union)
    assert shown == {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["x", "y"]},
            "a": {"type": "string"},
            "b": {"type": "integer"},
        },
        "required": ["kind"],
    }
    assert [member["additionalProperties"] for member in enforce.enforced(union)["oneOf"]] == [
        False,
        False,
    ]


def test_the_documents_overlay_comes_last_and_leaves_the_enforced_schema() -> None:
    schema, _ = resolved(
        {**ref("Id"), "x-mcp": {"advertise": {"maximum": 5}}},
        Id={"type": "integer", "minimum": 1, "x-mcp": {"advertise": {"minimum": None}}},
    )
    assert advertise.advertised(schema) == {"type": "integer", "maximum": 5}
    assert enforce.enforced(schema) == {"type": "integer", "minimum": 1}

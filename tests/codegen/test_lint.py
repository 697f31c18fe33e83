"""Each rule catches the schema that broke a client, and good schemas pass in every profile."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from famulor_codegen.lint import PROFILES, lint

Json = dict[str, Any]
GOOD: Json = {
    "type": "object",
    "properties": {
        "assistant_id": {"type": ["integer", "string"], "description": "Id or name."},
        "language_id": {"type": ["integer", "string", "null"]},
        "phone_number": {"type": "string", "pattern": "^\\+[1-9][0-9]{1,14}$"},
        "status": {"type": ["string", "null"], "enum": ["active", "ended", None]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "variables": {"type": "object", "additionalProperties": True},
        "hours": {
            "type": "object",
            "properties": {"from": {"type": "string", "minLength": 5}},
            "required": ["from"],
        },
        "per_page": {"type": "integer", "minimum": 1, "maximum": 100},
    },
    "required": ["assistant_id"],
}
ANSWER: Json = {"type": "object", "properties": {"id": {}, "status": {}}}


def tool(**changes: Any) -> Json:
    base = {"name": "make_call", "description": "Call.", "inputSchema": GOOD}
    return {**base, "outputSchema": ANSWER, **changes}


def with_argument(schema: Any) -> Json:
    return tool(inputSchema={"type": "object", "properties": {"a": schema}})


def with_root(**keywords: Any) -> Json:
    return tool(inputSchema={**GOOD, **keywords})


def with_answer(schema: Any, **keywords: Any) -> Json:
    return tool(outputSchema={"type": "object", "properties": {"a": schema}, **keywords})


NULL, TEXT = {"type": "null"}, {"type": "string"}
DEEP: Json = {"type": "string"}
for _ in range(11):
    DEEP = {"type": "array", "items": DEEP}

BAD: list[tuple[str, str, str, Json]] = [
    ("Anthropic", "tool name", "/name", tool(name="MakeCall")),
    ("Cursor", "tool name", "/name", tool(name="a" * 49)),
    ("VS Code", "tool name", "/name", tool(name="make-call")),
    (
        "Anthropic",
        "property name",
        "/inputSchema/properties/a[]",
        with_root(properties={"a[]": TEXT}),
    ),
    ("Anthropic", "root is not a plain object", "/inputSchema", tool(inputSchema=TEXT)),
    ("OpenAI", "root is not a plain object", "/inputSchema", tool(inputSchema={"type": "object"})),
    (
        "VS Code",
        "root is not a plain object",
        "/outputSchema",
        tool(outputSchema={"type": "array"}),
    ),
    *(
        (client, "composition at the root", "/inputSchema", with_root(**{key: value}))
        for client in ("Anthropic", "OpenAI")
        for key, value in {
            "anyOf": [{"required": ["tags"]}],
            "oneOf": [{"required": ["tags"]}],
            "allOf": [{"required": ["tags"]}],
            "not": {"required": ["tags"]},
            "if": {"required": ["tags"]},
        }.items()
    ),
    (
        "Gemini",
        "composition",
        "/inputSchema/properties/a/anyOf",
        with_argument({"anyOf": [TEXT, NULL]}),
    ),
    ("Cursor", "composition", "/inputSchema/properties/a/oneOf", with_argument({"oneOf": [TEXT]})),
    ("Cursor", "composition", "/outputSchema/properties/a/allOf", with_answer({"allOf": [{}]})),
    *(
        (
            client,
            "reference",
            f"/inputSchema/properties/a/{key}",
            with_argument({**TEXT, key: value}),
        )
        for client in ("Anthropic", "Cursor", "VS Code", "Gemini")
        for key, value in {"$ref": "#/x", "$defs": {}, "definitions": {}}.items()
    ),
    ("VS Code", "reference", "/outputSchema/properties/a/$ref", with_answer({"$ref": "#/x"})),
    *(
        (
            "Gemini",
            "keyword that not every client takes",
            f"/inputSchema/properties/a/{key}",
            with_argument({**TEXT, key: value}),
        )
        for key, value in {
            "const": "x",
            "exclusiveMinimum": 1,
            "exclusiveMaximum": 1,
            "multipleOf": 2,
            "uniqueItems": True,
            "propertyNames": {},
            "patternProperties": {},
            "prefixItems": [],
            "contains": {},
            "unevaluatedProperties": False,
            "examples": [],
            "default": "x",
            "readOnly": True,
            "writeOnly": True,
            "deprecated": True,
            "$comment": "x",
            "$schema": "x",
            "contentEncoding": "base64",
            "x-mcp-header": "X",
        }.items()
    ),
    (
        "VS Code",
        "keyword of OpenAPI, not of JSON Schema",
        "/inputSchema/properties/a/nullable",
        with_argument({**TEXT, "nullable": True}),
    ),
    *(
        (client, "array without typed items", "/inputSchema/properties/a", with_argument(schema))
        for client in ("OpenAI", "VS Code", "Gemini")
        for schema in ({"type": "array"}, {"type": ["array", "null"], "items": {}})
    ),
    *(
        (
            "OpenAI",
            "pattern is long, or is not plain",
            "/inputSchema/properties/a",
            with_argument({**TEXT, "pattern": pattern}),
        )
        for pattern in ("^(?=a)", "(?<!a)b", "\\p{L}", "(a)\\1", "[", "a" * 121)
    ),
    *(
        (client, "type array", "/inputSchema/properties/a", with_argument({"type": names}))
        for client in ("Gemini", "Cursor")
        for names in (["integer", "boolean"], ["string"], ["string", "string"])
    ),
    (
        "Gemini",
        "type array",
        "/inputSchema/properties/a",
        with_argument({"type": ["array", "string"], "items": TEXT}),
    ),
    *(
        (client, "enum with a value twice", "/inputSchema/properties/a", with_argument(schema))
        for client in ("OpenAI", "VS Code")
        for schema in ({**TEXT, "enum": ["a", "a"]},)
    ),
    (
        "Gemini",
        "enum and type disagree on null",
        "/inputSchema/properties/a",
        with_argument({"type": ["string", "null"], "enum": ["a"]}),
    ),
    (
        "Gemini",
        "enum of other values than text",
        "/inputSchema/properties/a",
        with_argument({"type": "integer", "enum": [1, 2]}),
    ),
    (
        "Gemini",
        "long enum",
        "/inputSchema/properties/a",
        with_argument({**TEXT, "enum": [str(number) for number in range(41)]}),
    ),
    (
        "Anthropic",
        "required names what is no property",
        "/inputSchema",
        with_root(required=["other"]),
    ),
    ("Gemini", "schema without type", "/inputSchema/properties/a", with_argument({})),
    ("Gemini", "format", "/inputSchema/properties/a", with_argument({**TEXT, "format": "uuid"})),
    ("Cursor", "format", "/inputSchema/properties/a", with_argument({**TEXT, "format": "date"})),
    (
        "Gemini",
        "additionalProperties: false",
        "/inputSchema",
        with_root(additionalProperties=False),
    ),
    (
        "OpenAI",
        "object without properties",
        "/inputSchema/properties/a",
        with_argument({"type": "object"}),
    ),
    ("OpenAI", "nesting", "/inputSchema/properties/a" + "/items" * 10, with_argument(DEEP)),
    (
        "OpenAI",
        "size",
        "/inputSchema",
        with_root(properties={f"a{number}": TEXT for number in range(5_001)}, required=[]),
    ),
    ("OpenAI", "long description", "/description", tool(description="x" * 1_025)),
    *(
        ("Anthropic", "output schema that an answer could break", f"/outputSchema{place}", bad)
        for place, bad in {
            "/required": with_answer({}, required=["a"]),
            "/properties/a/enum": with_answer({"enum": ["x"]}),
            "/properties/a/const": with_answer({"const": "x"}),
            "/properties/a/type": with_answer(TEXT),
        }.items()
    ),
]


@pytest.mark.parametrize(
    ("client", "rule", "pointer", "bad"), BAD, ids=[f"{each[0]}: {each[1]}" for each in BAD]
)
def test_a_schema_that_breaks_a_client_is_caught_at_its_place(
    client: str, rule: str, pointer: str, bad: Json
) -> None:
    found = [each for each in lint([bad]) if (each.rule, each.pointer) == (rule, pointer)]

    assert any(client in each.client.split(", ") for each in found)


@pytest.mark.parametrize("client", PROFILES)
def test_every_rule_of_a_client_has_a_seeded_schema(client: str) -> None:
    """A rule without one could stop working unseen. Another client's seed counts as well."""
    seeded = {rule for _, rule, _, _ in BAD}

    assert {rule.name for rule in PROFILES[client]} <= seeded


def test_portable_schemas_pass_in_every_profile() -> None:
    assert (
        lint([tool(), tool(name="list_calls", inputSchema={"type": "object", "properties": {}})])
        == []
    )


def test_two_tools_of_one_name_are_caught() -> None:
    (finding,) = lint([tool(), tool()])

    assert (finding.client, finding.rule) == ("all", "two tools have this name")


def test_a_finding_reads_as_one_sentence_with_tool_place_client_and_way_out() -> None:
    (finding,) = lint([tool(name="a" * 49)])

    assert str(finding) == (
        f"{'a' * 49} /name: Anthropic, Cursor, VS Code: tool name;"
        " 1 to 48 of a-z 0-9 _, a letter first"
    )


def test_the_tools_of_this_server_pass_in_every_profile() -> None:
    tools = importlib.import_module("famulor_tools").TOOLS
    wire = [
        {
            "name": each.name,
            "description": each.description,
            "inputSchema": each.input_schema,
            "outputSchema": each.output_schema,
        }
        for each in tools
    ]

    assert list(map(str, lint(wire))) == []

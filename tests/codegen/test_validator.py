"""The generated validators: their verdict is jsonschema's, and their words help a model."""

from __future__ import annotations

import copy
import importlib
import json
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famulor_codegen import primitives
from famulor_codegen.examples import candidates
from famulor_codegen.keywords import UnsupportedSchemaError
from famulor_codegen.oracle import oracle
from famulor_codegen.validator import plan_validator
from famulor_tools.table import Problem, Tool

Json = Any
Check = Callable[[Mapping[str, Any]], list[Problem]]


def build(schema: Mapping[str, Any]) -> Check:
    """The generated function, as the generated module would hold it."""
    scope: dict[str, Any] = {"re": re, "primitives": primitives, "Problem": Problem}
    scope |= {"Mapping": Mapping, "Any": Any}
    lines = ["from __future__ import annotations", *plan_validator(schema, "check_tool")]
    exec(compile("\n".join(lines), "validator", "exec"), scope)
    check: Check = scope["check_tool"]
    return check


def closed(**properties: Json) -> dict[str, Json]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def rules(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> list[str]:
    """Problems as a person reads them: `a.0.b must be …`."""
    found = build(schema)(arguments)
    return [f"{'.'.join(map(str, each.path)) or 'the call'} {each.rule}" for each in found]


LATER: dict[str, Json] = {
    "if": {"properties": {"type": {"const": "later"}}, "required": ["type"]},
    "then": {"required": ["at"]},
}
BUTTON = closed(type={"const": "button"}, text={"type": "string", "minLength": 1})
LINK = closed(type={"enum": ["link", "url"]}, to={"type": "string", "format": "uri"})
BUTTON["required"], LINK["required"] = ["type", "text"], ["type", "to"]

SCHEMAS: dict[str, dict[str, Json]] = {
    "integers": closed(
        a={"type": "integer", "minimum": 1, "maximum": 5},
        b={"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10, "multipleOf": 3},
        c={"type": ["integer", "null"], "minimum": -1},
        d={"minimum": 3, "minLength": 2},
    ),
    "numbers": closed(
        a={"type": "number", "minimum": 0.5, "exclusiveMaximum": 2},
        b={"type": "number", "multipleOf": 0.5},
        c={"type": ["number", "string"], "maximum": 3, "maxLength": 2},
    ),
    "texts": closed(
        a={"type": "string", "minLength": 2, "maxLength": 4},
        b={"type": "string", "pattern": "^[a-z]+-[0-9]{2}$"},
        c={"type": "string", "pattern": "b"},
        d={"type": ["string", "boolean"], "minLength": 1},
        e={"pattern": "^a", "maxLength": 3},
    ),
    "formats": closed(
        a={"type": "string", "format": "uuid"},
        b={"type": "string", "format": "date"},
        c={"type": "string", "format": "date-time"},
        d={"type": "string", "format": "uri", "maxLength": 40},
        e={"type": ["string", "null"], "format": "email"},
        f={"format": "date"},
    ),
    "enums": closed(
        a={"enum": ["x", "y", None]},
        b={"type": "integer", "enum": [1, 2, "3"]},
        c={"enum": [0, False, [1], {"k": 1.0}]},
        d={"const": True},
        e={"const": 1},
        f={"type": "string", "enum": ["ab", "abc"], "maxLength": 2},
    ),
    "arrays": closed(
        a={"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
        b={"type": "array", "uniqueItems": True},
        c={"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
        d={"type": ["array", "null"], "items": closed(n={"type": "integer"}), "maxItems": 2},
        e={"items": {"type": "boolean"}},
    ),
    "objects": {
        **closed(
            a={**closed(n={"type": "integer"}), "required": ["n"]},
            b={"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}},
            c={"type": "object", "minProperties": 1, "maxProperties": 2},
            d={"type": "object", "propertyNames": {"pattern": "^[a-z]+$", "maxLength": 4}},
            e={
                "type": "object",
                "properties": {"x1": {"type": "integer"}},
                "patternProperties": {"^x": {"type": "integer"}, "y$": {"minimum": 2}},
                "additionalProperties": False,
            },
            f={"type": "object", "dependentRequired": {"p": ["q", "r"]}},
            g={"type": ["object", "string"], "required": ["z"], "minLength": 3},
            h=False,
        ),
        "required": ["a"],
    },
    "later": {**closed(type={"enum": ["now", "later"]}, at={"type": "string"}), **LATER},
    "else": closed(
        a={
            "if": {"type": "integer"},
            "then": {"minimum": 10},
            "else": {"type": "string", "maxLength": 3},
        }
    ),
    "all": {
        **closed(type={"type": "string"}, at={"type": "integer"}, to={"type": "string"}),
        "allOf": [
            LATER,
            {"anyOf": [{"required": ["at"]}, {"required": ["to"]}], "description": "needs a time"},
            {"not": {"required": ["at", "to"]}},
            {"properties": {"at": {"maximum": 9}}},
        ],
    },
    "any": closed(
        a={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "minLength": 1}]},
        b={"anyOf": [closed(n={"type": "integer"}), {"type": "null"}]},
        c={"anyOf": [{"minimum": 3}, {"type": "array", "minItems": 1}]},
        d={"anyOf": [{"type": "number"}, {"type": "integer"}]},
    ),
    "one": closed(
        a={"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]},
        b={"oneOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}]},
        c={"oneOf": [{"required": ["x"]}, {"required": ["y"]}], "type": "object"},
        d={
            "oneOf": [
                {**closed(path={"type": "string"}), "required": ["path"]},
                {**closed(name={"type": "string"}), "required": ["name"]},
            ]
        },
    ),
    "tagged": closed(
        a={"oneOf": [BUTTON, LINK], "discriminator": {"propertyName": "type"}},
        b={"type": "array", "items": {"anyOf": [BUTTON, LINK]}},
        c={"type": "object", "oneOf": [BUTTON, LINK]},
        d={"type": ["object", "null"], "oneOf": [BUTTON, LINK]},
    ),
    "not": closed(a={"not": {"type": "string"}}, b={"type": "integer", "not": {"enum": [2, 3]}}),
}
LOOSE: list[Json] = [
    *(None, True, False, 0, 1, 1.0, 2.5, 3, -1, 10, 12.0, 10**30, math.nan, math.inf, 1e15),
    *("", "a", "ab", "abcde", "b-12", "äöü", "😀😀", "now", "later", "button", "link", "x"),
    *("2026-02-30", "2026-01-31", "20260131", "2026-01-31T09:30:00Z", "2026-01-31T09:30:00"),
    *("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "https://example.com", "a@b.de", "a@b"),
    *([], [1], [1, 1.0], [True, 1], [[]], {}, {"n": 1}, {"k": 1}, {"type": "button"}, {"x": 1}),
]


def mutated(value: Json, schema: Mapping[str, Any], chance: random.Random) -> Json:
    """The value with one place changed, removed or added; the value itself is untouched."""
    value = copy.deepcopy(value)
    inside = [value]
    for each in inside:
        children = each.values() if isinstance(each, dict) else each
        inside.extend(child for child in children if isinstance(child, dict | list))
    target = chance.choice(inside)
    if isinstance(target, dict):
        names = [*target, *schema.get("properties", {}), "at", "n", "x", "to", "other"]
        name = chance.choice(names)
        if chance.random() < 0.3:
            target.pop(name, None)
        else:
            target[name] = chance.choice(LOOSE)
    elif target and chance.random() < 0.5:
        target[chance.randrange(len(target))] = chance.choice(LOOSE)
    else:
        target.append(chance.choice([*target, *LOOSE]))
    return value


def starts(schema: Mapping[str, Any], given: Json = None) -> list[Json]:
    """Argument objects to begin with: valid ones and one with every property."""
    made = [value for value in candidates(schema) if isinstance(value, dict)]
    every = {
        name: value
        for name, each in schema.get("properties", {}).items()
        for value in list(candidates(each))[:1]
    }
    return [*([given] if given else []), *made[:8], every]


def disagreements(
    schema: Mapping[str, Any], check: Check, begin: list[Json], chance: random.Random, rounds: int
) -> Iterator[tuple[Json, list[Problem]]]:
    """Arguments on which the validator and jsonschema part."""
    judge = oracle(schema)
    for _ in range(rounds):
        value = chance.choice(begin)
        for _ in range(chance.randrange(4)):
            value = mutated(value, schema, chance)
        found = check(value)
        if judge.is_valid(value) != (not found):
            yield value, found


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=15, deadline=None, database=None, derandomize=True)
@given(chance=st.randoms(use_true_random=False))
def test_the_generated_validator_and_jsonschema_give_the_same_verdict(
    name: str, chance: random.Random
) -> None:
    """Keyword by keyword, on valid and on mutated arguments."""
    schema = SCHEMAS[name]
    check = CHECKS.setdefault(name, build(schema))
    begin = STARTS.setdefault(name, starts(schema))

    assert list(disagreements(schema, check, begin, chance, 20)) == []


def test_real_tools_accept_their_example_and_judge_mutations_as_jsonschema_does() -> None:
    """Over every tool of the generated table, with the check that is in the wheel."""
    chance = random.Random(1)
    tools: tuple[Tool, ...] = importlib.import_module("famulor_tools").TOOLS
    for tool in tools:
        assert tool.check(tool.example) == [], tool.name
        begin = starts(tool.enforced_schema, dict(tool.example))
        parted = disagreements(tool.enforced_schema, tool.check, begin, chance, 25)
        assert list(parted) == [], tool.name


CHECKS: dict[str, Check] = {}
STARTS: dict[str, list[Json]] = {}
PHONE = {
    "type": "string",
    "pattern": "^\\+[1-9][0-9]{1,14}$",
    "description": "An E.164 phone number: + and 2 to 15 digits. With country code.",
    "examples": ["+4915112345678"],
}

SENTENCES: list[tuple[Json, Json, str]] = [
    ({"type": "integer", "minimum": 1}, True, "must be an integer of at least 1"),
    ({"type": "integer", "minimum": 1, "maximum": 9}, 0, "must be an integer from 1 to 9"),
    ({"type": ["integer", "null"]}, "1", "must be an integer or null"),
    ({"type": "number", "multipleOf": 0.5}, 0.3, "must be a number that is a multiple of 0.5"),
    ({"type": "string", "maxLength": 2}, "abc", "must be a string of at most 2 characters"),
    ({"type": "boolean"}, 1, "must be true or false"),
    ({"enum": ["inbound", "outbound"]}, "in", "must be a string, one of inbound, outbound"),
    ({"const": "fixed"}, "x", "must be fixed"),
    (
        PHONE,
        "1",
        (
            "must be a string that matches ^\\+[1-9][0-9]{1,14}$: "
            "An E.164 phone number: + and 2 to 15 digits"
        ),
    ),
    ({"type": "string", "format": "uuid"}, "1", "must be a UUID"),
    ({"type": "string", "format": "date"}, "1.2.", "must be a date such as 2026-01-31"),
    ({"type": "array", "minItems": 1, "items": {}}, [], "must have at least 1 item"),
    ({"type": "array", "uniqueItems": True}, [1, 1.0], "must not hold the same item twice"),
    ({"type": "object", "minProperties": 1}, {}, "must have at least 1 entry"),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", "must be an integer, or null"),
    (
        {"type": "object", "oneOf": [{"required": ["to"]}, {"required": ["group"]}]},
        {},
        "must have exactly one of to, group",
    ),
    (False, 1, "is not allowed here"),
]


@pytest.mark.parametrize(
    ("schema", "value", "rule"), SENTENCES, ids=[each[2] for each in SENTENCES]
)
def test_a_refused_value_is_told_what_it_must_be(schema: Json, value: Json, rule: str) -> None:
    assert rules(closed(field=schema), {"field": value}) == [f"field {rule}"]


def test_every_broken_rule_is_reported_and_a_wrong_type_only_once() -> None:
    schema = {**closed(a=PHONE, b={"type": "integer", "minimum": 1}, c={}), "required": ["a"]}

    assert rules(schema, {"b": "x", "d": 1}) == [
        "d is not an argument of this tool; known: a, b, c",
        "a is required",
        "b must be an integer of at least 1",
    ]


def test_many_known_arguments_are_not_listed() -> None:
    """The server adds the closest names."""
    schema = closed(**{f"a{number}": {} for number in range(13)})

    assert rules(schema, {"b": 1}) == ["b is not an argument of this tool"]


def test_an_unknown_field_inside_an_argument_is_told_the_known_ones() -> None:
    assert rules(closed(a=closed(n={}, m={})), {"a": {"o": 1}}) == [
        "a.o is not a known field; known: n, m"
    ]


def test_a_condition_speaks_in_its_own_words_at_the_missing_field() -> None:
    condition = {**LATER, "description": "is required when type is later"}
    schema = {**closed(type={}, at={"type": "string", "examples": ["noon"]}), "allOf": [condition]}

    assert build(schema)({"type": "later"}) == [
        Problem(("at",), "is required when type is later", '"noon"')
    ]


def test_a_condition_without_words_names_the_missing_field() -> None:
    assert rules(SCHEMAS["later"], {"type": "later"}) == ["at is required"]


def test_a_rule_about_several_fields_is_reported_on_the_call() -> None:
    assert rules(SCHEMAS["all"], {}) == ["the call needs a time"]
    assert rules(SCHEMAS["all"], {"at": 1, "to": "x"}) == [
        "the call must not have at and to together"
    ]


def test_a_tag_picks_the_branch_whose_problems_are_reported() -> None:
    schema = SCHEMAS["tagged"]

    assert rules(schema, {"a": {"type": "link", "text": "x"}}) == [
        "a.text is not a known field; known: type, to",
        "a.to is required",
    ]
    assert rules(schema, {"b": [{"type": "menu"}, 3]}) == [
        "b.0.type must be one of button, link, url",
        "b.1 must be an object",
    ]


def test_the_type_picks_the_branch_where_no_tag_does() -> None:
    assert rules(SCHEMAS["any"], {"b": {"n": "x"}}) == ["b.n must be an integer"]


def test_without_tag_and_type_the_allowed_forms_are_told() -> None:
    assert rules(SCHEMAS["one"], {"d": {}}) == [
        "d must be an object with path, or an object with name"
    ]


def test_a_problem_carries_a_valid_example_but_never_one_of_a_secret() -> None:
    hidden = {"type": "string", "x-mcp": {"secret": True}, "examples": ["sk-1"]}
    schema = {**closed(a=PHONE, key=hidden, box=closed(key=hidden)), "required": ["a", "key"]}

    examples = {each.path[0]: each.example for each in build(schema)({"box": 1})}

    assert examples == {"a": '"+4915112345678"', "key": "", "box": ""}


@pytest.mark.parametrize(
    ("schema", "pointer", "words"),
    [
        ({"prefixItems": []}, "/properties/a/prefixItems", "prefixItems is not supported"),
        ({"contains": {}}, "/properties/a/contains", "contains is not supported"),
        ({"$ref": "#/x"}, "/properties/a/$ref", "$ref is not supported"),
        ({"nullable": True}, "/properties/a/nullable", "nullable is not supported"),
        ({"anyOf": [{"$defs": {}}]}, "/properties/a/anyOf/0/$defs", "$defs is not supported"),
        ({"type": "text"}, "/properties/a/type", "'text' is not one of the types"),
        ({"type": "string", "enum": [1]}, "/properties/a/enum", "no listed value is valid here"),
        ({"pattern": "(?=a)"}, "/properties/a/pattern", "lookaround"),
        ({"pattern": "(?<!a)"}, "/properties/a/pattern", "lookaround"),
        ({"pattern": "\\p{L}"}, "/properties/a/pattern", "Unicode property"),
        ({"pattern": "(a)\\1"}, "/properties/a/pattern", "backreference"),
        ({"pattern": "(?i)a"}, "/properties/a/pattern", "does not know"),
        ({"pattern": "a++"}, "/properties/a/pattern", "quantifier after a quantifier"),
        ({"pattern": "[a"}, "/properties/a/pattern", "class without an end"),
        ({"pattern": "(a"}, "/properties/a/pattern", "no regular expression"),
        ({"patternProperties": {"\\A": {}}}, "/properties/a/patternProperties", "unknown escape"),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name_and_place(
    schema: Json, pointer: str, words: str
) -> None:
    with pytest.raises(UnsupportedSchemaError) as refusal:
        plan_validator(closed(a=schema), "check_tool")

    ((place, sentence),) = refusal.value.findings
    assert place == pointer
    assert words in sentence


def test_annotations_are_ignored() -> None:
    words = {"title": "T", "deprecated": True, "readOnly": True, "x-any": 1, "$comment": "c"}

    assert build(closed(a=words))({"a": object()}) == []


def test_text_of_the_document_never_becomes_code() -> None:
    nasty = '\'"""\\ {{ 1 }}\n}); raise SystemExit #'
    schema = {
        **closed(**{nasty: {"enum": [nasty, "x"]}}),
        "required": [nasty],
        "allOf": [{"not": {"required": [nasty]}, "description": nasty}],
    }

    (missing,) = build(schema)({})
    assert missing.path == (nasty,)
    assert json.loads(missing.example) == nasty
    assert build(schema)({nasty: "x"}) == [Problem((), nasty)]


def test_decimal_steps_are_counted_in_decimal() -> None:
    """A price of 19.99 is a multiple of 0.01, though not in binary fractions."""
    check = build(closed(a={"type": "number", "multipleOf": 0.01}))

    assert check({"a": 19.99}) == []
    assert check({"a": 19.999}) != []


def test_the_same_schema_gives_the_same_lines_and_equal_parts_share_a_function() -> None:
    item = closed(n={"type": "integer"})
    schema = closed(a=item, b={"type": "array", "items": item})

    lines = plan_validator(schema, "check_tool")

    assert lines == plan_validator(copy.deepcopy(schema), "check_tool")
    assert sum("x['n']" in line or "v['n']" in line for line in lines) == 1

"""Which advertised schemas would break a client: one table of rules per client family.

Input: tools as they stand in `tools/list`. Output: findings, none of which may remain. A rule is
strict on purpose: one bad keyword can make a client drop a tool, or a model API refuse the whole
request. Sources are public reports of 2025 and 2026 and the vendors' guides.

Type arrays are allowed as [T, "null"], [T, "string"] and [T, "string", "null"], T being an array or
object in the first only: Anthropic, OpenAI, Cursor and VS Code take them as they are, Gemini's
clients turn null into `nullable` and the rest into `anyOf`. Two other types together are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from famulor_codegen.keywords import children, types_of
from famulor_codegen.patterns import UnsupportedPatternError, translate

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """A rule that a tool breaks at a JSON pointer, for which clients, and what is allowed."""

    tool: str
    pointer: str
    client: str
    rule: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.tool} {self.pointer or '/'}: {self.client}: {self.rule}; {self.allowed}"


@dataclass(frozen=True)
class Rule:
    """`breaks` yields the JSON pointers in a tool at which the rule is broken."""

    name: str
    allowed: str
    breaks: Callable[[Schema], Iterator[str]]


def lint(tools: Sequence[Schema]) -> list[Finding]:
    """Everything in the tools that some client cannot take, in the order of tools and rules."""
    return [*(finding for tool in tools for finding in _broken(tool)), *_repeated(tools)]


def _broken(tool: Schema) -> Iterator[Finding]:
    """Each rule that is broken once, with all the clients that have it."""
    clients: dict[Rule, list[str]] = {}
    for client, rules in PROFILES.items():
        for rule in rules:
            clients.setdefault(rule, []).append(client)
    for rule, named in clients.items():
        for pointer in rule.breaks(tool):
            yield Finding(tool["name"], pointer, ", ".join(named), rule.name, rule.allowed)


_FORM = ("type", "enum", "properties", "required", "items", "additionalProperties", "description")
_LIMITS = ("minimum", "maximum", "pattern", "minLength", "maxLength", "minItems", "maxItems")
PORTABLE = frozenset((*_FORM, *_LIMITS))
_COMPOSITION = frozenset(
    ["anyOf", "oneOf", "allOf", "not", "if", "then", "else", "dependentSchemas"]
)
_REFERENCES = frozenset(["$ref", "$defs", "definitions", "$dynamicRef", "$anchor", "$id", "id"])
_OPENAPI = frozenset(["nullable", "discriminator", "xml", "externalDocs", "example"])
_OUTPUT_LIMITS = frozenset(["required", "enum", "const"])
_LONGEST_PATTERN = 120
_MOST_ENUM = 40
_MOST_DEEP = 10
_MOST_CHARACTERS = 120_000
_MOST_PROPERTIES = 5_000
_LONGEST_DESCRIPTION = 1_024


def _schemas(tool: Schema, *roots: str) -> Iterator[tuple[str, Schema]]:
    for root in roots or ("inputSchema", "outputSchema"):
        if isinstance(tool.get(root), Mapping):
            yield from _within(tool[root], f"/{root}")


def _within(schema: Any, pointer: str) -> Iterator[tuple[str, Schema]]:
    if not isinstance(schema, Mapping):
        return
    yield pointer, schema
    for place, child in children(schema):
        yield from _within(child, pointer + place)
    for key in ("$defs", "definitions"):
        for name, child in schema.get(key, {}).items():
            yield from _within(child, f"{pointer}/{key}/{name}")


def _no(words: frozenset[str], *roots: str) -> Callable[[Schema], Iterator[str]]:
    """Breaks wherever one of the keywords stands."""

    def breaks(tool: Schema) -> Iterator[str]:
        for pointer, schema in _schemas(tool, *roots):
            yield from (f"{pointer}/{key}" for key in schema if key in words)

    return breaks


def _where(test: Callable[[Schema], bool], *roots: str) -> Callable[[Schema], Iterator[str]]:
    """Breaks at every schema that the test is true of."""

    def breaks(tool: Schema) -> Iterator[str]:
        yield from (pointer for pointer, schema in _schemas(tool, *roots) if test(schema))

    return breaks


def _roots(test: Callable[[Schema], bool], *roots: str) -> Callable[[Schema], Iterator[str]]:
    """Breaks at a root schema that the test is true of."""

    def breaks(tool: Schema) -> Iterator[str]:
        for root in roots or ("inputSchema", "outputSchema"):
            if isinstance(tool.get(root), Mapping) and test(tool[root]):
                yield f"/{root}"

    return breaks


def _unknown_words(tool: Schema) -> Iterator[str]:
    for pointer, schema in _schemas(tool):
        yield from (f"{pointer}/{key}" for key in schema if key not in PORTABLE)


def _names(pattern: str) -> Callable[[Schema], Iterator[str]]:
    matches = re.compile(pattern).fullmatch

    def breaks(tool: Schema) -> Iterator[str]:
        if not matches(tool["name"]):
            yield "/name"

    return breaks


def _keys(tool: Schema) -> Iterator[str]:
    for pointer, schema in _schemas(tool):
        for name in schema.get("properties", {}):
            if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name):
                yield f"{pointer}/properties/{name}"


def _types(schema: Schema) -> bool:
    named = schema.get("type")
    if not isinstance(named, list):
        return False
    others = [name for name in named if name not in {"string", "null"}]
    mixed = "string" in named and bool({"array", "object"} & set(named))
    return len(set(named)) != len(named) or len(named) < 2 or len(others) > 1 or mixed


def _itemless(schema: Schema) -> bool:
    items = schema.get("items")
    return "array" in types_of(schema) and not (
        isinstance(items, Mapping) and (types_of(items) or "enum" in items)
    )


def _bad_pattern(schema: Schema) -> bool:
    pattern = schema.get("pattern")
    if pattern is None:
        return False
    try:
        translate(pattern)
    except UnsupportedPatternError:
        return True
    return len(pattern) > _LONGEST_PATTERN


def _repeats(schema: Schema) -> bool:
    texts = [json.dumps(value) for value in schema.get("enum", ())]
    return len(set(texts)) != len(texts)


def _nullable_enum(schema: Schema) -> bool:
    nullable = "null" in types_of(schema)
    return "enum" in schema and nullable != (None in schema["enum"])


def _other_enum(schema: Schema) -> bool:
    texts = [value for value in schema.get("enum", ()) if value is not None]
    return not all(isinstance(value, str) for value in texts)


def _untyped(schema: Schema) -> bool:
    return "type" not in schema


def _unlisted(schema: Schema) -> bool:
    return bool(set(schema.get("required", ())) - set(schema.get("properties", {})))


def _free_map(schema: Schema) -> bool:
    return "object" in types_of(schema) and not schema.keys() & {
        "properties",
        "additionalProperties",
    }


def _root_form(schema: Schema) -> bool:
    return schema.get("type") != "object" or not isinstance(schema.get("properties"), Mapping)


def _too_deep(tool: Schema) -> Iterator[str]:
    for pointer, _ in _schemas(tool):
        if pointer.count("/properties/") + pointer.count("/items") > _MOST_DEEP:
            yield pointer


def _too_large(tool: Schema) -> Iterator[str]:
    every = [schema for _, schema in _schemas(tool, "inputSchema")]
    names = [name for schema in every for name in schema.get("properties", {})]
    values = [str(value) for schema in every for value in schema.get("enum", ())]
    if len(names) > _MOST_PROPERTIES or len("".join(names + values)) > _MOST_CHARACTERS:
        yield "/inputSchema"


def _long_words(tool: Schema) -> Iterator[str]:
    if len(tool.get("description", "")) > _LONGEST_DESCRIPTION:
        yield "/description"


def _repeated(tools: Sequence[Schema]) -> Iterator[Finding]:
    names = [tool["name"] for tool in tools]
    for name in dict.fromkeys(each for each in names if names.count(each) > 1):
        yield Finding(name, "/name", "all", "two tools have this name", "a name of its own")


_KEYWORDS = Rule(
    "keyword that not every client takes", f"allowed: {', '.join(sorted(PORTABLE))}", _unknown_words
)
_ROOT = Rule(
    "root is not a plain object", "root has type: object and properties", _roots(_root_form)
)
_ROOT_COMPOSED = Rule(
    "composition at the root",
    "conditions between arguments belong in the enforced schema",
    _roots(lambda schema: bool(_COMPOSITION & schema.keys())),
)
_COMPOSED = Rule("composition", "spell the form out, or describe it", _no(_COMPOSITION))
_REFERS = Rule("reference", "inline it", _no(_REFERENCES))
_NULLABLE = Rule("keyword of OpenAPI, not of JSON Schema", "use type arrays", _no(_OPENAPI))
_PATTERN = Rule(
    "pattern is long, or is not plain",
    f"at most {_LONGEST_PATTERN} characters, no lookaround, \\p or backreference",
    _where(_bad_pattern),
)
_ITEMS = Rule("array without typed items", "items with a type", _where(_itemless, "inputSchema"))
_KEYS = Rule("property name", "1 to 64 of a-z A-Z 0-9 _ . -", _keys)
# The longest prefixes: mcp__famulor__ in Claude Code (64 in all), famulor: in Cursor (60 in all).
_NAME = Rule("tool name", "1 to 48 of a-z 0-9 _, a letter first", _names(r"[a-z][a-z0-9_]{0,47}"))
_TYPE_ARRAY = Rule("type array", 'one type beside "string" and "null"', _where(_types))
_ENUM_TWICE = Rule("enum with a value twice", "each value once", _where(_repeats))
_ENUM_NULL = Rule(
    "enum and type disagree on null", "null in both or in neither", _where(_nullable_enum)
)
_ENUM_TEXT = Rule("enum of other values than text", "strings and null", _where(_other_enum))
_ENUM_LONG = Rule(
    "long enum",
    f"at most {_MOST_ENUM} values, else a string and a tool that lists them",
    _where(lambda schema: len(schema.get("enum", ())) > _MOST_ENUM),
)
_REQUIRED = Rule(
    "required names what is no property", "required is a subset of properties", _where(_unlisted)
)
_UNTYPED = Rule("schema without type", "every schema has a type", _where(_untyped, "inputSchema"))
_FORMAT = Rule("format", "say it in the description", _where(lambda schema: "format" in schema))
_CLOSED = Rule(
    "additionalProperties: false",
    "leave it out; the enforced schema is closed",
    _where(lambda schema: schema.get("additionalProperties") is False),
)
_MAP = Rule(
    "object without properties",
    "a free map has additionalProperties: true or a schema",
    _where(_free_map, "inputSchema"),
)
_DEEP = Rule("nesting", f"at most {_MOST_DEEP} levels", _too_deep)
_LARGE = Rule(
    "size",
    f"at most {_MOST_PROPERTIES} properties and {_MOST_CHARACTERS} characters of names and enums",
    _too_large,
)
_WORDS = Rule("long description", f"at most {_LONGEST_DESCRIPTION} characters", _long_words)
_OUTPUT = Rule(
    "output schema that an answer could break",
    "property names only: no required, enum, const, closed object",
    _no(_OUTPUT_LIMITS, "outputSchema"),
)
_OUTPUT_TYPE = Rule(
    "output schema that an answer could break",
    "no type below the root",
    lambda tool: (
        f"{pointer}/type"
        for pointer, schema in _schemas(tool, "outputSchema")
        if pointer != "/outputSchema" and "type" in schema
    ),
)

PROFILES: dict[str, tuple[Rule, ...]] = {
    # A root with composition is refused by the API, or the tool dropped without a word.
    "Anthropic": (_NAME, _KEYS, _ROOT, _ROOT_COMPOSED, _REFERS, _REQUIRED, _OUTPUT, _OUTPUT_TYPE),
    # One bad pattern or array makes every message of a session fail.
    "OpenAI": (_ROOT, _ROOT_COMPOSED, _ITEMS, _PATTERN, _ENUM_TWICE, _DEEP, _LARGE, _WORDS, _MAP),
    # The function declarations know a subset of OpenAPI 3.0's schema.
    "Gemini": (
        _KEYWORDS,
        _COMPOSED,
        _REFERS,
        _NULLABLE,
        _TYPE_ARRAY,
        _ENUM_NULL,
        _ENUM_TEXT,
        _ENUM_LONG,
        _UNTYPED,
        _FORMAT,
        _CLOSED,
        _ITEMS,
        _REQUIRED,
    ),
    # Server and tool name share 60 characters; unions and references are not understood.
    "Cursor": (_NAME, _COMPOSED, _REFERS, _FORMAT, _TYPE_ARRAY),
    # Checks schemas when the tool is registered; one bad array disables the tool.
    "VS Code": (_NAME, _ITEMS, _ENUM_TWICE, _REFERS, _NULLABLE, _ROOT),
}

"""From a raw schema to one that stands alone: `$ref`s inlined, `allOf` merged, 3.0 words in 3.1.

Each schema says in `merge.AT` where it stands. Keywords that the codegen cannot honour are noted
as defects, so that nothing is dropped in silence.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from famulor_codegen.enforce import enforced
from famulor_codegen.errors import join
from famulor_codegen.merge import AT, ConflictError, both
from famulor_codegen.oracle import valid
from famulor_codegen.refs import find

if TYPE_CHECKING:
    from famulor_codegen.errors import Report

Schema = dict[str, Any]

KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_NESTED = ("items", "additionalProperties", "not", "if", "then", "else")
_LISTED = ("oneOf", "anyOf")
_KNOWN = {
    *_NESTED, *_LISTED, "$ref", "allOf", "type", "enum", "const", "properties", "required",
    "minItems", "maxItems", "uniqueItems", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "format",
    "dependentRequired", "minProperties", "maxProperties", "discriminator", "title",
    "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly",
    "externalDocs", "xml", "nullable", "contentMediaType", "contentEncoding", "$comment",
}  # fmt: skip
_TYPES = {"null", "boolean", "integer", "number", "string", "array", "object"}
_CONDITION = {
    "if",
    "then",
    "else",
    "not",
    "oneOf",
    "anyOf",
    "dependentRequired",
    "required",
    "allOf",
}


class Resolver:
    """Resolves the schemas of one document; the same place always gives the same object."""

    def __init__(self, raw: dict[str, Any], report: Report) -> None:
        self._raw = raw
        self._report = report
        self._old = str(raw.get("openapi", "")).startswith("3.0")
        self._done: dict[str, Schema] = {}

    def schema(self, node: Any, pointer: str) -> Schema:
        """The schema at `pointer`, alone."""
        if pointer not in self._done:
            before = len(self._report.defects)
            schema = {**self._resolve(node, pointer), AT: pointer}
            self._done[pointer] = schema
            if len(self._report.defects) == before:
                self._check_default(schema, pointer)
        return self._done[pointer]

    def _check_default(self, schema: Schema, pointer: str) -> None:
        if "default" in schema and not valid(enforced(schema), schema["default"]):
            given = json.dumps(schema["default"], ensure_ascii=False)
            sentence = f"the default {given} is not what the schema allows"
            self._report.add(join(pointer, "default"), sentence)

    def _resolve(self, node: Any, pointer: str) -> Schema:
        if isinstance(node, bool):
            return {} if node else {"not": {}}
        self._check(node, pointer)
        own = self._own(node, pointer)
        parts = [
            self.schema(part, join(pointer, "allOf", i))
            for i, part in enumerate(node.get("allOf", []))
        ]
        if "$ref" in node:
            parts.insert(0, self.schema(find(self._raw, node["$ref"]), node["$ref"][1:]))
        return (
            _nullable(self._merge(own, parts, pointer))
            if self._is_nullable(node)
            else self._merge(own, parts, pointer)
        )

    def _merge(self, own: Schema, parts: list[Schema], pointer: str) -> Schema:
        merged: Schema = {}
        for part in parts:
            if _is_condition(part):
                merged = {**merged, "allOf": [*merged.get("allOf", []), part]}
            else:
                merged = self._keep_words(merged, part, pointer) if merged else part
        return _fold(self._both(merged, own, pointer), self._both_at(pointer))

    def _keep_words(self, first: Schema, then: Schema, pointer: str) -> Schema:
        """In a list of parts the first one's words stay."""
        words: Schema = {key: first[key] for key in ("title", "description") if key in first}
        return {**self._both(first, then, pointer), **words}

    def _both(self, base: Schema, top: Schema, pointer: str) -> Schema:
        try:
            return both(base, top)
        except ConflictError as conflict:
            self._report.add(pointer, str(conflict))
            return {**base, **top}

    def _both_at(self, pointer: str) -> Any:
        return lambda base, top: self._both(base, top, pointer)

    def _own(self, node: Schema, pointer: str) -> Schema:
        """The schema's own keywords with everything below them resolved."""
        own = {
            key: value for key, value in node.items() if key not in {"$ref", "allOf", "nullable"}
        }
        for key in _NESTED:
            if key in own and not (key == "additionalProperties" and isinstance(own[key], bool)):
                own[key] = self.schema(own[key], join(pointer, key))
        if "properties" in own:
            items = own["properties"].items()
            own["properties"] = {
                k: self.schema(v, join(pointer, "properties", k)) for k, v in items
            }
        for key in _LISTED:
            if key in own:
                own[key] = [self.schema(v, join(pointer, key, i)) for i, v in enumerate(own[key])]
        if "example" in own:
            own["examples"] = [own.pop("example")]
        _typed(own)
        _exclusive(own)
        return self._discriminated(own, node, pointer)

    def _discriminated(self, own: Schema, node: Schema, pointer: str) -> Schema:
        """Every member says its own value of the discriminator, as OpenAPI implies it."""
        name = own.get("discriminator", {}).get("propertyName")
        key = next((key for key in _LISTED if key in own), None)
        if name is None or key is None:
            own.pop("discriminator", None)
            return own
        mapping = {ref: value for value, ref in own["discriminator"].get("mapping", {}).items()}
        members = []
        for index, (member, raw) in enumerate(zip(own[key], node[key], strict=True)):
            ref = raw.get("$ref", "") if isinstance(raw, dict) else ""
            short = ref.rpartition("/")[2]
            marked = _marked(member, name, mapping.get(ref, mapping.get(short, short)))
            if marked is None:
                self._report.add(
                    join(pointer, key, index),
                    f"this member does not say its value of `{name}`: give it a const",
                )
            members.append(marked or member)
        return {**own, key: members, "discriminator": {"propertyName": name}}

    def _is_nullable(self, node: Schema) -> bool:
        return self._old and node.get("nullable") is True

    def _check(self, node: Schema, pointer: str) -> None:
        for key, value in node.items():
            if key not in _KNOWN and not key.startswith("x-"):
                self._report.add(
                    join(pointer, key),
                    f"the keyword `{key}` is not supported in the schema of an argument",
                )
            elif key == "nullable" and not self._old:
                self._report.add(
                    join(pointer, key),
                    "`nullable` is a word of OpenAPI 3.0; in 3.1 write type: [T, 'null']",
                )
            elif key in _CHECKS:
                sentence = _CHECKS[key](value)
                if sentence:
                    self._report.add(join(pointer, key), sentence)
        kinds = node.get("type", [])
        if (
            "array" in kinds if isinstance(kinds, list) else kinds == "array"
        ) and "items" not in node:
            self._report.add(pointer, "an array needs `items`")
        for name in node.get("properties", {}):
            if not KEY.fullmatch(name):
                self._report.add(
                    join(pointer, "properties", name),
                    f"clients refuse the key {name!r}: it must match ^[a-zA-Z0-9_.-]{{1,64}}$",
                )


def _check_type(value: Any) -> str:
    unknown = [str(t) for t in (value if isinstance(value, list) else [value]) if t not in _TYPES]
    return (
        f"the type {', '.join(unknown)} is unknown; known: {', '.join(sorted(_TYPES))}"
        if unknown
        else ""
    )


def _check_pattern(value: Any) -> str:
    if re.search(r"\(\?(?:[=!]|<[=!])", value):
        return f"lookaround in the pattern {value!r}: clients refuse it; say it without"
    if re.search(r"\\[pP]\{", value):
        return f"\\p in the pattern {value!r}: clients refuse it; write the characters out"
    try:
        re.compile(value)
    except re.error as error:
        return f"the pattern {value!r} is invalid: {error}"
    return ""


_CHECKS = {"type": _check_type, "pattern": _check_pattern}


def _is_condition(part: Schema) -> bool:
    """Whether an entry of allOf only ties values together, so that it stays an entry."""
    if "properties" in part:
        return False
    return "if" in part or bool(
        _CONDITION & part.keys() and not {"type", "enum", "const", "items"} & part.keys()
    )


def _typed(own: Schema) -> None:
    if "type" not in own and ("properties" in own and not {"if", "then"} & own.keys()):
        own["type"] = "object"
    if isinstance(own.get("type"), list) and len(own["type"]) == 1:
        own["type"] = own["type"][0]


def _exclusive(own: Schema) -> None:
    """OpenAPI 3.0 says by a boolean that a limit itself is out."""
    for flag, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(own.get(flag), bool) and own.pop(flag) and limit in own:
            own[flag] = own.pop(limit)


def _nullable(schema: Schema) -> Schema:
    """The same schema, null allowed."""
    result = dict(schema)
    if "const" in result:
        result["enum"] = [result.pop("const")]
    if "enum" in result and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    if "type" in result:
        kinds = [result["type"]] if isinstance(result["type"], str) else result["type"]
        result["type"] = [*(kind for kind in kinds if kind != "null"), "null"]
    for key in _LISTED:
        if key in result and not any(member.get("type") == "null" for member in result[key]):
            result[key] = [*result[key], {"type": "null"}]
    return result


def _fold(schema: Schema, merge: Any) -> Schema:
    """`anyOf: [X, null]` is X, null allowed."""
    for key in _LISTED:
        members = schema.get(key, [])
        others = [
            member
            for member in members
            if {k for k in member if k != AT} != {"type"} or member["type"] != "null"
        ]
        if len(members) == 2 and len(others) == 1 and not {"oneOf", "anyOf"} & others[0].keys():
            rest = {k: v for k, v in schema.items() if k != key}
            folded: Schema = merge(_nullable(others[0]), rest)
            return folded
    return schema


def _marked(member: Schema, name: str, value: str) -> Schema | None:
    own = member.get("properties", {}).get(name, {})
    if "const" in own or "enum" in own:
        return member
    if not value:
        return None
    properties = {**member.get("properties", {}), name: {**own, "const": value}}
    return {**member, "properties": properties}

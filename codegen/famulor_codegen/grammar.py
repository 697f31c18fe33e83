"""`x-mcp` against its own grammar, `spec/x-mcp.schema.json`: unknown keys, with the known ones."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from famulor_codegen.errors import Report, join
from famulor_codegen.refs import walk

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

SCHEMA = Path(__file__).parents[2] / "spec" / "x-mcp.schema.json"
_OPERATION = re.compile(r"/paths/[^/]+/[a-z]+")
_CARRIER = re.compile(r"/(?:schemas?|parameters)(?:/|$)")


def check(raw: dict[str, Any], report: Report) -> None:
    """Note everything in any `x-mcp` that the grammar of its place does not know."""
    for pointer, node in walk(raw):
        if "x-mcp" in node:
            _check(node["x-mcp"], pointer, join(pointer, "x-mcp"), report)


def _check(value: Any, owner: str, pointer: str, report: Report) -> None:
    if owner == "":
        _match("document", value, pointer, report)
    elif _OPERATION.fullmatch(owner):
        several = isinstance(value, list)
        for index, entry in enumerate(value if several else [value]):
            omitted = isinstance(entry, dict) and "omit" in entry and not several
            _match(
                "omitted" if omitted else "tool",
                entry,
                join(pointer, index) if several else pointer,
                report,
            )
    elif _CARRIER.search(owner):
        _match("property", value, pointer, report)
    else:
        report.add(pointer, "x-mcp belongs to the document, an operation, a parameter or a schema")


@cache
def _validator(place: str) -> Draft202012Validator:
    grammar = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator({"$defs": grammar["$defs"], "$ref": f"#/$defs/{place}"})


def _match(place: str, value: Any, pointer: str, report: Report) -> None:
    for error in _validator(place).iter_errors(value):
        leaf = _deepest(error)
        at = join(pointer, *leaf.absolute_path)
        for key, sentence in _sentences(leaf):
            report.add(join(at, key) if key else at, sentence)


def _deepest(error: ValidationError) -> ValidationError:
    """Within a choice, the error of the member that the value came closest to."""
    while error.context:
        error = max(error.context, key=lambda e: (e.validator != "type", len(e.absolute_path)))
    return error


def _sentences(error: ValidationError) -> list[tuple[str, str]]:
    rule = error.validator
    schema: Any = error.schema
    given: Any = error.instance
    if rule == "additionalProperties":
        known = schema.get("properties", {})
        words = f"known keys: {', '.join(sorted(known))}"
        unknown = [key for key in given if key not in known]
        return [(key, f"unknown key `{key}` in x-mcp; {words}") for key in unknown]
    if rule == "enum":
        return [("", f"{given!r} is not one of {', '.join(map(str, schema['enum']))}")]
    if rule == "required":
        lacking = [f"`{key}`" for key in schema["required"] if key not in given]
        return [("", f"x-mcp needs {', '.join(lacking)} here")]
    return [("", f"x-mcp: {error.message}")]

"""The words of a broken rule, written for a model that must repair its call.

A rule completes a sentence that begins with the name of the value: "must be an integer of at
least 1". One rule says all that a scalar must be, so that one repair is enough.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from famulor_codegen.keywords import Schema, asserted, types_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NOUNS = {
    "null": "null",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "a list",
    "object": "an object",
}
FORMATS = {
    "uuid": "a UUID",
    "date": "a date such as 2026-01-31",
    "date-time": "a time with offset such as 2026-01-31T09:30:00Z",
    "uri": "a URL",
    "email": "an email address",
}
_NAMES_SHOWN = 12


def rule_of(schema: Schema) -> str:
    """What a value that this schema refuses must be."""
    return f"must be {phrase(schema)}"


def phrase(schema: Schema) -> str:
    """A noun phrase for the values of a schema: "an integer of at least 1 or null"."""
    if isinstance(schema, bool):
        return "any value" if schema else "absent"
    if "const" in schema:
        return listed([schema["const"]])
    if "enum" in schema:
        return _choice(schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema and not types_of(schema):
            return alternatives(schema[key])
    return " or ".join(_typed(schema, name) for name in types_of(schema)) or _untyped(schema)


def _choice(values: Sequence[Any]) -> str:
    """Words out of a list say their type first, for whoever gave a number or a list."""
    texts = [value for value in values if isinstance(value, str)]
    others = [value for value in values if value is not None and not isinstance(value, str)]
    if others or len(texts) < 2:
        return listed(values)
    return f"a string, {listed(texts)}" + (", or null" if len(texts) < len(values) else "")


def alternatives(branches: Sequence[Schema]) -> str:
    """The forms that a value may take, each once."""
    return ", or ".join(dict.fromkeys(_form(branch) for branch in branches))


def choice_rule(key: str, branches: Sequence[Schema]) -> str:
    """For a choice that neither a tag nor a type decides."""
    names = [_required_only(branch) for branch in branches]
    if all(names):
        number = "exactly one of" if key == "oneOf" else "at least one of"
        return f"must have {number} {', '.join(names)}"
    return f"must be {alternatives(branches)}"


def listed(values: Sequence[Any]) -> str:
    """The allowed values: "inbound", "one of inbound, outbound"."""
    shown = ", ".join(shown_value(value) for value in values)
    return shown if len(values) == 1 else f"one of {shown}"


def shown_value(value: Any) -> str:
    """A value as a model would write it; plain words without quotes."""
    if isinstance(value, str) and value and value == value.strip() and "," not in value:
        return value
    return json.dumps(value, ensure_ascii=False)


def counted(schema: Mapping[str, Any], low: str, high: str, unit: str) -> str:
    """A length: "1 to 10 items", "at least 1 item", "exactly 2 items"; empty without limits."""
    least, most = schema.get(low), schema.get(high)
    if least is None and most is None:
        return ""
    number = most if most is not None else least
    unit = {1: unit}.get(number or 0, "entries" if unit == "entry" else f"{unit}s")
    if least == most:
        return f"exactly {most} {unit}"
    if most is None:
        return f"at least {least} {unit}"
    return f"{least} to {most} {unit}" if least else f"at most {most} {unit}"


def amount(number: int, unit: str) -> str:
    """So many of a thing: "1 file", "2 files"."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def unknown(names: Iterable[str], *, argument: bool) -> str:
    """For a name that is not known; the known ones follow where they are few."""
    known = list(names)
    what = "is not an argument of this tool" if argument else "is not a known field"
    if not known or len(known) > _NAMES_SHOWN:
        return what
    return f"{what}; known: {', '.join(known)}"


def first_sentence(text: str) -> str:
    """The text up to its first full stop, in one line."""
    return " ".join(text.split()).split(". ")[0].rstrip(".")


def joined(names: Sequence[str], word: str) -> str:
    """Names as words: "a", "a or b", "a, b or c"."""
    return f" {word} ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def _required_only(schema: Schema) -> str:
    if isinstance(schema, bool) or asserted(schema).keys() - {"type"} != {"required"}:
        return ""
    return joined(schema["required"], "and")


def _form(schema: Schema) -> str:
    if isinstance(schema, bool) or "object" not in types_of(schema):
        return phrase(schema)
    if title := schema.get("title") or schema.get("description"):
        return f"an object: {first_sentence(title)}"
    required = schema.get("required", ())
    return f"an object with {joined(required, 'and')}" if required else "an object"


def _typed(schema: Mapping[str, Any], name: str) -> str:
    if name in ("integer", "number"):
        return _NOUNS[name] + _range(schema)
    if name == "string":
        return _text(schema)
    if name == "array":
        count = counted(schema, "minItems", "maxItems", "item")
        return f"a list of {count}" if count else "a list"
    if name == "object":
        count = counted(schema, "minProperties", "maxProperties", "entry")
        return f"an object with {count}" if count else "an object"
    return _NOUNS[name]


def _untyped(schema: Mapping[str, Any]) -> str:
    """For a schema without type: what its limits say of the type that they are about."""
    for name in ("number", "string", "array", "object"):
        if (words := _typed(schema, name)) != _NOUNS[name]:
            return words
    return "of another form"


def _range(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    words = []
    if least is not None and most is not None:
        words.append(f" from {least} to {most}")
    elif least is not None:
        words.append(f" of at least {least}")
    elif most is not None:
        words.append(f" of at most {most}")
    if "exclusiveMinimum" in schema:
        words.append(f" greater than {schema['exclusiveMinimum']}")
    if "exclusiveMaximum" in schema:
        words.append(f" less than {schema['exclusiveMaximum']}")
    if "multipleOf" in schema:
        words.append(f" that is a multiple of {schema['multipleOf']}")
    return " and".join(words)


def _text(schema: Mapping[str, Any]) -> str:
    noun = FORMATS.get(schema.get("format", ""), "a string")
    count = counted(schema, "minLength", "maxLength", "character")
    words = f"{noun} of {count}" if count else noun
    return f"{words} that {_matching(schema)}" if "pattern" in schema else words


def _matching(schema: Mapping[str, Any]) -> str:
    meaning = first_sentence(schema.get("description", ""))
    return f"matches {schema['pattern']}" + (f": {meaning}" if meaning else "")

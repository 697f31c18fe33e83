"""A valid instance of a schema, the same on every run.

What the spec gives comes first (`example`, `examples`, `default`, `enum`, `const`), if it is
valid; else one is made within the limits. Every answer has been judged by the oracle.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from famulor_codegen.keywords import Schema, types_of
from famulor_codegen.oracle import valid
from famulor_codegen.samples import sample
from famulor_codegen.variants import variants

_FORMATS = {
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:30:00Z",
    "uri": "https://example.com/hook",
    "email": "person@example.com",
}
_FILLER = "example text "
_TRIED = 64


class NoExampleError(ValueError):
    """No valid value could be found; an `example` in the spec settles it."""


def example(schema: Schema) -> Any:
    """A JSON value that satisfies the schema. Raises NoExampleError."""
    for value in itertools.islice(candidates(schema), _TRIED):
        if valid(schema, value):
            return value
    raise NoExampleError("no valid example could be made; give one as `example` beside the schema")


def candidates(schema: Schema) -> Iterator[Any]:
    """Values worth trying, the best first. They need not be valid."""
    if isinstance(schema, bool):
        if schema:
            yield "example"
        return
    yield from _given(schema)
    for variant in variants(schema):
        yield from _given(variant)
        for name in types_of(variant) or _guessed(variant):
            with contextlib.suppress(NoExampleError):  # of a part: another form may do
                yield from _MAKERS[name](variant)


def _given(schema: Mapping[str, Any]) -> Iterator[Any]:
    if "example" in schema:
        yield schema["example"]
    yield from schema.get("examples", ())
    if "const" in schema:
        yield schema["const"]
    if schema.get("default") is not None:
        yield schema["default"]
    yield from schema.get("enum", ())


def _guessed(schema: Mapping[str, Any]) -> tuple[str, ...]:
    if schema.keys() & {"properties", "required", "additionalProperties", "minProperties"}:
        return ("object",)
    if schema.keys() & {"items", "minItems", "uniqueItems"}:
        return ("array",)
    if schema.keys() & {"minimum", "maximum", "exclusiveMinimum", "multipleOf"}:
        return ("integer", "number")
    return ("string", "object", "integer", "boolean", "null", "array")


def _numbers(schema: Mapping[str, Any]) -> Iterator[float]:
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    start = low if low is not None else min(1, high) if high is not None else 1
    nearest = -(-start // step) * step
    yield from (nearest, nearest + step, start, start + 1)
    if low is not None and high is not None:
        yield (low + high) / 2
    if high is not None:
        yield from (high // step * step, high)
    yield from (start + 0.5, start - 0.5)


def _texts(schema: Mapping[str, Any]) -> Iterator[str]:
    if "format" in schema:
        yield _FORMATS.get(schema["format"], "example")
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        yield from sample(schema["pattern"])
    if schema.get("format") == "uri" and least:
        yield _FORMATS["uri"].ljust(least, "a")
    size = max(least, min(7, most) if most is not None else 7)
    yield (_FILLER * (size // len(_FILLER) + 1))[:size].rstrip().ljust(size, "x")


def _arrays(schema: Mapping[str, Any]) -> Iterator[list[Any]]:
    least = schema.get("minItems", 0)
    size = max(least, min(1, schema.get("maxItems", 1)))
    items = schema.get("items", True)
    if items is False:
        yield []
        return
    if not schema.get("uniqueItems"):
        yield [example(items)] * size
        return
    good = (value for value in candidates(items) if valid(items, value))
    yield list(itertools.islice(good, size))
    if types_of(items) in (("integer",), ("number",)) and isinstance(items, Mapping):
        start = example(items)
        yield [start + offset * items.get("multipleOf", 1) for offset in range(size)]
    if types_of(items) == ("string",):
        yield [f"example {number}" for number in range(1, size + 1)]


def _objects(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    known = schema.get("properties", {})
    required = schema.get("required", ())
    least = max(schema.get("minProperties", 0), len(required))
    optional = [name for name, each in known.items() if name not in required and each is not False]
    names = [*required, *optional[: least - len(required)]]
    others = schema.get("additionalProperties", True)
    made = {name: example(known.get(name, others)) for name in names}
    for name in _free_names(schema):
        if len(made) >= least or others is False:
            break
        made.setdefault(name, example(others))
    yield made
    for name in optional:
        yield {**made, name: example(known[name])}


def _free_names(schema: Mapping[str, Any]) -> Iterator[str]:
    names = schema.get("propertyNames", True)
    yield from (
        value
        for value in itertools.chain(candidates(names), map("key{}".format, range(1, 9)))
        if isinstance(value, str) and valid(names, value)
    )


_MAKERS: dict[str, Any] = {
    "null": lambda _: iter((None,)),
    "boolean": lambda _: iter((True, False)),
    "integer": _numbers,
    "number": _numbers,
    "string": _texts,
    "array": _arrays,
    "object": _objects,
}

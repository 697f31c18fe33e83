"""Enforced schema → straight-line Python that finds every broken rule of a call's arguments.

Input: one enforced schema without `$ref`. Output: source lines of `check_<tool>`. This module
decides what is checked and in which words, as a plan of frozen dataclasses; the template
`validator.py.jinja` lays the plan out; `expressions` holds the conditions of scalars.
A value of the wrong type is reported once, and nothing inside it is looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from famulor_codegen import primitives
from famulor_codegen.conditions import Conditions, mapping, shown
from famulor_codegen.expressions import accepts, literal, negation, scalar, trivial
from famulor_codegen.keywords import (
    ARRAY,
    COMPOSITION,
    OBJECT,
    SCALAR,
    Schema,
    require_supported,
    types_of,
)
from famulor_codegen.patterns import translate
from famulor_codegen.sentences import counted, rule_of, unknown
from famulor_codegen.steps import Function, Limit, Need, Plan, Property, Rest, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IMPORTS = ("import re", "from famulor_tools import primitives")


def plan_validator(schema: Mapping[str, Any], function: str) -> list[str]:
    """Source lines of `def <function>(a) -> list[Problem]` and the private things it needs.

    Raises UnsupportedSchemaError, naming every keyword and pattern that cannot be checked.
    """
    require_supported(schema)
    planner = _Planner(function)
    root = planner.check(schema, ())
    plan = Plan(function, root, tuple(planner.patterns()), tuple(planner.functions.values()))
    return _TEMPLATE.render(plan=plan).splitlines()


def primitives_source() -> str:
    """The text of the module that generated validators share."""
    return Path(primitives.__file__).read_text(encoding="utf-8")


@dataclass
class _Planner:
    """Collects the functions and patterns of one tool; equal schemas share one function."""

    function: str
    functions: dict[str, Function] = field(default_factory=dict)
    _by_schema: dict[str, str] = field(default_factory=dict)
    _by_pattern: dict[str, str] = field(default_factory=dict)

    def patterns(self) -> Iterator[tuple[str, str]]:
        for pattern, name in self._by_pattern.items():
            yield name, translate(pattern)

    def pattern(self, pattern: str) -> str:
        """The name of the constant that searches for a pattern."""
        number = len(self._by_pattern) + 1
        return self._by_pattern.setdefault(pattern, f"_{self.function.upper()}_PATTERN_{number}")

    def value(self, schema: Schema, place: tuple[str, ...]) -> Value | None:
        """How a value at `place` is checked; None where everything is allowed."""
        if schema is False:
            return Value("True", "is not allowed here")
        if trivial(schema):
            return None
        if scalar(schema):
            refuses = negation(accepts(schema, "x", self.pattern))
            return Value(refuses, rule_of(schema), shown(schema))
        return Value(check=self.check(schema, place))

    def check(self, schema: Schema, place: tuple[str, ...]) -> str:
        """The name of the function for a schema."""
        key = json.dumps([schema, not place])
        if key not in self._by_schema:
            name = self._by_schema[key] = self._name(place)
            self.functions[name] = self._function(name, dict(mapping(schema)), place)
        return self._by_schema[key]

    def _name(self, place: tuple[str, ...]) -> str:
        words = "_".join(word for word in place if word.isidentifier() and word.isascii())
        name = f"_{self.function}_{words or 'object'}"
        taken = set(self._by_schema.values())
        return name if name not in taken else f"{name}_{len(taken) + 1}"

    def _function(self, name: str, schema: dict[str, Any], place: tuple[str, ...]) -> Function:
        own = {key: each for key, each in schema.items() if key not in COMPOSITION}
        only_object = types_of(schema) == ("object",)
        conditions = Conditions(
            self.check, self.pattern, only_object, schema.get("properties", {}), place
        )
        conditions.plan(schema, "")
        return Function(
            name=name,
            gate=Limit(self._gate(own), rule_of(_only(own, "type", *_SCALARS)), shown(schema)),
            is_object=conditions.is_object,
            is_array=types_of(schema) == ("array",),
            has_object=any(key in schema for key in OBJECT),
            has_array=any(key in schema for key in ARRAY),
            limits=_lengths(schema, "minProperties", "maxProperties", "entry"),
            array_limits=_array_limits(schema),
            items=self._inner(schema, "items", (*place, "item")),
            properties=tuple(self._properties(schema, place)),
            needs=tuple(_needs(schema)),
            names=self._inner(schema, "propertyNames", (*place, "name")),
            rest=self._rest(schema, place),
            uses=tuple(conditions.uses),
            choices=tuple(conditions.choices),
            rules=tuple(conditions.rules),
        )

    def _gate(self, own: dict[str, Any]) -> str:
        accepted = accepts(_only(own, "type", *_SCALARS), "v", self.pattern)
        return negation(accepted) if accepted else ""

    def _inner(self, schema: Mapping[str, Any], key: str, place: tuple[str, ...]) -> Value | None:
        return self.value(schema[key], place) if key in schema else None

    def _properties(self, schema: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[Property]:
        known, required = schema.get("properties", {}), schema.get("required", ())
        for name in dict.fromkeys((*known, *required)):
            of_name = known.get(name, True)
            value = self.value(of_name, (*place, name))
            if value or name in required:
                yield Property(name, value, name in required, shown(of_name))

    def _rest(self, schema: Mapping[str, Any], place: tuple[str, ...]) -> Rest | None:
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        patterns = tuple(
            (self.pattern(pattern), value)
            for pattern, each in schema.get("patternProperties", {}).items()
            if (value := self.value(each, (*place, "entry"))) or others is not True
        )
        value = self.value(others, (*place, "entry")) if others is not False else None
        if others is not False and value is None and not patterns:
            return None
        words = unknown(known, argument=not place) if others is False else ""
        names = "{" + ", ".join(map(literal, known)) + "}" if known else "()"
        return Rest(names, tuple((name, each or Value()) for name, each in patterns), value, words)


_SCALARS = ("enum", "const", *SCALAR["integer"], *SCALAR["string"])


def _only(schema: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: schema[key] for key in (*keys, "description") if key in schema}


def _lengths(schema: Mapping[str, Any], low: str, high: str, unit: str) -> tuple[Limit, ...]:
    rule = f"must have {counted(schema, low, high, unit)}"
    tests = ((low, "<"), (high, ">"))
    return tuple(
        Limit(f"len(v) {sign} {literal(schema[key])}", rule, shown(schema))
        for key, sign in tests
        if key in schema
    )


def _array_limits(schema: Mapping[str, Any]) -> tuple[Limit, ...]:
    limits = _lengths(schema, "minItems", "maxItems", "item")
    if schema.get("uniqueItems"):
        limits = (*limits, Limit("not primitives.unique(v)", "must not hold the same item twice"))
    return limits


def _needs(schema: Mapping[str, Any]) -> Iterator[Need]:
    known = schema.get("properties", {})
    for given, names in schema.get("dependentRequired", {}).items():
        for name in names:
            yield Need(given, name, f"is required with {given}", shown(known.get(name, True)))


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("famulor_codegen"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701  this is Python, not HTML
)
_ENVIRONMENT.filters["literal"] = literal
_TEMPLATE = _ENVIRONMENT.get_template("validator.py.jinja")

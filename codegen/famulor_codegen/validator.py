"""Enforced schema → straight-line Python that finds every broken rule of a call's arguments.

Input: one enforced schema without `$ref`. Output: source lines of `check_<tool>`. This module
decides what is checked and in which words, as a plan of frozen dataclasses; the template
`validator.py.jinja` lays the plan out; `expressions` holds the conditions of scalars.
A value of the wrong type is reported once, and nothing inside it is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from famulor_codegen import primitives
from famulor_codegen.choices import Case, tagged, typed
from famulor_codegen.examples import NoExample, example
from famulor_codegen.expressions import accepts, literal, scalar, trivial
from famulor_codegen.keywords import (
    ARRAY,
    COMPOSITION,
    OBJECT,
    SCALAR,
    Schema,
    asserted,
    children,
    require_supported,
    types_of,
)
from famulor_codegen.sentences import (
    choice_rule,
    counted,
    joined,
    listed,
    phrase,
    rule_of,
    unknown,
)

IMPORTS = ("import re", "from famulor_tools import primitives")
_LONGEST_EXAMPLE = 200


@dataclass(frozen=True)
class Value:
    """How one value is checked: by an expression over `x`, or by a function."""

    accepts: str = ""
    rule: str = ""
    example: str = ""
    check: str = ""


@dataclass(frozen=True)
class Property:
    """One property of an object: its value, and whether it must be there."""

    name: str
    value: Value | None
    required: bool
    example: str


@dataclass(frozen=True)
class Need:
    """`dependentRequired`: `name` must be there if `given` is."""

    given: str
    name: str
    rule: str
    example: str


@dataclass(frozen=True)
class Rest:
    """What is done with the keys of an object that `properties` does not name."""

    known: str
    patterns: tuple[tuple[str, Value], ...]
    value: Value | None
    unknown: str


@dataclass(frozen=True)
class Limit:
    """An expression over `v` that holds for good values, and the words if it does not."""

    accepts: str
    rule: str
    path: str = ""
    example: str = ""


@dataclass(frozen=True)
class Use:
    """Apply a function where `condition` holds, in the words of `rule` if there is one."""

    check: str
    rule: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Choice:
    """The first case whose condition holds is applied; with none, `otherwise` is reported."""

    tag: str
    cases: tuple[tuple[str, Use | None], ...]
    otherwise: Limit


@dataclass(frozen=True)
class Function:
    """One schema as a function of a value `v` at a path `at`."""

    name: str
    gate: Limit
    is_object: bool
    is_array: bool
    has_object: bool
    has_array: bool
    limits: tuple[Limit, ...]
    array_limits: tuple[Limit, ...]
    items: Value | None
    properties: tuple[Property, ...]
    needs: tuple[Need, ...]
    names: Value | None
    rest: Rest | None
    uses: tuple[Use, ...]
    choices: tuple[Choice, ...]
    rules: tuple[Limit, ...]


@dataclass(frozen=True)
class Plan:
    """Everything the template needs for one tool."""

    function: str
    root: str
    patterns: tuple[tuple[str, str], ...]
    functions: tuple[Function, ...]


def plan_validator(schema: Mapping[str, Any], function: str) -> list[str]:
    """Source lines of `def <function>(a) -> list[Problem]` and the private things it needs.

    Raises UnsupportedSchema, naming every keyword and pattern that cannot be checked.
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
        from famulor_codegen.patterns import translate

        for pattern, name in self._by_pattern.items():
            yield name, translate(pattern)

    def pattern(self, pattern: str) -> str:
        """The name of the constant that searches for a pattern."""
        number = len(self._by_pattern) + 1
        return self._by_pattern.setdefault(pattern, f"_{self.function.upper()}_PATTERN_{number}")

    def value(self, schema: Schema, place: tuple[str, ...]) -> Value | None:
        """How a value at `place` is checked; None where everything is allowed."""
        if schema is False:
            return Value("False", "is not allowed here")
        if trivial(schema):
            return None
        if scalar(schema):
            return Value(accepts(schema, "x", self.pattern), rule_of(schema), shown(schema))
        return Value(check=self.check(schema, place))

    def check(self, schema: Schema, place: tuple[str, ...]) -> str:
        """The name of the function for a schema."""
        key = json.dumps([schema, not place])
        if key not in self._by_schema:
            name = self._by_schema[key] = self._name(place)
            self.functions[name] = self._function(name, dict(_mapping(schema)), place)
        return self._by_schema[key]

    def _name(self, place: tuple[str, ...]) -> str:
        words = "_".join(word for word in place if word.isidentifier() and word.isascii())
        name = f"_{self.function}_{words or 'object'}"
        taken = set(self._by_schema.values())
        return name if name not in taken else f"{name}_{len(taken) + 1}"

    def _function(self, name: str, schema: dict[str, Any], place: tuple[str, ...]) -> Function:
        # Children are planned first, so that a function stands below those that it calls.
        self.functions.pop(name, None)
        own = {key: each for key, each in schema.items() if key not in COMPOSITION}
        conditions = _Conditions(self, types_of(schema) == ("object",), place)
        conditions.plan(schema, "")
        return Function(
            name=name,
            gate=Limit(self._gate(own), rule_of(_only(own, "type", *_SCALARS)), "", shown(schema)),
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
        return accepts(_only(own, "type", *_SCALARS), "v", self.pattern)

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


@dataclass
class _Conditions:
    """The composition keywords of one schema, planned."""

    planner: _Planner
    is_object: bool
    place: tuple[str, ...]
    uses: list[Use] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    rules: list[Limit] = field(default_factory=list)

    def plan(self, schema: Mapping[str, Any], words: str) -> None:
        """Everything in `schema` that composes; `words` are the sentence for what fails."""
        for index, entry in enumerate(schema.get("allOf", ())):
            self._entry(entry, (*self.place, f"all{index + 1}"))
        if "if" in schema:
            self._conditional(schema, words)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                self._choose(schema, key, words)
        if "not" in schema:
            self._forbid(schema["not"], words)

    def _entry(self, entry: Schema, place: tuple[str, ...]) -> None:
        body = _mapping(entry)
        own = asserted(body).keys()
        words = body.get("description", "") if not own & {"type", "properties"} else ""
        if own <= set(COMPOSITION):
            self.plan(body, words)
        else:
            self._use(entry, words, "", place)

    def _use(self, schema: Schema, words: str, condition: str, place: tuple[str, ...]) -> None:
        if not trivial(schema):
            self.uses.append(Use(self.planner.check(schema, place), words, condition))

    def _conditional(self, schema: Mapping[str, Any], words: str) -> None:
        condition = self.holds(schema["if"])
        for key, test in (("then", condition), ("else", f"not ({condition})")):
            branch = schema.get(key, True)
            own = _mapping(branch).get("description", words)
            self._use(branch, own, test, (*self.place, key))

    def _forbid(self, schema: Schema, words: str) -> None:
        body = _mapping(schema)
        rule = body.get("description") or words or _forbidden(body)
        self.rules.append(Limit(f"not ({self.holds(schema)})", rule))

    def _choose(self, schema: Mapping[str, Any], key: str, words: str) -> None:
        branches = schema[key]
        if by_tag := tagged(schema, branches):
            tag, cases = by_tag
            allowed = [value for case in cases for value in case.values]
            missing = Limit("", f"must be {listed(allowed)}", tag, _json(allowed[0]))
            self.choices.append(Choice(tag, self._cases(cases, words), missing))
        elif by_type := typed(branches):
            missing = Limit("", words or f"must be {phrase({key: branches})}", "", shown(schema))
            self.choices.append(Choice("", self._cases(by_type, words), missing))
        else:
            self.rules.append(self._count(key, branches, words or choice_rule(key, branches)))

    def _cases(self, cases: Sequence[Case], words: str) -> tuple[tuple[str, Use | None], ...]:
        return tuple((case.condition, self._branch(case.schema, words)) for case in cases)

    def _branch(self, schema: Schema, words: str) -> Use | None:
        return Use(self.planner.check(schema, (*self.place, "form")), words)

    def _count(self, key: str, branches: Sequence[Schema], rule: str) -> Limit:
        held = [self.holds(branch) for branch in branches]
        if key == "anyOf":
            return Limit(" or ".join(f"({each})" for each in held), rule)
        return Limit(f"sum(({', '.join(f'bool({each})' for each in held)},)) == 1", rule)

    def holds(self, schema: Schema) -> str:
        """An expression that is true where `v` satisfies the schema."""
        if trivial(schema):
            return "True"
        if scalar(schema):
            return accepts(schema, "v", self.planner.pattern)
        if self.is_object and (parts := self._of_object(_mapping(schema))):
            return " and ".join(parts)
        return f"primitives.passes({self.planner.check(schema, (*self.place, 'case'))}, v)"

    def _of_object(self, schema: Mapping[str, Any]) -> list[str]:
        """The parts of the condition on an object; none if it takes a function."""
        known, required = schema.get("properties", {}), schema.get("required", ())
        plain = asserted(schema).keys() <= {"type", "properties", "required"}
        if not plain or types_of(schema) not in ((), ("object",)):
            return []
        if not all(scalar(each) for each in known.values()):
            return []
        parts = [f"{literal(name)} in v" for name in required if trivial(known.get(name, True))]
        for name, each in known.items():
            if not trivial(each):
                test = accepts(each, f"v[{literal(name)}]", self.planner.pattern)
                word, joint = ("", "and") if name in required else ("not ", "or")
                parts.append(f"({literal(name)} {word}in v {joint} ({test}))")
        return parts


def shown(schema: Schema) -> str:
    """A valid value as JSON text; empty for secrets, for long ones and where none is known."""
    if isinstance(schema, bool) or _secret(schema):
        return ""
    try:
        text = _json(example(schema))
    except NoExample:
        return ""
    return text if len(text) <= _LONGEST_EXAMPLE else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _secret(schema: Schema) -> bool:
    if isinstance(schema, bool):
        return False
    own = schema.get("x-mcp")
    marked = isinstance(own, Mapping) and bool(own.get("secret"))
    return marked or any(_secret(child) for _, child in children(schema))


def _mapping(schema: Schema) -> Mapping[str, Any]:
    return ({} if schema else {"not": {}}) if isinstance(schema, bool) else schema


_SCALARS = ("enum", "const", *SCALAR["integer"], *SCALAR["string"])


def _only(schema: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: schema[key] for key in (*keys, "description") if key in schema}


def _lengths(schema: Mapping[str, Any], low: str, high: str, unit: str) -> tuple[Limit, ...]:
    rule = f"must have {counted(schema, low, high, unit)}"
    tests = ((low, ">="), (high, "<="))
    return tuple(
        Limit(f"len(v) {sign} {literal(schema[key])}", rule, "", shown(schema))
        for key, sign in tests
        if key in schema
    )


def _array_limits(schema: Mapping[str, Any]) -> tuple[Limit, ...]:
    limits = _lengths(schema, "minItems", "maxItems", "item")
    if schema.get("uniqueItems"):
        limits = (*limits, Limit("primitives.unique(v)", "must not hold the same item twice"))
    return limits


def _needs(schema: Mapping[str, Any]) -> Iterator[Need]:
    known = schema.get("properties", {})
    for given, names in schema.get("dependentRequired", {}).items():
        for name in names:
            yield Need(given, name, f"is required with {given}", shown(known.get(name, True)))


def _forbidden(schema: Mapping[str, Any]) -> str:
    if asserted(schema).keys() == {"required"}:
        return f"must not have {joined(schema['required'], 'and')} together"
    return f"must not be {phrase(schema)}"


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("famulor_codegen"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701  this is Python, not HTML
)
_ENVIRONMENT.filters["literal"] = literal
_TEMPLATE = _ENVIRONMENT.get_template("validator.py.jinja")

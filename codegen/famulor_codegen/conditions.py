"""The composition keywords of one schema as steps: allOf, anyOf, oneOf, not, if/then/else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from famulor_codegen.choices import Case, tagged, typed
from famulor_codegen.examples import NoExampleError, example
from famulor_codegen.expressions import accepts, literal, negation, scalar, trivial
from famulor_codegen.keywords import COMPOSITION, Schema, asserted, children, types_of
from famulor_codegen.sentences import choice_rule, joined, listed, phrase
from famulor_codegen.steps import Choice, Limit, Use

_LONGEST_EXAMPLE = 200


@dataclass
class Conditions:
    """The composition keywords of one schema, planned."""

    check: Callable[[Schema, tuple[str, ...]], str]
    pattern: Callable[[str], str]
    is_object: bool
    known: Mapping[str, Any]
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
        body = mapping(entry)
        own = asserted(body).keys()
        words = body.get("description", "") if not own & {"type", "properties"} else ""
        if own <= set(COMPOSITION):
            self.plan(body, words)
        else:
            self._use(entry, words, "", place)

    def _use(self, schema: Schema, words: str, condition: str, place: tuple[str, ...]) -> None:
        if not trivial(schema):
            check = self.check(lent(schema, self.known), place)
            self.uses.append(Use(check, words, condition))

    def _conditional(self, schema: Mapping[str, Any], words: str) -> None:
        condition = self.holds(schema["if"])
        for key, test in (("then", condition), ("else", negation(condition))):
            branch = schema.get(key, True)
            own = mapping(branch).get("description", words)
            self._use(branch, own, test, (*self.place, key))

    def _forbid(self, schema: Schema, words: str) -> None:
        body = mapping(schema)
        rule = body.get("description") or words or _forbidden(body)
        self.rules.append(Limit(self.holds(schema), rule))

    def _choose(self, schema: Mapping[str, Any], key: str, words: str) -> None:
        branches = schema[key]
        if by_tag := tagged(schema, branches):
            tag, cases = by_tag
            allowed = [value for case in cases for value in case.values]
            missing = Limit("", f"must be {listed(allowed)}", _json(allowed[0]))
            refuses = "" if self.is_object else "not isinstance(v, dict)"
            other = Limit(refuses, "must be an object", shown(schema)) if refuses else None
            self.choices.append(Choice(tag, self._cases(cases, words), missing, other))
        elif by_type := typed(branches):
            missing = Limit("", words or f"must be {phrase({key: branches})}", shown(schema))
            self.choices.append(Choice("", self._cases(by_type, words), missing))
        else:
            self.rules.append(self._count(key, branches, words or choice_rule(key, branches)))

    def _cases(self, cases: Sequence[Case], words: str) -> tuple[tuple[str, Use], ...]:
        return tuple((case.condition, self._branch(case.schema, words)) for case in cases)

    def _branch(self, schema: Schema, words: str) -> Use:
        return Use(self.check(lent(schema, self.known), (*self.place, "form")), words)

    def _count(self, key: str, branches: Sequence[Schema], rule: str) -> Limit:
        held = [self.holds(branch) for branch in branches]
        if key == "anyOf":
            return Limit(" and ".join(map(negation, held)), rule)
        return Limit(f"sum(({', '.join(f'bool({each})' for each in held)},)) != 1", rule)

    def holds(self, schema: Schema) -> str:
        """An expression that is true where `v` satisfies the schema."""
        if trivial(schema):
            return "True"
        if scalar(schema):
            return accepts(schema, "v", self.pattern)
        if self.is_object and (parts := self._of_object(mapping(schema))):
            return " and ".join(parts)
        return f"primitives.passes({self.check(schema, (*self.place, 'case'))}, v)"

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
                test = accepts(each, f"v[{literal(name)}]", self.pattern)
                word, joint = ("", "and") if name in required else ("not ", "or")
                parts.append(f"({literal(name)} {word}in v {joint} ({test}))")
        return parts


def lent(schema: Schema, known: Mapping[str, Any]) -> Schema:
    """A branch that requires properties described elsewhere, with examples of those."""
    body = mapping(schema)
    own = body.get("properties", {})
    if "additionalProperties" in body or "patternProperties" in body:
        return schema
    texts = {name: shown(known[name]) for name in body.get("required", ()) if name in known}
    more = {name: {"examples": [json.loads(text)]} for name, text in texts.items() if text}
    return {**body, "properties": {**more, **own}} if more.keys() - own.keys() else schema


def shown(schema: Schema) -> str:
    """A valid value as JSON text; empty for secrets, for long ones and where none is known."""
    if isinstance(schema, bool) or _secret(schema):
        return ""
    try:
        text = _json(example(schema))
    except NoExampleError:
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


def mapping(schema: Schema) -> Mapping[str, Any]:
    return ({} if schema else {"not": {}}) if isinstance(schema, bool) else schema


def _forbidden(schema: Mapping[str, Any]) -> str:
    if asserted(schema).keys() == {"required"}:
        return f"must not have {joined(schema['required'], 'and')} together"
    return f"must not be {phrase(schema)}"

"""One tool before and after: a rule for each field of the plan, and none forgotten.

A field without a rule, or one that changed where its rule sees nothing, is reported as breaking:
whoever adds a field to `table.Tool` adds its rule here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from famulor_codegen.render import literal
from famulor_codegen.review import answers, bindings, inputs, policies, results
from famulor_codegen.review.classes import Class, Difference, Note
from famulor_codegen.review.schemas import canonical

if TYPE_CHECKING:
    from famulor_codegen.table import Tool

Rule = Callable[[Any, Any], Iterator[Note]]


def compare(old: Tool, new: Tool) -> list[Difference]:
    """Every difference of one tool; none only if it is printed the same."""
    if literal(old) == literal(new):
        return []
    names = [field.name for field in fields(new)]
    found = [
        Difference(new.name, f"/{name}{note.place}", *_of(note))
        for name, note in noted(old, new, names, RULES)
    ]
    if not found:
        words = "some things stand in another order, or are checked in other words"
        found = [Difference(new.name, "", Class.WORDS, words)]
    return found


def _of(note: Note) -> tuple[Class, str, Any, Any]:
    return note.kind, note.reason, note.before, note.after


def noted(
    old: Any, new: Any, names: list[str], rules: Mapping[str, Rule]
) -> Iterator[tuple[str, Note]]:
    """What the rules say of each field that differs, with its name."""
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if literal(before) == literal(after):
            continue
        rule = rules.get(name)
        notes = list(rule(old, new)) if rule else []
        if not notes and name not in DERIVED:
            notes = [_unjudged(name, before, after)]
        yield from ((name, note) for note in notes)


def _unjudged(name: str, before: Any, after: Any) -> Note:
    """A difference that no rule sees: of order only, or unknown."""
    if _sorted(before) == _sorted(after):
        return Note(Class.WORDS, f"`{name}` stands in another order", "", before, after)
    words = f"`{name}` changed in a way that cannot be judged"
    return Note(Class.BREAKING, words, "", literal(before), literal(after))


def _sorted(value: Any) -> Any:
    """The text of a value whose lists are in one order."""
    if isinstance(value, Mapping):
        return sorted((key, _sorted(item)) for key, item in value.items())
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return sorted(map(str, map(_sorted, value)))
    return canonical(value)


def words(field: str, reason: str = "") -> Rule:
    """A rule for text: shown as a word diff."""

    def rule(old: Any, new: Any) -> Iterator[Note]:
        before, after = getattr(old, field), getattr(new, field)
        yield Note(Class.WORDS, reason or f"the {field}", "", before, after)

    return rule


def _lines(field: str, reason: str) -> Rule:
    def rule(old: Any, new: Any) -> Iterator[Note]:
        before, after = (" ".join(getattr(side, field)) for side in (old, new))
        yield Note(Class.WORDS, reason, "", before, after)

    return rule


def _name(old: Tool, new: Tool) -> Iterator[Note]:
    """A new name, while the older one works or does not."""
    if old.name in new.older:
        words = f"`{old.name}` is now `{new.name}`; the older name still works"
        yield Note(Class.WIDENED, words, "", old.name, new.name)
    else:
        words = f"`{old.name}` is now `{new.name}`, and the older name does not work"
        yield Note(Class.BREAKING, words, "", old.name, new.name)


def _older(old: Tool, new: Tool) -> Iterator[Note]:
    """Names that the tool had before; the one that it had until now is told with its new name."""
    for name in old.older:
        if name not in new.older and name != new.name:
            words = f"the older name `{name}` no longer works"
            yield Note(Class.BREAKING, words, f"/{name}", name, None)
    for name in new.older:
        if name not in old.older and name != old.name:
            yield Note(Class.WIDENED, f"the older name `{name}` works", f"/{name}", None, name)


def _retired(old: Tool, new: Tool) -> Iterator[Note]:
    one, two = old.retired, new.retired
    if two is None:
        yield Note(Class.WIDENED, "is no longer retired", "", canonical(one), None)
    elif one is None:
        words = f"is retired since {two.since}; `{two.instead}` takes its place"
        yield Note(Class.WORDS, words, "", None, canonical(two))
    else:
        yield Note(Class.WORDS, "is retired otherwise", "", canonical(one), canonical(two))


def _sources(old: Tool, new: Tool) -> Iterator[Note]:
    for name in dict.fromkeys((*old.sources, *new.sources)):
        one, two = old.sources.get(name), new.sources.get(name)
        if one != two:
            yield Note(Class.WORDS, f"where `{name}` comes from", f"/{name}", one, two)


def _toolset(old: Tool, new: Tool) -> Iterator[Note]:
    words = f"whoever chose the toolset `{old.toolset}` no longer has it: it is in `{new.toolset}`"
    yield Note(Class.BREAKING, words, "", old.toolset, new.toolset)


def _tokens(old: Tool, new: Tool) -> Iterator[Note]:
    words = f"costs {new.tokens:,} tokens instead of {old.tokens:,} ({new.tokens - old.tokens:+,})"
    yield Note(Class.TOKENS, words, "", old.tokens, new.tokens)


def _budget(old: Tool, new: Tool) -> Iterator[Note]:
    words = f"may cost {new.budget:,} tokens instead of {old.budget:,}"
    yield Note(Class.TOKENS, words, "", old.budget, new.budget)


def _example(old: Tool, new: Tool) -> Iterator[Note]:
    yield Note(Class.WORDS, "the example is another", "", old.example, new.example)


def _rows(old: Tool, new: Tool) -> Iterator[Note]:
    if old.rows and not new.rows:
        words = "the list in the answer is no longer paged, narrowed or shown as a table"
    elif new.rows and not old.rows:
        words = "the list in the answer is newly paged, narrowed or shown as a table"
    else:
        words = "the list in the answer is found under another name"
    yield Note(Class.BREAKING if old.rows else Class.WIDENED, words, "", old.rows, new.rows)


def _keywords(old: Tool, new: Tool) -> Iterator[Note]:
    before, after = (", ".join(side.keywords) for side in (old, new))
    yield Note(Class.WORDS, "is found by other words", "", before, after)


DERIVED = frozenset(
    [
        *("input_schema", "enforced_schema", "annotations", "validator", "pointer"),
        *("parameters", "aliases", "lookups", "merged", "controls", "older", "sources"),
        *("defaults", "item_fields", "documented", "schemas"),
    ]
)
"""Fields that may differ with no word of their own, because another field's rule has told."""

RULES: dict[str, Rule] = {
    "name": _name,
    "older": _older,
    "retired": _retired,
    "sources": _sources,
    "title": words("title"),
    "description": words("description"),
    "toolset": _toolset,
    "effect": policies.effect,
    "idempotent": policies.idempotent,
    "method": bindings.method,
    "path": bindings.path,
    "enforced_schema": inputs.enforced,
    "input_schema": inputs.advertised,
    "output_schema": answers.output_schema,
    "annotations": policies.hints,
    "example": _example,
    "rows": _rows,
    "parameters": bindings.parameters,
    "body": bindings.body,
    "aliases": bindings.aliases,
    "lookups": bindings.lookups,
    "merged": bindings.merged,
    "answers": answers.statuses("answers"),
    "successes": answers.statuses("successes"),
    "rate_limits": policies.rate_limits,
    "cost": policies.cost,
    "preview": words("preview", "what people see before it runs"),
    "verify": policies.verify,
    "concise": answers.concise,
    "until": answers.until,
    "effect_when": policies.effect_when,
    "audience": policies.audience,
    "destinations": policies.destinations,
    "secret_arguments": policies.secret("secret_arguments", "the argument"),
    "secret_results": policies.secret("secret_results", "the result"),
    "defaults": answers.defaults,
    "item_fields": answers.item_fields,
    "documented": results.documented,
    "keywords": _keywords,
    "rules": _lines("rules", "what the conditions say"),
    "tokens": _tokens,
    "budget": _budget,
}

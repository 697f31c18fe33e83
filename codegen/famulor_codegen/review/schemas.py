"""Two JSON Schemas as sets of values: what was valid and no longer is, and what newly is.

Each keyword has a rule that is sound: where it says that nothing was narrowed, every value that was
valid still is. What has no rule is `unknown`, which holds both ways. Keywords that differ without
effect are `same`. So two schemas that differ at all always have a finding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, is_dataclass, replace
from enum import Enum
from typing import Any

from famulor_codegen.errors import join
from famulor_codegen.keywords import mapped
from famulor_codegen.review.classes import shown

Schema = Mapping[str, Any]
NOTHING: dict[str, Any] = {"not": {}}
WORDS = ("title", "description", "default", "examples", "example", "deprecated", "$comment")
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


class Change(Enum):
    """Which values a change takes away or adds."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    UNKNOWN = "unknown"
    SAME = "same"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of one keyword at a JSON pointer below the schema."""

    place: str
    change: Change
    words: str
    before: Any = None
    after: Any = None


Rule = Callable[[Schema, Schema, str], Iterator[Finding]]


def mapping(schema: Any) -> Schema:
    """A schema as keywords."""
    if isinstance(schema, bool):
        return {} if schema else NOTHING
    plain: Schema = schema
    return plain


def compare(old: Any, new: Any, at: str = "") -> Iterator[Finding]:
    """Everything in which the schemas differ."""
    if canonical(old) == canonical(new):
        return
    one, two = mapping(old), mapping(new)
    rules, lifted = _composition()
    one, two = lifted(one, two), lifted(two, one)
    if NOTHING in (one, two) or canonical(one) == canonical(two):
        yield from _nothing(one, two, at)
        return
    known = set[str]()
    for keywords, rule in {**_RULES, **rules}.items():
        known.update(keywords)
        before, after = ({k: side[k] for k in keywords if k in side} for side in (one, two))
        if canonical(before) != canonical(after) and not _told(keywords, one, two):
            found = list(rule(one, two, at))
            yield from found or [_same(keywords, one, two, at)]
    for key in dict.fromkeys((*one, *two)):
        if key not in known and canonical(one.get(key)) != canonical(two.get(key)):
            yield unknown(join(at, key), f"`{key}`", one.get(key), two.get(key))


def _told(keywords: tuple[str, ...], one: Schema, two: Schema) -> bool:
    """Whether the types tell it all: what a keyword is about is only taken before, or after."""
    about = _ABOUT.get(keywords[0], frozenset())
    ones, twos = types(one) & about, types(two) & about
    return not ones & twos and ones != twos


def _composition() -> tuple[dict[tuple[str, ...], Rule], Callable[[Schema, Schema], Schema]]:
    """The rules for keywords that hold schemas, in a module that compares what they hold."""
    from famulor_codegen.review import composition

    return composition.RULES, composition.lifted


def canonical(value: Any) -> str:
    """Text that is equal for equal JSON; 1 and 1.0 and true are three."""
    return json.dumps(value, sort_keys=True, default=plain)


def plain(value: Any) -> Any:
    """Our dataclasses as JSON."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else list(value)


def unknown(place: str, words: str, before: Any, after: Any) -> Finding:
    """A change that no rule can judge."""
    sentence = f"{words} changed in a way that cannot be judged"
    return Finding(place, Change.UNKNOWN, sentence, before, after)


def closed(schema: Any) -> Any:
    """The schema where the listed properties are all there are, as clients read it."""
    inner: Any = mapped(schema, closed)
    open_ended = isinstance(inner, bool) or "properties" not in inner
    return inner if open_ended else {"additionalProperties": False, **inner}


def turned(finding: Finding) -> Finding:
    """The finding where the schema stands under `not`."""
    other = {Change.NARROWED: Change.WIDENED, Change.WIDENED: Change.NARROWED}
    words = f"inside what is excluded: {finding.words}"
    return replace(finding, change=other.get(finding.change, finding.change), words=words)


def _same(keywords: tuple[str, ...], one: Schema, two: Schema, at: str) -> Finding:
    key = next(k for k in keywords if canonical(one.get(k)) != canonical(two.get(k)))
    sentence = f"`{key}` is written differently, for the same values"
    return Finding(join(at, key), Change.SAME, sentence, one.get(key), two.get(key))


def _nothing(one: Schema, two: Schema, at: str) -> Iterator[Finding]:
    if canonical(one) == canonical(two):
        yield Finding(at, Change.SAME, "is written differently, for the same values")
    elif two == NOTHING:
        yield Finding(at, Change.NARROWED, "is no longer accepted", dict(one))
    else:
        yield Finding(at, Change.WIDENED, "is newly accepted", None, dict(two))


def types(schema: Schema) -> frozenset[str]:
    """The types that a value may have; "number" comes with "integer"."""
    named = schema.get("type", TYPES)
    kinds = {named} if isinstance(named, str) else set(named)
    kinds |= {"integer"} if "number" in kinds else set()
    if (listed := values(schema)) is not None:
        kinds &= {_type(value) for value in listed} | (
            {"number"} if any(_type(value) == "integer" for value in listed) else set()
        )
    return frozenset(kinds)


def values(schema: Schema) -> list[Any] | None:
    """The listed values; None where there is no list."""
    if "const" in schema:
        listed = [schema["const"]]
        return _both(listed, schema["enum"]) if "enum" in schema else listed
    found: list[Any] | None = schema.get("enum")
    return found


_JSON = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"))


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer():
        return "integer"
    return next((name for kind, name in _JSON if isinstance(value, kind)), "object")


def _types(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    """Types and listed values at once, as either may say the other."""
    one, two = types(old), types(new)
    for change, kinds, verb in (
        (Change.NARROWED, one - two, "no longer accepts"),
        (Change.WIDENED, two - one, "newly accepts"),
    ):
        named = [kind for kind in TYPES if kind in kinds and not _covered(kind, kinds, one | two)]
        if named:
            yield Finding(
                join(at, "type"),
                change,
                f"{verb} {' or '.join(named)}",
                old.get("type"),
                new.get("type"),
            )
    yield from _values(old, new, at, one & two)


def _covered(kind: str, changed: frozenset[str], either: frozenset[str]) -> bool:
    """An integer goes without saying where numbers go; a whole list of integers is no number."""
    return kind == "integer" and "number" in changed and either >= {"integer", "number"}


def _values(old: Schema, new: Schema, at: str, common: frozenset[str]) -> Iterator[Finding]:
    """Listed values of the types that are accepted before and after."""
    one, two = values(old), values(new)
    place = join(at, "enum")
    if one is None and two is not None and _open(common, two):
        yield Finding(place, Change.NARROWED, f"now accepts {_list(two)} only", None, two)
    elif two is None and one is not None and _open(common, one):
        yield Finding(place, Change.WIDENED, f"accepts other values than {_list(one)}", one, None)
    elif one is not None and two is not None:
        for change, gone, verb in (
            (Change.NARROWED, _minus(one, two), "no longer accepts"),
            (Change.WIDENED, _minus(two, one), "newly accepts"),
        ):
            named = [value for value in gone if _type(value) in common]
            if named:
                yield Finding(place, change, f"{verb} {_list(named)}", one, two)


def _open(common: frozenset[str], listed: list[Any]) -> bool:
    """Whether a list leaves out values of the common types: null and booleans may all be listed."""
    texts = {canonical(value) for value in listed}
    small = {"null": {"null"}, "boolean": {"true", "false"}}
    return any(kind not in small or not small[kind] <= texts for kind in common)


def _minus(one: list[Any], two: list[Any]) -> list[Any]:
    others = {numbered(value) for value in two}
    return [value for value in one if numbered(value) not in others]


def _both(one: list[Any], two: list[Any]) -> list[Any]:
    apart = _minus(one, two)
    return [value for value in one if value not in apart]


def numbered(value: Any) -> str:
    """Equal text for equal values: JSON Schema takes 1 and 1.0 for one value."""
    whole = isinstance(value, float) and value.is_integer()
    return canonical(int(value) if whole else value)


def _list(listed: list[Any]) -> str:
    return ", ".join(map(shown, listed))


def _format(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    from famulor_codegen.oracle import FORMATS

    known = [side if side.get("format") in FORMATS else {} for side in (old, new)]
    yield from _text("format")(known[0], known[1], at)


def _text(key: str) -> Rule:
    """A keyword whose values cannot be compared, only told apart."""

    def rule(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
        before, after = old.get(key), new.get(key)
        place = join(at, key)
        if key in old and key in new and canonical(before) != canonical(after):
            yield unknown(place, f"`{key}` {shown(before)}", before, after)
        elif key not in old and key in new:
            words = f"must now satisfy `{key}` {shown(after)}"
            yield Finding(place, Change.NARROWED, words, before, after)
        elif key in old and key not in new:
            words = f"need no longer satisfy `{key}` {shown(before)}"
            yield Finding(place, Change.WIDENED, words, before, after)

    return rule


def _bound(limit: str, exclusive: str, sign: int) -> Rule:
    """A limit and its exclusive form; of integers the excluded limit is the next integer."""

    def edge(schema: Schema) -> tuple[float, bool]:
        whole = types(schema) & {"integer", "number"} == {"integer"}
        given = []
        if limit in schema:
            given.append((sign * schema[limit], False))
        if exclusive in schema:
            next_one = whole and float(schema[exclusive]).is_integer()
            value = sign * schema[exclusive]
            given.append((value + 1, False) if next_one else (value, True))
        return max(given, default=(float("-inf"), False))

    def rule(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
        one, two = edge(old), edge(new)
        key = limit if limit in old or limit in new else exclusive
        before, after = (_either(side, limit, exclusive) for side in (old, new))
        if one != two:
            change = Change.NARROWED if two > one else Change.WIDENED
            yield Finding(join(at, key), change, _moved(key, before, after), before, after)

    return rule


def _either(schema: Schema, limit: str, exclusive: str) -> Any:
    return schema.get(limit, schema.get(exclusive))


def _count(key: str, sign: int) -> Rule:
    """A limit of a length."""

    def rule(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
        open_end = 0 if sign > 0 else float("inf")
        one, two = (sign * side.get(key, open_end) for side in (old, new))
        if one != two:
            change = Change.NARROWED if two > one else Change.WIDENED
            before, after = old.get(key), new.get(key)
            yield Finding(join(at, key), change, _moved(key, before, after), before, after)

    return rule


def _moved(key: str, before: Any, after: Any) -> str:
    if before is None:
        return f"`{key}` is now {shown(after)}"
    if after is None:
        return f"`{key}` {shown(before)} is gone"
    return f"`{key}` goes from {shown(before)} to {shown(after)}"


def _unique(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    one, two = (bool(side.get("uniqueItems", False)) for side in (old, new))
    if one != two:
        change = Change.NARROWED if two else Change.WIDENED
        words = "no longer holds the same item twice" if two else "may hold the same item twice"
        yield Finding(join(at, "uniqueItems"), change, words, one, two)


def _multiple(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    one, two = old.get("multipleOf"), new.get("multipleOf")
    if one is not None and two is not None:
        whole = isinstance(one, int) and isinstance(two, int)
        if whole and one % two == 0:
            change, words = Change.WIDENED, _moved("multipleOf", one, two)
        elif whole and two % one == 0:
            change, words = Change.NARROWED, _moved("multipleOf", one, two)
        else:
            yield unknown(join(at, "multipleOf"), f"`multipleOf` {shown(one)}", one, two)
            return
        yield Finding(join(at, "multipleOf"), change, words, one, two)
    else:
        yield from _text("multipleOf")(old, new, at)


def _words(key: str) -> Rule:
    def rule(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
        before, after = old.get(key), new.get(key)
        yield Finding(join(at, key), Change.WORDS, f"the {key}", before, after)

    return rule


def _known(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    """The values that an answer is known to have. A list that comes or goes is but words."""
    before, after = old.get("known"), new.get("known")
    one, two = set(before or ()), set(after or ())
    changes = [(Change.WIDENED, two - one), (Change.NARROWED, one - two)]
    found = [change for change, values in changes if values] if one and two else []
    for change in found or [Change.WORDS]:
        yield Finding(join(at, "known"), change, "the known values", before, after)


_RULES: dict[tuple[str, ...], Rule] = {
    ("known",): _known,
    **{(key,): _words(key) for key in WORDS},
    ("type", "enum", "const"): _types,
    ("minimum", "exclusiveMinimum"): _bound("minimum", "exclusiveMinimum", 1),
    ("maximum", "exclusiveMaximum"): _bound("maximum", "exclusiveMaximum", -1),
    ("multipleOf",): _multiple,
    ("minLength",): _count("minLength", 1),
    ("maxLength",): _count("maxLength", -1),
    ("pattern",): _text("pattern"),
    ("format",): _format,
    ("minItems",): _count("minItems", 1),
    ("maxItems",): _count("maxItems", -1),
    ("uniqueItems",): _unique,
    ("minProperties",): _count("minProperties", 1),
    ("maxProperties",): _count("maxProperties", -1),
}

_OF_NUMBERS = ("minimum", "maximum", "multipleOf")
_OF_TEXTS = ("minLength", "maxLength", "pattern", "format")
_OF_LISTS = ("minItems", "maxItems", "uniqueItems", "items")
_OF_OBJECTS = ("minProperties", "maxProperties", "required", "properties", "dependentRequired")
_ABOUT = {
    **dict.fromkeys(_OF_NUMBERS, frozenset({"integer", "number"})),
    **dict.fromkeys(_OF_TEXTS, frozenset({"string"})),
    **dict.fromkeys(_OF_LISTS, frozenset({"array"})),
    **dict.fromkeys(_OF_OBJECTS, frozenset({"object"})),
}
"""The types that keywords are about, by the first of those that have a rule together."""

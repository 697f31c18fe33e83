"""The rules for keywords that hold schemas: objects, arrays, unions, conditions.

A list in `allOf` narrows by each entry; a union widens by each member. Members are paired by what
tells them apart, so that one that changed inside is compared and not reported as gone and come.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from famulor_codegen.errors import join
from famulor_codegen.review.classes import shown
from famulor_codegen.review.schemas import (
    WORDS,
    Change,
    Finding,
    Rule,
    Schema,
    canonical,
    compare,
    mapping,
    numbered,
    turned,
    types,
    unknown,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_CONDITION = ("if", "then", "else")
_UNIONS = ("anyOf", "oneOf")


def _properties(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    """Each named property, compared with what the other schema says of names it does not list."""
    ones, twos = old.get("properties", {}), new.get("properties", {})
    for name in dict.fromkeys((*ones, *twos)):
        one = ones.get(name, old.get("additionalProperties", True))
        two = twos.get(name, new.get("additionalProperties", True))
        yield from compare(one, two, join(at, "properties", name))
    one, two = (side.get("additionalProperties", True) for side in (old, new))
    yield from compare(one, two, join(at, "additionalProperties"))


def _required(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    ones, twos = old.get("required", ()), new.get("required", ())
    for name in twos:
        if name not in ones:
            words = f"`{name}` is newly required"
            yield Finding(join(at, "required", name), Change.NARROWED, words, None, name)
    for name in ones:
        if name not in twos:
            words = f"`{name}` is no longer required"
            yield Finding(join(at, "required", name), Change.WIDENED, words, name, None)


def _dependent(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    ones, twos = old.get("dependentRequired", {}), new.get("dependentRequired", {})
    for given in dict.fromkeys((*ones, *twos)):
        place = join(at, "dependentRequired", given)
        before, after = ones.get(given, ()), twos.get(given, ())
        always = [side.get("required", ()) for side in (old, new)]
        if more := [name for name in after if name not in (*before, *always[0])]:
            words = f"with `{given}` now needs {_names(more)}"
            yield Finding(place, Change.NARROWED, words, before, after)
        if less := [name for name in before if name not in (*after, *always[1])]:
            words = f"with `{given}` no longer needs {_names(less)}"
            yield Finding(place, Change.WIDENED, words, before, after)


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _items(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    yield from compare(old.get("items", True), new.get("items", True), join(at, "items"))


def _not(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    place = join(at, "not")
    if "not" in old and "not" in new:
        yield from map(turned, compare(old["not"], new["not"], place))
    elif "not" in new:
        words = f"now excludes {shown(new['not'])}"
        yield Finding(place, Change.NARROWED, words, None, new["not"])
    else:
        words = f"no longer excludes {shown(old['not'])}"
        yield Finding(place, Change.WIDENED, words, old["not"], None)


def _conditional(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    """`if`, `then` and `else` are one rule: it can be judged while its `if` stays."""
    one, two = ({key: side[key] for key in _CONDITION if key in side} for side in (old, new))
    if "if" in one and "if" in two and canonical(one["if"]) != canonical(two["if"]):
        yield unknown(join(at, "if"), "a condition", one, two)
    elif "if" in one or "if" in two:
        for key in ("then", "else"):
            before, after = (side.get(key, True) if "if" in side else True for side in (one, two))
            for finding in compare(before, after, join(at, key)):
                yield replace(finding, words=f"under a condition: {finding.words}")


def _all(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    ones, twos = old.get("allOf", ()), new.get("allOf", ())
    for index, one, two in _pairs(ones, twos, _same_condition):
        place = join(at, "allOf", index)
        if one is None:
            yield Finding(place, Change.NARROWED, "a condition came", None, two)
        elif two is None:
            yield Finding(place, Change.WIDENED, "a condition is gone", one, None)
        else:
            yield from compare(one, two, place)


def _union(key: str) -> Rule:
    def rule(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
        place = join(at, key)
        if key not in old:
            yield Finding(place, Change.NARROWED, "a choice of forms came", None, new[key])
        elif key not in new:
            yield Finding(place, Change.WIDENED, "a choice of forms is gone", old[key], None)
        elif key == "oneOf" and not (_apart(old) and _apart(new)):
            yield unknown(place, "a choice of forms", old[key], new[key])
        else:
            yield from _forms(old[key], new[key], place)

    return rule


def _forms(ones: Sequence[Any], twos: Sequence[Any], at: str) -> Iterator[Finding]:
    for index, one, two in _pairs(ones, twos, _same_form):
        place = join(at, index)
        if one is None:
            yield Finding(place, Change.WIDENED, "a form came", None, two)
        elif two is None:
            yield Finding(place, Change.NARROWED, "a form is gone", one, None)
        else:
            yield from compare(one, two, place)


def lifted(schema: Schema, other: Schema) -> Schema:
    """A plain schema as a union of itself, where the other one is nothing but a union."""
    keys = [key for key in _UNIONS if key in other]
    alone = len(keys) == 1 and other.keys() <= {keys[0], *WORDS}
    if not alone or any(key in schema for key in _UNIONS):
        return schema
    plain = {key: value for key, value in schema.items() if key not in WORDS}
    return {keys[0]: _by_type(plain, other[keys[0]])}


def _by_type(schema: Schema, forms: Sequence[Any]) -> list[Schema]:
    """A schema of several types as a form for each, where the other forms have one type each."""
    kinds = schema.get("type")
    single = all(isinstance(mapping(form).get("type"), str) for form in forms)
    if isinstance(kinds, str) or not kinds or not single or {"integer", "number"} <= set(kinds):
        return [schema]
    return [{**schema, "type": kind} for kind in kinds]


def _pairs(
    ones: Sequence[Any], twos: Sequence[Any], alike: Callable[[Any, Any], bool]
) -> Iterator[tuple[int, Any, Any]]:
    """Equal members are left out; then pairs of what is alike, in order if no more can be told."""
    left, right = list(enumerate(ones)), list(enumerate(twos))
    for index, two in list(right):
        equal = next((one for one in left if canonical(one[1]) == canonical(two)), None)
        if equal is not None:
            left.remove(equal)
            right.remove((index, two))
    for index, two in list(right):
        match = next((one for one in left if alike(one[1], two)), None)
        if match is not None:
            left.remove(match)
            right.remove((index, two))
            yield index, match[1], two
    if len(left) == len(right):
        yield from ((i, one, two) for (_, one), (i, two) in zip(left, right, strict=True))
    else:
        yield from ((index, None, two) for index, two in right)
        yield from ((index, one, None) for index, one in left)


def _same_condition(one: Any, two: Any) -> bool:
    one, two = mapping(one), mapping(two)
    if "if" in one or "if" in two:
        return canonical(one.get("if")) == canonical(two.get("if"))
    return set(one) == set(two)


def _same_form(one: Any, two: Any) -> bool:
    """Members for the same types, with the same values of the properties that tell them apart."""
    one, two = mapping(one), mapping(two)
    return types(one) == types(two) and _tags(one) == _tags(two)


def _tags(schema: Schema) -> dict[str, str]:
    listed = {name: values(mapping(v)) for name, v in schema.get("properties", {}).items()}
    return {name: canonical(found) for name, found in listed.items() if found is not None}


def _apart(schema: Schema) -> bool:
    """Whether no value can satisfy two members, so that `oneOf` means `anyOf`."""
    own, members = types(schema), map(mapping, schema["oneOf"])
    return all(_disjoint(one, two, own) for one, two in itertools.combinations(members, 2))


def _disjoint(one: Schema, two: Schema, own: frozenset[str]) -> bool:
    common = types(one) & types(two) & own
    ones, twos = values(one), values(two)
    if not common or (ones is not None and twos is not None and _foreign(ones, twos)):
        return True
    if common != {"object"}:
        return False
    return _tagged_apart(one, two) or _needs_foreign(one, two) or _needs_foreign(two, one)


def _tagged_apart(one: Schema, two: Schema) -> bool:
    """A property that both require has other values in each."""
    for name in set(one.get("required", ())) & set(two.get("required", ())):
        known = (side.get("properties", {}).get(name, True) for side in (one, two))
        ones, twos = (values(mapping(each)) for each in known)
        if ones is not None and twos is not None and _foreign(ones, twos):
            return True
    return False


def _foreign(ones: list[Any], twos: list[Any]) -> bool:
    return not {numbered(value) for value in ones} & {numbered(value) for value in twos}


def _needs_foreign(one: Schema, two: Schema) -> bool:
    """One member requires what the other, being closed, does not have."""
    closed = two.get("additionalProperties") is False
    known = set(two.get("properties", {}))
    return bool(closed) and not known.issuperset(one.get("required", ()))


RULES: dict[tuple[str, ...], Rule] = {
    ("required",): _required,
    ("properties", "additionalProperties"): _properties,
    ("dependentRequired",): _dependent,
    ("items",): _items,
    ("not",): _not,
    _CONDITION: _conditional,
    ("allOf",): _all,
    ("anyOf",): _union("anyOf"),
    ("oneOf",): _union("oneOf"),
}

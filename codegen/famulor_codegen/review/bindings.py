"""How a call becomes a request: method, path, places, older names, names that stand for ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from famulor_codegen.review.classes import Class, Note, shown
from famulor_codegen.review.inputs import passed_on, translated
from famulor_codegen.review.schemas import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_codegen.table import Alias, Lookup, Parameter, Tool

_BRACES = re.compile(r"\{[^{}]*\}")


def method(old: Tool, new: Tool) -> Iterator[Note]:
    """The HTTP method."""
    if old.method != new.method:
        words = f"is sent as {new.method} instead of {old.method}"
        yield Note(Class.BREAKING, words, "", old.method, new.method)


def path(old: Tool, new: Tool) -> Iterator[Note]:
    """The path; a name in braces is only a name."""
    if old.path == new.path:
        return
    same = _BRACES.sub("{}", old.path) == _BRACES.sub("{}", new.path)
    if same:
        words = "names in the path changed, the path on the wire did not"
        yield Note(Class.WIRE, words, "", old.path, new.path)
    else:
        words = f"is sent to {new.path} instead of {old.path}"
        yield Note(Class.BREAKING, words, "", old.path, new.path)


def parameters(old: Tool, new: Tool) -> Iterator[Note]:
    """Where each argument goes that is there before and after."""
    names = passed_on(old, new)
    ones = {names.get(each.name, each.name): each for each in old.parameters}
    for two in new.parameters:
        if two.name in ones:
            yield from _parameter(ones[two.name], two)


def _parameter(one: Parameter, two: Parameter) -> Iterator[Note]:
    at, name = f"/{two.name}", f"`{two.name}`"
    if one.place != two.place:
        words = f"{name} goes into the {two.place} instead of the {one.place}"
        yield Note(Class.BREAKING, words, f"{at}/place", one.place, two.place)
    if one.wire != two.wire:
        words = f"{name} is sent as `{two.wire}` instead of `{one.wire}`"
        yield Note(Class.WIRE, words, f"{at}/wire", one.wire, two.wire)
    if one.style != two.style or one.explode != two.explode:
        before, after = _style(one), _style(two)
        words = f"{name} is written as {after} instead of {before}"
        yield Note(Class.WIRE, words, f"{at}/style", before, after)


def _style(parameter: Parameter) -> str:
    return f"{parameter.style or 'JSON'}{', exploded' if parameter.explode else ''}"


def body(old: Tool, new: Tool) -> Iterator[Note]:
    """What the request's body is."""
    if old.body != new.body:
        words = f"the body is {new.body} instead of {old.body}"
        yield Note(Class.WIRE, words, "", old.body, new.body)


def aliases(old: Tool, new: Tool) -> Iterator[Note]:
    """Older names of arguments."""
    yield from translated(old, new)
    ones, twos = (_by_name(side.aliases) for side in (old, new))
    taken = new.enforced_schema["properties"]
    before = old.enforced_schema["properties"]
    for name in dict.fromkeys((*ones, *twos)):
        if name not in ones:
            if name not in before:
                words = f"`{name}` is taken as an older name of `{twos[name][0].target}`"
                yield Note(Class.WIDENED, words, f"/{name}", None, name)
            elif name in taken:
                words = f"`{name}` is now translated to `{twos[name][0].target}`"
                yield Note(Class.WIRE, words, f"/{name}", None, name)
        elif name not in twos:
            yield _dropped(name, ones[name], kept=name in taken)
        elif ones[name] != twos[name]:
            yield from _retold(name, ones[name], twos[name])


def _by_name(found: tuple[Alias, ...]) -> dict[str, list[Alias]]:
    names = dict.fromkeys(alias.name for alias in found)
    return {name: [alias for alias in found if alias.name == name] for name in names}


def _dropped(name: str, entries: list[Alias], *, kept: bool) -> Note:
    if kept:
        words = f"`{name}` is no longer translated to `{entries[0].target}`, but sent as it is"
        return Note(Class.WIRE, words, f"/{name}", name, None)
    words = f"`{name}`, the older name of `{entries[0].target}`, is no longer taken"
    return Note(Class.BREAKING, words, f"/{name}", name, None)


def _retold(name: str, ones: list[Alias], twos: list[Alias]) -> Iterator[Note]:
    """An older name whose translation changed: judged where it is one mapping of values."""
    at, sides = f"/{name}", (shown_aliases(ones), shown_aliases(twos))
    one, two = ones[0], twos[0]
    if len(ones) > 1 or len(twos) > 1 or one.when != two.when:
        words = f"the translation of `{name}` changed in a way that cannot be judged"
        yield Note(Class.BREAKING, words, at, *sides)
        return
    if lost := _untaken(one, two):
        words = f"`{name}`: {', '.join(lost)} is no longer taken"
        yield Note(Class.BREAKING, words, at, *sides)
    if more := _untaken(two, one):
        words = f"`{name}`: {', '.join(more)} is newly taken"
        yield Note(Class.WIDENED, words, at, *sides)
    if one.target != two.target or _moved(one, two):
        words = f"`{name}` is translated otherwise: to `{two.target}`"
        yield Note(Class.WIRE, words, at, *sides)


def _means(alias: Alias) -> dict[str, str | None]:
    """Older value → what it becomes, as texts; None where it means nothing and is left out."""
    values = (alias.values or {}).items()
    said = {key: each if isinstance(each, str) else canonical(each) for key, each in values}
    return {**said, **dict.fromkeys(alias.drop)}


def _moved(one: Alias, two: Alias) -> bool:
    """Whether both take a value and send it otherwise; `keep` sends it as it is."""
    before, after = _means(one), _means(two)
    keeps = [side.keep and side.values is not None for side in (one, two)]
    both = [
        key
        for key in {**before, **after}
        if (key in before or keeps[0]) and (key in after or keeps[1])
    ]
    return any(before.get(key, key) != after.get(key, key) for key in both)


def _untaken(one: Alias, two: Alias) -> list[str]:
    """Values that the one takes and the other does not, in words."""
    before, after = _means(one), _means(two)
    if two.values is None:  # it passes values on as they are
        return [shown(key) for key in before if before[key] != key]
    gone = [] if two.keep else [shown(key) for key in before if key not in after]
    others = (one.keep or one.values is None) and not two.keep
    return gone or (["any other value"] if others else [])


def shown_aliases(entries: list[Alias]) -> Any:
    """The translations of one older name as plain data."""
    return [
        {
            "target": each.target,
            "values": each.values,
            "keep": each.keep,
            "drop": each.drop,
            "when": each.when,
        }
        for each in entries
    ]


def lookups(old: Tool, new: Tool) -> Iterator[Note]:
    """Arguments in which a name may stand for an id."""
    names = passed_on(old, new)
    ones = {names.get(each.parameter, each.parameter): each for each in old.lookups}
    twos = {each.parameter: each for each in new.lookups}
    for name in dict.fromkeys((*ones, *twos)):
        if name not in twos:
            yield _unlooked(ones[name], name)
        elif name not in ones:
            yield _looked(twos[name], name)
        else:
            yield from _lookup(ones[name], twos[name], f"/{name}")


def _unlooked(lookup: Lookup, name: str) -> Note:
    """An id for which no name may be given any more, or beside which people see none."""
    if lookup.accept:
        words = f"a name is no longer taken for the id in `{name}`"
        return Note(Class.BREAKING, words, f"/{name}", lookup.tool, None)
    words = f"people who decide no longer see the name beside the id in `{name}`"
    return Note(Class.COST, words, f"/{name}", lookup.tool, None)


def _looked(lookup: Lookup, name: str) -> Note:
    words = f"a name is taken for the id in `{name}`"
    if not lookup.accept:
        words = f"people who decide see the name beside the id in `{name}`"
    return Note(Class.WIDENED, words, f"/{name}", None, lookup.tool)


def _lookup(one: Lookup, two: Lookup, at: str) -> Iterator[Note]:
    name = f"`{two.parameter}`"
    if one.accept and not two.accept:
        yield _unlooked(one, two.parameter)
    if two.accept and not one.accept:
        yield _looked(two, two.parameter)
    lost = [field for field in one.match if field not in two.match]
    more = [field for field in two.match if field not in one.match]
    if lost:
        words = f"{name} is no longer found by {', '.join(lost)}"
        yield Note(Class.BREAKING, words, f"{at}/match", one.match, two.match)
    if more:
        words = f"{name} is also found by {', '.join(more)}"
        yield Note(Class.WIDENED, words, f"{at}/match", one.match, two.match)
    for field in ("tool", "take", "arguments"):
        before, after = getattr(one, field), getattr(two, field)
        if before != after:
            words = f"the name in {name} is looked up otherwise ({field})"
            yield Note(Class.WIRE, words, f"{at}/{field}", before, after)


def merged(old: Tool, new: Tool) -> Iterator[Note]:
    """Arguments in which a list of objects stands for one object."""
    names = passed_on(old, new)
    ones = [names.get(name, name) for name in old.merged]
    for name in ones:
        if name not in new.merged:
            words = f"`{name}` no longer takes a list for one object"
            yield Note(Class.BREAKING, words, f"/{name}", name, None)
    for name in new.merged:
        if name not in ones:
            yield Note(
                Class.WIDENED, f"`{name}` takes a list for one object", f"/{name}", None, name
            )

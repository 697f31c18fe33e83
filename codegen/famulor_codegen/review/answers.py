"""What a tool answers: fields that callers may read, those kept by default, how to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.review.classes import Class, Note
from famulor_codegen.review.schemas import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from famulor_codegen.table import Tool


def output_schema(old: Tool, new: Tool) -> Iterator[Note]:
    """The fields of the answer; it has names only."""
    yield from _fields(old.output_schema["properties"], new.output_schema["properties"], "answer")
    before, after = (
        {**side.output_schema, "properties": sorted(side.output_schema["properties"])}
        for side in (old, new)
    )
    for key in dict.fromkeys((*before, *after)):
        if key != "properties" and canonical(before.get(key)) != canonical(after.get(key)):
            words = f"`{key}` of the answer changed in a way that cannot be judged"
            yield Note(Class.BREAKING, words, f"/{key}", before.get(key), after.get(key))
    yield from _values(old.output_schema["properties"], new.output_schema["properties"])


def _values(ones: dict[str, Any], twos: dict[str, Any]) -> Iterator[Note]:
    for name, one in ones.items():
        if name in twos and canonical(one) != canonical(twos[name]):
            words = f"the field `{name}` of the answer changed in a way that cannot be judged"
            yield Note(Class.BREAKING, words, f"/properties/{name}", one, twos[name])


def item_fields(old: Tool, new: Tool) -> Iterator[Note]:
    """The fields of the items of a list; those of the answer itself are told already."""
    told = items_changed(old, new)
    ones, twos = ([name for name in side.item_fields if name in told] for side in (old, new))
    yield from _fields(ones, twos, "item of the answer")


def items_changed(old: Tool, new: Tool) -> set[str]:
    """Fields of items that came or went. Where an answer gets its first list, or loses its last,
    what were its items is the answer itself."""
    ones, twos = (set(side.output_schema["properties"]) for side in (old, new))
    return (set(old.item_fields) ^ set(new.item_fields)) - (ones | twos)


def _fields(ones: Any, twos: Any, what: str) -> Iterator[Note]:
    for name in ones:
        if name not in twos:
            words = f"the {what} no longer has `{name}`"
            yield Note(Class.BREAKING, words, f"/{name}", name, None)
    for name in twos:
        if name not in ones:
            yield Note(Class.WIDENED, f"the {what} newly has `{name}`", f"/{name}", None, name)


def concise(old: Tool, new: Tool) -> Iterator[Note]:
    """What is kept by default; without a list everything is."""
    ones, twos = old.concise, new.concise
    lost = [name for name in ones if name not in twos and twos]
    more = [name for name in twos if name not in ones and ones]
    if lost or (twos and not ones):
        words = f"by default {_list(lost)} no longer shown" if lost else "a short answer by default"
        yield Note(Class.BREAKING, words, "", ones, twos)
    if more or (ones and not twos):
        words = f"by default {_list(more)} shown as well" if more else "the whole answer by default"
        yield Note(Class.WIDENED, words, "", ones, twos)


def _list(names: list[str]) -> str:
    return f"{', '.join(f'`{name}`' for name in names)} {'is' if len(names) == 1 else 'are'}"


def until(old: Tool, new: Tool) -> Iterator[Note]:
    """How to wait for a result."""
    one, two = old.until, new.until
    if one is None or two is None:
        if one is not None:
            yield Note(Class.BREAKING, "one can no longer wait for its result", "", one.field, None)
        if two is not None:
            yield Note(Class.WIDENED, "one can wait for its result", "", None, two.field)
        return
    lost = [value for value in one.values if value not in two.values]
    more = [value for value in two.values if value not in one.values]
    if one.field != two.field:
        words = f"waits for `{two.field}` instead of `{one.field}`"
        yield Note(Class.BREAKING, words, "/field", one.field, two.field)
    if lost:
        words = f"waiting no longer ends with {', '.join(map(str, lost))}"
        yield Note(Class.BREAKING, words, "/values", one.values, two.values)
    if more:
        words = f"waiting also ends with {', '.join(map(str, more))}"
        yield Note(Class.WIDENED, words, "/values", one.values, two.values)
    if one.interval != two.interval:
        words = f"asks every {two.interval:g} s instead of every {one.interval:g} s"
        yield Note(Class.WIRE, words, "/interval", one.interval, two.interval)


def defaults(old: Tool, new: Tool) -> Iterator[Note]:
    """What the API does where an argument is left out."""
    for name in dict.fromkeys((*old.defaults, *new.defaults)):
        one, two = old.defaults.get(name), new.defaults.get(name)
        both = name in old.defaults and name in new.defaults
        if both and canonical(one) != canonical(two):
            words = f"a call that leaves `{name}` out now means another value"
            yield Note(Class.COST, words, f"/{name}", one, two)
        elif not both and (name in old.enforced_schema["properties"]) == (
            name in new.enforced_schema["properties"]
        ):
            words = f"the default of `{name}` is {'said' if name in new.defaults else 'not said'}"
            yield Note(Class.WORDS, words, f"/{name}", one, two)


def statuses(field: str) -> Callable[[Tool, Tool], Iterator[Note]]:
    """What a status of the API means."""

    def rule(old: Tool, new: Tool) -> Iterator[Note]:
        ones, twos = getattr(old, field), getattr(new, field)
        for status in dict.fromkeys((*ones, *twos)):
            if ones.get(status) != twos.get(status):
                words = f"what the status {status} means"
                note = Note(Class.WORDS, words, f"/{status}", ones.get(status), twos.get(status))
                yield note

    return rule

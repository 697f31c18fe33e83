"""What a call does to money and people, and how careful the gateway is: effect, cost, secrecy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.reference import BADGES
from famulor_codegen.review.classes import Class, Note, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from famulor_codegen.table import RateLimit, Tool

_RISING = ("read", "write", "delete", "spend", "contact")
_ASKED = frozenset({"delete", "spend", "contact"})


def effect(old: Tool, new: Tool) -> Iterator[Note]:
    """A raised effect breaks callers that were trusted with less; a lowered one is told."""
    one, two = old.effect, new.effect
    if one == two:
        return
    before, after = BADGES.get(one, one), BADGES.get(two, two)
    raised = two in _RISING and one in _RISING and _RISING.index(two) > _RISING.index(one)
    asked = "; it newly needs a confirmation" if two in _ASKED and one not in _ASKED else ""
    free = "; it no longer needs a confirmation" if one in _ASKED and two not in _ASKED else ""
    kind = Class.BREAKING if raised or asked else Class.COST
    yield Note(kind, f"a call that {before} now {after}{asked}{free}", "", one, two)


def idempotent(old: Tool, new: Tool) -> Iterator[Note]:
    """Whether a call may be repeated."""
    if old.idempotent and not new.idempotent:
        words = "a repeat is no longer safe: a call whose answer is lost is not sent again"
        yield Note(Class.COST, words, before=old.idempotent, after=new.idempotent)
    elif new.idempotent and not old.idempotent:
        words = "a lost call is now sent again by itself"
        yield Note(Class.COST, words, before=old.idempotent, after=new.idempotent)


def cost(old: Tool, new: Tool) -> Iterator[Note]:
    """Who pays what."""
    if old.cost != new.cost:
        words = "who pays" if old.cost and new.cost else "what it costs is "
        words += "" if old.cost and new.cost else "now said" if new.cost else "no longer said"
        yield Note(Class.COST, words, "", old.cost, new.cost)


def hints(old: Tool, new: Tool) -> Iterator[Note]:
    """Hints to clients, where effect and idempotency do not explain them."""
    if (old.effect, old.idempotent) == (new.effect, new.idempotent):
        for name in dict.fromkeys((*old.annotations, *new.annotations)):
            one, two = old.annotations.get(name), new.annotations.get(name)
            if one != two:
                words = f"clients are told {name} {shown(two)} instead of {shown(one)}"
                yield Note(Class.COST, words, f"/{name}", one, two)


def verify(old: Tool, new: Tool) -> Iterator[Note]:
    """How to find out what became of a call whose answer was lost."""
    one, two = old.verify, new.verify
    if one and two and one != two:
        words = f"`{two}` instead of `{one}` tells what became of a lost call"
        yield Note(Class.WIRE, words, "", one, two)
    elif one and not two:
        words = f"`{one}` no longer tells what became of a lost call"
        yield Note(Class.COST, words, "", one, two)
    elif two and not one:
        yield Note(Class.WIDENED, f"`{two}` tells what became of a lost call", "", one, two)


def rate_limits(old: Any, new: Any) -> Iterator[Note]:
    """Of a tool or of the document: which calls wait longer than before, and which no longer."""
    yield from _limits(old.rate_limits, new.rate_limits)


def _limits(ones: tuple[RateLimit, ...], twos: tuple[RateLimit, ...]) -> Iterator[Note]:
    for limit in twos:
        if not any(_as_strict(other, limit) for other in ones):
            words = f"calls now wait at {limit.requests} in {limit.seconds:g} s"
            yield Note(Class.COST, words, "", ones, twos)
    for limit in ones:
        if not any(_as_strict(other, limit) for other in twos):
            words = f"calls no longer wait at {limit.requests} in {limit.seconds:g} s"
            yield Note(Class.WIDENED, words, "", ones, twos)


def _as_strict(one: RateLimit, two: RateLimit) -> bool:
    """Whether what `one` allows, `two` allows as well."""
    return one.requests <= two.requests and one.seconds >= two.seconds


def secret(field: str, what: str) -> Callable[[Tool, Tool], Iterator[Note]]:
    """What is never shown; each place on its own."""

    def rule(old: Tool, new: Tool) -> Iterator[Note]:
        ones, twos = getattr(old, field), getattr(new, field)
        for path in twos:
            if path not in ones:
                yield Note(Class.COST, f"{what} {_path(path)} is now secret", _at(path), None, path)
        for path in ones:
            if path not in twos:
                words = f"{what} {_path(path)} is no longer secret and may be shown"
                yield Note(Class.COST, words, _at(path), path, None)

    return rule


def destinations(old: Tool, new: Tool) -> Iterator[Note]:
    """Numbers at which people may be reached: limits and lists of the operator hold there."""
    for path in new.destinations:
        if path not in old.destinations:
            words = f"{_path(path)} is now a number at which people are reached"
            yield Note(Class.COST, words, _at(path), None, path)
    for path in old.destinations:
        if path not in new.destinations:
            words = f"{_path(path)} is no longer guarded as a number of people"
            yield Note(Class.COST, words, _at(path), path, None)


def effect_when(old: Tool, new: Tool) -> Iterator[Note]:
    """In which calls the effect holds; any other call is a write, and nobody is asked."""
    ones, twos = old.effect_when, new.effect_when
    if ones == twos:
        return
    within = all(set(twos.get(name, ())) <= set(ones[name]) and name in twos for name in ones)
    if within or old.effect != new.effect:
        yield Note(Class.COST, "the effect holds in other calls than before", "", ones, twos)
    else:
        what = BADGES.get(new.effect, new.effect)
        words = f"now {what} in more calls than before; those newly need a confirmation"
        yield Note(Class.BREAKING, words, "", ones, twos)


def audience(old: Tool, new: Tool) -> Iterator[Note]:
    """How many people a call sets going."""
    if old.audience != new.audience:
        words = "how many people a call reaches is counted otherwise"
        yield Note(Class.COST, words, "", repr(old.audience), repr(new.audience))


def _path(path: tuple[str, ...]) -> str:
    return f"`{'.'.join(path)}`"


def _at(path: tuple[str, ...]) -> str:
    return "".join(f"/{key}" for key in path)

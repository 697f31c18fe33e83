"""All tools before and after: which came, went, were renamed, and what holds for them all."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from famulor_codegen.reference import BADGES
from famulor_codegen.render import literal
from famulor_codegen.review import material, policies, tools
from famulor_codegen.review.classes import DOCUMENT, Class, Cost, Difference, Note, Review
from famulor_codegen.review.results import Expansion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_codegen.table import Catalogue, Tool

_COSTLY = frozenset({"spend", "contact"})
_PAIRED = {"toolsets", "dynamic"}


def compare(old: Catalogue, new: Catalogue, lines: dict[str, int] | None = None) -> Review:
    """The review of a change. `lines` leads from a tool's pointer to its line."""
    pairs = _pairs(old, new)
    found = [*_document(old, new)]
    expansion = Expansion(old, new)
    for one, two in [*pairs, *_by_name(old.dynamic, new.dynamic)]:
        found += _tool(one, two, expansion)
    if not found and literal(old) != literal(new):
        found = [_arranged(old, new)]
    places = {tool.name: tool for tool in (*old.tools, *new.tools)}
    return Review(
        differences=tuple(found),
        total=Cost("all tools", _tokens(old.tools), _tokens(new.tools)),
        tools=tuple(_costs(pairs)),
        presets=tuple(_presets(old, new)),
        snapshots={t.name: f"generated/snapshots/{t.toolset}.{t.name}.json" for t in new.tools},
        lines={
            name: (lines or {}).get(tool.pointer, 1)
            for name, tool in places.items()
            if tool.name in {t.name for t in new.tools}
        },
    )


def _arranged(old: Catalogue, new: Catalogue) -> Difference:
    """What differs where no tool, and nothing beside the tools, does."""
    ones, twos = (
        [(s.name, [t.name for t in s.tools]) for s in side.toolsets] for side in (old, new)
    )
    if ones != twos:
        words = "tools or toolsets stand in another order"
        return Difference(DOCUMENT, "/toolsets", Class.WORDS, words)
    words = "what answers share has another name or order, for the same answers"
    return Difference(DOCUMENT, "/schemas", Class.WORDS, words)


def _pairs(old: Catalogue, new: Catalogue) -> list[tuple[Tool | None, Tool | None]]:
    """Tools by name, then by an older name, then by a shared operation; the rest went or came."""
    left = {tool.name: tool for tool in old.tools}
    found: dict[str, Tool] = {
        tool.name: left.pop(tool.name) for tool in new.tools if tool.name in left
    }
    for tool in new.tools:
        former = next((name for name in tool.older if name in left), None)
        if tool.name not in found and former:
            found[tool.name] = left.pop(former)
    for tool in new.tools:
        if tool.name not in found:
            same = [one for one in left.values() if _operation(one) == _operation(tool)]
            if len(same) == 1:
                found[tool.name] = left.pop(same[0].name)
    return [(found.get(tool.name), tool) for tool in new.tools] + [(t, None) for t in left.values()]


def _by_name(
    ones: tuple[Tool, ...], twos: tuple[Tool, ...]
) -> list[tuple[Tool | None, Tool | None]]:
    """The gateway's own tools, which no document renames."""
    old, new = ({tool.name: tool for tool in side} for side in (ones, twos))
    return [(old.get(name), new.get(name)) for name in dict.fromkeys((*new, *old))]


def _operation(tool: Tool) -> tuple[str, str]:
    return tool.method, tool.path


def _tool(old: Tool | None, new: Tool | None, expansion: Expansion) -> list[Difference]:
    if old and new:
        return tools.compare(*expansion.pair(old, new))
    return [_came(new)] if new else [_gone(old)] if old else []


def _came(tool: Tool) -> Difference:
    costs = f"; who pays: {tool.cost}" if tool.effect in _COSTLY else ""
    words = f"a new tool that {BADGES.get(tool.effect, tool.effect)}{costs}"
    kind = Class.COST if tool.effect in _COSTLY else Class.WIDENED
    return Difference(tool.name, "", kind, words, None, tool.title)


def _gone(tool: Tool) -> Difference:
    if tool.retired:
        words = (
            f"is gone; retired since {tool.retired.since}, `{tool.retired.instead}` took its place"
        )
        return Difference(tool.name, "", Class.WORDS, words, tool.title, None)
    words = "is gone without having been retired: set x-mcp `deprecated` first, and remove it later"
    return Difference(tool.name, "", Class.BREAKING, words, tool.title, None)


def _document(old: Catalogue, new: Catalogue) -> Iterator[Difference]:
    names = [field.name for field in fields(new) if field.name not in _PAIRED]
    for name, note in tools.noted(old, new, names, _RULES):
        yield Difference(DOCUMENT, f"/{name}{note.place}", *note[:2], *note[3:])
    yield from _toolsets(old, new)


def _toolsets(old: Catalogue, new: Catalogue) -> Iterator[Difference]:
    ones, twos = ({each.name: each.words for each in side.toolsets} for side in (old, new))
    for name in dict.fromkeys((*ones, *twos)):
        one, two, place = ones.get(name), twos.get(name), f"/toolsets/{name}"
        if two is None:
            words = f"the toolset `{name}` is gone: a server that chose it does not start"
            yield Difference(DOCUMENT, place, Class.BREAKING, words, one, None)
        elif one is None:
            words = f"a new toolset `{name}`"
            yield Difference(DOCUMENT, place, Class.WIDENED, words, None, two)
        elif one != two:
            words = f"what the toolset `{name}` is for"
            yield Difference(DOCUMENT, place, Class.WORDS, words, one, two)


def _base_url(old: Catalogue, new: Catalogue) -> Iterator[Note]:
    words = "calls, and the key, go to another address"
    yield Note(Class.COST, words, "", old.base_url, new.base_url)


def _omitted(old: Catalogue, new: Catalogue) -> Iterator[Note]:
    ones, twos = dict(old.omitted), dict(new.omitted)
    for name in dict.fromkeys((*ones, *twos)):
        if ones.get(name) != twos.get(name):
            words = f"why `{name}` is no tool"
            yield Note(Class.WORDS, words, "", ones.get(name), twos.get(name))


def _account(old: Catalogue, new: Catalogue) -> Iterator[Note]:
    words = "the balance of the account is read elsewhere"
    yield Note(Class.COST, words, "", old.account, new.account)


def _budget(old: Catalogue, new: Catalogue) -> Iterator[Note]:
    words = f"all tools may cost {new.budget:,} tokens instead of {old.budget:,}"
    yield Note(Class.TOKENS, words, "", old.budget, new.budget)


_RULES: dict[str, tools.Rule] = {
    "title": tools.words("title", "the API's title"),
    "version": tools.words("version", "the API's version"),
    "credentials": tools.words("credentials", "how to get a key"),
    "material": material.material,
    "budget": _budget,
    "base_url": _base_url,
    "rate_limits": policies.rate_limits,
    "omitted": _omitted,
    "account": _account,
}


def _tokens(found: tuple[Tool, ...]) -> int:
    return sum(tool.tokens for tool in found)


def _costs(pairs: list[tuple[Tool | None, Tool | None]]) -> Iterator[Cost]:
    for one, two in pairs:
        before, after = (tool.tokens if tool else None for tool in (one, two))
        named = two or one
        if named and before != after:
            yield Cost(named.name, before, after)


def _presets(old: Catalogue, new: Catalogue) -> Iterator[Cost]:
    """Tokens of each preset; a document may have none."""
    ones, twos = (_of_presets(side) for side in (old, new))
    for name in dict.fromkeys((*ones, *twos)):
        yield Cost(name, ones.get(name), twos.get(name))


def _of_presets(catalogue: Catalogue) -> dict[str, int]:
    costs = {tool.name: tool.tokens for tool in catalogue.tools}
    presets = catalogue.material.presets
    return {
        name: sum(costs.get(tool, 0) for tool in preset.tools) for name, preset in presets.items()
    }

"""All tools before and after: which came, went, or have another name, and what holds for them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from famulor_codegen.render import literal
from famulor_codegen.review import policies, tools
from famulor_codegen.review.classes import DOCUMENT, Class, Cost, Difference, Note, Review

if TYPE_CHECKING:
    from famulor_codegen.table import Catalogue, Tool

_COSTLY = frozenset({"spend", "contact"})


def compare(old: Catalogue, new: Catalogue, lines: dict[str, int] | None = None) -> Review:
    """The review of a change. `lines` leads from a tool's pointer to its line."""
    pairs = _pairs(old, new)
    found = [*_document(old, new)]
    for one, two in pairs:
        found += _tool(one, two)
    if not found and literal(old) != literal(new):
        words = "tools or toolsets stand in another order"
        found = [Difference(DOCUMENT, "/toolsets", Class.WORDS, words)]
    places = {tool.name: tool for tool in (*old.tools, *new.tools)}
    return Review(
        differences=tuple(found),
        total=_cost("all tools", _tokens(old.tools), _tokens(new.tools)),
        tools=tuple(_costs(pairs)),
        presets=tuple(_presets(old, new)),
        snapshots={t.name: f"generated/snapshots/{t.toolset}.{t.name}.json" for t in new.tools},
        lines={
            name: (lines or {}).get(tool.pointer, 1)
            for name, tool in places.items()
            if tool.name in {t.name for t in new.tools}
        },
    )

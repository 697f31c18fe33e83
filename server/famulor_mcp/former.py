"""Names that tools had before: they call the tool of today and are listed only on request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from famulor_tools.table import Tool


def named(tools: Iterable[Tool]) -> dict[str, Tool]:
    """Every name that calls one of `tools` → the tool. A current name wins."""
    tools = tuple(tools)
    older = {name: tool for tool in tools for name in tool.older}
    return older | {tool.name: tool for tool in tools}


def current(names: Sequence[str], tools: Sequence[Tool]) -> tuple[str, ...]:
    """`names` with today's names of `tools` for older ones; what is no tool's name stays."""
    known = named(tools)
    return tuple(dict.fromkeys(known[name].name if name in known else name for name in names))


def listed(tools: Sequence[Tool], *, older: bool) -> tuple[Tool, ...]:
    """The tools as they are listed; where `older`, once more under each name they had before.

    For lists only: what a call is judged and recorded by is the tool of today.
    """
    if not older:
        return tuple(tools)
    again = (
        replace(tool, name=name, description=f"Older name of {tool.name}. {tool.description}")
        for tool in tools
        for name in tool.older
    )
    return (*tools, *again)

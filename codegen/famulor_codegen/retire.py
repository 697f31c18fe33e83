"""Names that tools had before, and tools that are on their way out.

Neither breaks a caller: an older name calls its tool, and a retired tool says what to call instead.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from famulor_codegen.table import Retired, Tool


def said(description: str, retired: Retired | None) -> str:
    """The description; of a retired tool it begins with what to call instead."""
    if retired is None:
        return description
    return f"Retired since {retired.since}: call {retired.instead} instead. {description}"


def check(tools: Sequence[Tool]) -> Iterator[tuple[Tool, str]]:
    """What is wrong with older names and with what retired tools name, each with its tool."""
    current = {tool.name: tool for tool in tools}
    times = Counter(name for tool in tools for name in tool.older)
    for tool in tools:
        for name in tool.older:
            if name in current:
                yield tool, f"the older name `{name}` is the name of a tool"
            if times[name] > 1:
                yield tool, f"`{name}` is an older name of {times[name]} tools"
        if tool.retired:
            yield from ((tool, sentence) for sentence in _instead(tool, tool.retired, current))


def _instead(tool: Tool, retired: Retired, current: dict[str, Tool]) -> Iterator[str]:
    other = current.get(retired.instead)
    if other is None:
        yield f"`deprecated` names {retired.instead!r}, which is no tool"
    elif other is tool or other.retired:
        yield f"`deprecated` names {retired.instead!r}, which is retired itself"

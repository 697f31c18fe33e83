"""The instructions for the model, for the tools that are offered: they name no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from famulor_tools.table import Sentence, Tool

LIST = "{tools}"


def compose(entries: Iterable[Sentence], tools: Sequence[Tool], *, dynamic: str = "") -> str:
    """One line for each entry that fits the tools.

    `dynamic` comes first where the tools are not listed; `{toolsets}` in it becomes theirs.
    """
    names = {tool.name for tool in tools}
    toolsets = ", ".join(dict.fromkeys(tool.toolset for tool in tools))
    lines = [dynamic.replace("{toolsets}", toolsets)] if dynamic else []
    for entry in entries:
        there = [name for name in entry.tools if name in names]
        if names.issuperset(entry.needs) and (there or not entry.tools):
            lines.append(entry.text.replace(LIST, ", ".join(there)))
    return "\n".join(lines)

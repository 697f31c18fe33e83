"""Three tools for all others: find one by a question, describe it, call it.

A call through them takes the same way as any: same arguments, rules, gates and answers. Every tool
stays callable by its own name, too; it is only not listed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from famulor_mcp import arguments as rules
from famulor_mcp import repair
from famulor_mcp.errors import GatewayError, UnknownTool
from famulor_mcp.find import Index
from famulor_mcp.shape import Result
from famulor_mcp.words import nearest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from famulor_tools.table import Effect, Tool

    Run = Callable[..., Awaitable[Any]]
    """(context, name, arguments, whatever the edge hands along) → what the call came to."""

FOUND = 5
"""Tools that are found, unless the caller says how many."""
GRAVITY: tuple[Effect, ...] = ("read", "write", "delete", "spend", "contact")
"""Effects, the most harmless first."""


class Dynamic:
    """Stands for `tools`. `own` are the three tools that find, describe and call, in this order."""

    def __init__(
        self,
        own: Sequence[Tool],
        tools: Sequence[Tool],
        run: Run,
        toolsets: Mapping[str, str],
        synonyms: Sequence[Sequence[str]] = (),
    ) -> None:
        self.listed = find, describe, call = stand_ins(own, tools)
        self._acts = {find.name: self._find, describe.name: self._describe, call.name: self._call}
        self._own = {tool.name: tool for tool in self.listed}
        self._tools = {tool.name: tool for tool in tools}
        self._run = run
        self._toolsets = {tool.toolset: toolsets.get(tool.toolset, "") for tool in tools}
        self._synonyms = synonyms
        self._index: Index | None = None

    async def call(self, context: Any, name: str, arguments: dict[str, Any], *along: Any) -> Any:
        """What a call came to: of one of the three, or of any other by its own name."""
        if name not in self._own:
            return await self._run(context, name, arguments, *along)
        tool = self._own[name]
        try:
            given = repair.repair(tool, arguments)
            rules.validate(tool, given, {})
            return await self._acts[name](given, context, *along)
        except GatewayError as error:
            return Result(error.text, None, is_error=True)

    async def _find(self, given: Mapping[str, Any], *_along: Any) -> Result:
        if self._index is None:
            self._index = Index(self._tools.values(), self._toolsets, self._synonyms)
        found = self._index.find(given["task"], given.get("limit", FOUND))
        if found:
            return _result({"tools": [brief(tool) for tool in found]})
        return _result({"tools": [], "areas": self._toolsets})

    async def _describe(self, given: Mapping[str, Any], *_along: Any) -> Result:
        name = given["name"]
        if name not in self._tools:
            raise UnknownTool(f"There is no tool {rules.short(name)}.{nearest(name, self._tools)}")
        return _result(full(self._tools[name]))

    async def _call(self, given: Mapping[str, Any], context: Any, *along: Any) -> Any:
        return await self._run(context, given["name"], given.get("arguments", {}), *along)


def stand_ins(own: Sequence[Tool], tools: Sequence[Tool]) -> tuple[Tool, Tool, Tool]:
    """The three tools as they are listed where they stand for `tools`."""
    find, describe, call = own
    return find, describe, cautious(call, tools)


def cautious(tool: Tool, tools: Sequence[Tool]) -> Tool:
    """`tool` with the annotations and the effect of the gravest thing that `tools` can do."""
    facts = [other.annotations for other in tools]
    annotations = {
        "readOnlyHint": all(fact["readOnlyHint"] for fact in facts),
        "destructiveHint": any(fact["destructiveHint"] for fact in facts),
        "idempotentHint": all(fact["idempotentHint"] for fact in facts),
        "openWorldHint": any(fact["openWorldHint"] for fact in facts),
    }
    gravest = max((other.effect for other in tools), key=GRAVITY.index, default=tool.effect)
    return replace(tool, annotations=annotations, effect=gravest)


def brief(tool: Tool) -> dict[str, Any]:
    """What a choice needs: name, first sentence, effect, required arguments."""
    return {
        "name": tool.name,
        "does": first_sentence(tool.description),
        "effect": tool.effect,
        "required": list(tool.input_schema.get("required", [])),
    }


def full(tool: Tool) -> dict[str, Any]:
    """All that a list would say of a tool, and what its effect is."""
    cost = {"cost": tool.cost} if tool.cost else {}
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "effect": tool.effect,
        **cost,
        "annotations": dict(tool.annotations),
        "inputSchema": dict(tool.input_schema),
    }


def first_sentence(text: str) -> str:
    """A text up to the first full stop that a blank follows."""
    head, stop, _ = text.partition(". ")
    return f"{head}." if stop else text


def _result(data: dict[str, Any]) -> Result:
    return Result(json.dumps(data, ensure_ascii=False, separators=(",", ":")), data)

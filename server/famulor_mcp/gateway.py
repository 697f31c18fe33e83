"""The path of one call, top to bottom. Each step is a function of its own module.

Input: a tool's name, its arguments and an account. Output: a result. Only an unknown tool is
raised; everything else that goes wrong is a result that says what to do next.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from famulor_mcp import aliases, build, collect, files, lookup, read, repair, shape, wait
from famulor_mcp import arguments as rules
from famulor_mcp.errors import GatewayError, InvalidArguments, UnknownTool
from famulor_mcp.shape import Result
from famulor_tools.table import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from famulor_mcp.account import Account
    from famulor_mcp.read import Reading
    from famulor_mcp.send import Upstream
    from famulor_mcp.wait import Progress
    from famulor_tools.table import Source, Tool

T = TypeVar("T")

DEADLINE = 50.0
"""Seconds that a call may take: clients give up after 60."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, with what, and until when on the upstream's clock."""

    account: Account
    authorization: str
    deadline: float
    progress: Progress


async def silent(_done: float, _total: float | None, _words: str) -> None:
    """Progress that nobody asked for."""


async def aside(size: int, function: Callable[..., T], *arguments: Any) -> T:
    """What `function` returns; for a large answer from a thread, so that other calls go on."""
    if size <= read.LARGE:
        return function(*arguments)
    return await asyncio.to_thread(function, *arguments)


class Gateway:
    """Calls tools.

    `tools` may be called. `catalogue` (default: the same) is every tool there is, so that a lookup
    may read what is not offered. `files` is the folder that uploads may be read from.
    `key_advice` says how to get and set a key. `tokens` is the most that a result may cost.
    """

    def __init__(  # noqa: PLR0913 - each has a name of its own where it is given
        self,
        tools: Sequence[Tool],
        upstream: Upstream,
        *,
        catalogue: Sequence[Tool] | None = None,
        files: Path | None = None,
        key_advice: str = "",
        tokens: int = shape.TOKENS,
    ) -> None:
        self.upstream = upstream
        self._tools = {tool.name: tool for tool in tools}
        self._catalogue = {tool.name: tool for tool in catalogue or tools}
        self._beside: defaultdict[str, set[str]] = defaultdict(set)
        for tool in self._catalogue.values():
            self._beside[tool.toolset].add(tool.name)
        self._files = files
        self._key_advice = key_advice
        self._limit = tokens * shape.CHARACTERS

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        account: Account,
        progress: Progress = silent,
    ) -> Result:
        """The result of a call. Raises `UnknownTool`; nothing else.

        `progress` is told how far a call is that reads more than once: (done, of, words).
        """
        tool = self.find(name)
        try:
            return await self._run(tool, arguments, account, progress)
        except GatewayError as error:
            return Result(account.conceal(error.text), None, is_error=True)
        except Exception:
            log.exception("A call of %s failed inside the gateway", tool.name)
            return Result(inside(tool), None, is_error=True)

    async def values(self, source: Source, account: Account) -> list[Any]:
        """What the field `source.take` holds on the first page of `source.tool`.

        Kept for a minute, since a client asks at every key.

        Raises:
            GatewayError: the list cannot be read.
        """
        wanted = Lookup("", source.tool, (source.take,), source.take)
        rows = await self._resolver(self._caller(account), {}, pages=1).rows(wanted, {})
        return [row[source.take] for row in rows]

    def find(self, name: str) -> Tool:
        """The tool of this name. Raises `UnknownTool`, naming the closest."""
        if tool := self._tools.get(name):
            return tool
        if name in self._catalogue:
            raise UnknownTool(f"The tool {name} is not offered by this server, by its settings.")
        close = get_close_matches(name, self._tools, n=3)
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        raise UnknownTool(f"There is no tool {rules.short(name)}.{hint}")

    def _caller(self, account: Account, progress: Progress = silent) -> Caller:
        return Caller(
            account,
            account.authorization(self._key_advice),
            self.upstream.clock.now() + DEADLINE,
            progress,
        )

    def _resolver(
        self, caller: Caller, names: Mapping[str, str], *, pages: int = lookup.PAGES
    ) -> lookup.Resolver:
        async def fetch(name: str, query: dict[str, Any]) -> Any:
            return (await self._exchange(self._catalogue[name], query, {}, caller)).value

        return lookup.Resolver(caller.account, fetch, self.upstream.clock.now, names, pages)

    async def _run(
        self, tool: Tool, given: Mapping[str, Any], account: Account, progress: Progress
    ) -> Result:
        caller = self._caller(account, progress)
        current, names = aliases.translate(tool, given)
        repaired = repair.repair(tool, current)
        valid = await self._resolved(tool, repaired, names, caller)
        rules.validate(tool, valid, names)
        sent, controls = rules.split(tool, valid)
        ask = shape.Ask(sent, controls, self._limit)
        reading = await self._reading(tool, ask, names, caller)
        return await aside(reading.size, shape.shape, tool, reading, account, ask)

    async def _reading(
        self, tool: Tool, ask: shape.Ask, names: Mapping[str, str], caller: Caller
    ) -> Reading:
        """The answer: at once, when its state is final, or from all pages."""
        seconds, clock = ask.controls.get("wait"), self.upstream.clock

        async def fetch(sent: Mapping[str, Any] = ask.sent) -> Reading:
            return await self._exchange(tool, sent, names, caller)

        if seconds and tool.until:
            patience = wait.Patience(seconds, clock, caller.deadline, caller.progress)
            return await wait.final(fetch, tool.until, patience)
        if ask.controls.get("all"):
            weigh = partial(shape.weight, tool, ask)
            bounds = collect.Bounds(clock, caller.deadline, ask.limit, weigh)
            return await collect.everything(tool, fetch, ask.sent, bounds, caller.progress)
        return await fetch()

    async def _resolved(
        self, tool: Tool, given: dict[str, Any], names: Mapping[str, str], caller: Caller
    ) -> dict[str, Any]:
        """The arguments with ids for names. What is wrong otherwise is said before any look-up."""
        found = lookup.pending(tool, given)
        if not found:
            return given
        unresolved = {one.parameter for one in found}
        problems = [p for p in tool.check(given) if not p.path or p.path[0] not in unresolved]
        if problems:
            raise InvalidArguments(rules.explain(tool, given, problems, names))

        resolver = self._resolver(caller, names)
        resolved = dict(given)
        for one in found:
            resolved[one.parameter] = await resolver.resolve(one, resolved)
        return resolved

    async def _exchange(
        self, tool: Tool, valid: Mapping[str, Any], names: Mapping[str, str], caller: Caller
    ) -> Reading:
        """Build, send, read."""
        parts = await files.load(tool, valid, self._files)
        try:
            request = build.build(tool, valid, parts)
        except ValueError:
            raise InvalidArguments(
                "An argument holds something that cannot be sent, such as half a surrogate pair "
                "or a number that is not finite. Nothing was sent."
            ) from None
        try:
            answer = await self.upstream.send(
                request, tool, caller.account, caller.authorization, caller.deadline
            )
        finally:
            if tool.effect != "read":
                caller.account.forget(self._beside[tool.toolset])
        return await aside(len(answer.body), read.read, tool, answer, names)


def inside(tool: Tool) -> str:
    """The sentence for a fault of our own. It tells nothing of the inside."""
    doubt = "" if tool.effect == "read" else " It is not certain whether the call was carried out."
    return f"The gateway failed at {tool.name}; this is a fault of the gateway.{doubt}"

"""The path of one call, top to bottom. Each step is a function of its own module.

Input: a tool's name, its arguments and an account. Output: a result. Only an unknown tool is
raised; everything else that goes wrong is a result that says what to do next.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from famulor_mcp import aliases, build, files, former, lookup, read, repair, shape
from famulor_mcp import arguments as rules
from famulor_mcp.errors import GatewayError, InvalidArguments, UnknownTool
from famulor_mcp.shape import Result
from famulor_tools.table import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from famulor_mcp.account import Account
    from famulor_mcp.read import Reading
    from famulor_mcp.send import Upstream
    from famulor_tools.table import Source, Tool

DEADLINE = 50.0
"""Seconds that a call may take: clients give up after 60."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, with what, and until when on the upstream's clock."""

    account: Account
    authorization: str
    deadline: float


class Gateway:
    """Calls tools.

    `tools` may be called. `catalogue` (default: the same) is every tool there is, so that a lookup
    may read what is not offered. `files` is the folder that uploads may be read from.
    `key_advice` says how to get and set a key.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        upstream: Upstream,
        *,
        catalogue: Sequence[Tool] | None = None,
        files: Path | None = None,
        key_advice: str = "",
    ) -> None:
        self.upstream = upstream
        self._tools = former.named(tools)
        self._catalogue = former.named(catalogue or tools)
        self._beside: defaultdict[str, set[str]] = defaultdict(set)
        for tool in self._catalogue.values():
            self._beside[tool.toolset].add(tool.name)
        self._files = files
        self._key_advice = key_advice

    async def call(self, name: str, arguments: Mapping[str, Any], account: Account) -> Result:
        """The result of a call. Raises `UnknownTool`; nothing else."""
        tool = self.find(name)
        try:
            return await self._run(tool, arguments, account)
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

    def _caller(self, account: Account) -> Caller:
        return Caller(
            account,
            account.authorization(self._key_advice),
            self.upstream.clock.now() + DEADLINE,
        )

    def _resolver(
        self, caller: Caller, names: Mapping[str, str], *, pages: int = lookup.PAGES
    ) -> lookup.Resolver:
        async def fetch(name: str, query: dict[str, Any]) -> Any:
            return (await self._exchange(self._catalogue[name], query, {}, caller)).value

        return lookup.Resolver(caller.account, fetch, self.upstream.clock.now, names, pages)

    async def _run(self, tool: Tool, given: Mapping[str, Any], account: Account) -> Result:
        caller = self._caller(account)
        current, names = aliases.translate(tool, given)
        repaired = repair.repair(tool, current)
        valid = await self._resolved(tool, repaired, names, caller)
        rules.validate(tool, valid, names)
        reading = await self._exchange(tool, valid, names, caller)
        return shape.shape(tool, reading, account)

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
        return read.read(tool, answer, names)


def inside(tool: Tool) -> str:
    """The sentence for a fault of our own. It tells nothing of the inside."""
    doubt = "" if tool.effect == "read" else " It is not certain whether the call was carried out."
    return f"The gateway failed at {tool.name}; this is a fault of the gateway.{doubt}"

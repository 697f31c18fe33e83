"""The path of one call, top to bottom. Each step is a function of its own module.

Input: a tool's name, its arguments and an account. Output: a result. Only an unknown tool is
raised; everything else that goes wrong is a result that says what to do next.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from famulor_mcp import (
    aliases,
    build,
    collect,
    files,
    former,
    lookup,
    read,
    repair,
    shape,
    wait,
)
from famulor_mcp import arguments as rules
from famulor_mcp.errors import GatewayError, InvalidArguments, RefusedKey, UnknownTool
from famulor_mcp.guard import mask
from famulor_mcp.guard.confirm import NOBODY
from famulor_mcp.guard.guard import Errand
from famulor_mcp.guard.hostile import harmless
from famulor_mcp.guard.intent import Intent, fingerprint
from famulor_mcp.shape import Result
from famulor_mcp.shape.secrets import Names
from famulor_mcp.veil import Veil
from famulor_tools.table import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from famulor_mcp.account import Account
    from famulor_mcp.guard.confirm import Asker
    from famulor_mcp.guard.fate import Flight
    from famulor_mcp.guard.guard import Guard
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
    """Who calls, with what, until when on the upstream's clock, and how a person can be asked."""

    account: Account
    authorization: str
    deadline: float
    progress: Progress
    veil: Veil
    asker: Asker


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
    `key_advice` says how to get and set a key. `tokens` is the most that a result may cost. `guard`
    stands before every call with an effect; without one nothing does.
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
        guard: Guard | None = None,
    ) -> None:
        self.upstream = upstream
        self._tools = former.named(tools)
        self._catalogue = former.named(catalogue or tools)
        self._names = Names.of(self._catalogue.values())
        self._beside: defaultdict[str, set[str]] = defaultdict(set)
        for tool in self._catalogue.values():
            self._beside[tool.toolset].add(tool.name)
        self._files = files
        self._key_advice = key_advice
        self._limit = tokens * shape.CHARACTERS
        self._guard = guard

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        account: Account,
        asker: Asker = NOBODY,
        progress: Progress = silent,
    ) -> Result:
        """The result of a call. Raises `UnknownTool`; nothing else.

        `progress` is told how far a call is that reads more than once: (done, of, words).
        """
        tool = self.find(name)
        veil = Veil(account)
        try:
            return await self._run(tool, arguments, self._caller(account, veil, asker, progress))
        except GatewayError as error:
            refused = isinstance(error, RefusedKey) and error.sure
            return Result(harmless(veil.conceal(error.text)), None, is_error=True, refused=refused)
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
        caller = self._caller(account, Veil(account), NOBODY)
        rows = await self._resolver(caller, {}, pages=1).rows(wanted, {})
        return [row[source.take] for row in rows]

    async def read(self, name: str, account: Account, seconds: float = DEADLINE) -> Any:
        """What a reading tool answers without arguments within so many seconds, as the API sent it.

        Raises:
            GatewayError: by its class, why there is no answer.
        """
        caller = self._caller(account, Veil(account))
        caller = replace(caller, deadline=self.upstream.clock.now() + seconds)
        return await self._fetch(caller)(name, {})

    def find(self, name: str) -> Tool:
        """The tool of this name. Raises `UnknownTool`, naming the closest."""
        if tool := self._tools.get(name):
            return tool
        if name in self._catalogue:
            raise UnknownTool(f"The tool {name} is not offered by this server, by its settings.")
        close = get_close_matches(name, self._tools, n=3)
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        raise UnknownTool(f"There is no tool {rules.short(name)}.{hint}")

    def _caller(
        self,
        account: Account,
        veil: Veil,
        asker: Asker = NOBODY,
        progress: Progress = silent,
    ) -> Caller:
        key = account.authorization(self._key_advice)
        return Caller(account, key, self.upstream.clock.now() + DEADLINE, progress, veil, asker)

    def _resolver(
        self, caller: Caller, names: Mapping[str, str], *, pages: int = lookup.PAGES
    ) -> lookup.Resolver:
        fetch = self._fetch(caller)
        return lookup.Resolver(caller.account, fetch, self.upstream.clock.now, names, pages)

    async def _run(self, tool: Tool, given: Mapping[str, Any], caller: Caller) -> Result:
        current, names, twins = aliases.translate(tool, given)
        repaired = repair.repair(tool, current)
        caller.veil.learn(tool, repaired)
        rules.refuse_masks(tool, repaired, names)
        valid = await self._resolved(tool, repaired, names, caller)
        await self._agreed(tool, valid, names, twins, caller)
        rules.validate(tool, valid, names)
        sent, controls = rules.split(tool, valid)
        ask = shape.Ask(sent, controls, self._limit)
        if tool.effect == "read":
            reading = await self._reading(tool, ask, names, caller)
        else:
            reading = await self._performed(tool, ask, names, caller)
        return await aside(
            reading.size, shape.shape, tool, reading, caller.account, ask, self._names
        )

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

    async def _performed(
        self, tool: Tool, ask: shape.Ask, names: Mapping[str, str], caller: Caller
    ) -> Reading:
        """Send a call with an effect, only if and as the guard lets it."""

        async def send(flight: Flight | None = None) -> Reading:
            began = caller
            if caller.asker.patient:
                began = replace(caller, deadline=self.upstream.clock.now() + DEADLINE)
            return await self._exchange(tool, ask.sent, names, began, flight)

        if self._guard is None:
            return await send()
        return await self._guard.run(self._errand(tool, ask, caller), send)

    def _errand(self, tool: Tool, ask: shape.Ask, caller: Caller) -> Errand:
        """A call with an effect, as the guard wants it."""
        account, now = caller.account, self.upstream.clock.now
        fetch = self._fetch(caller)
        return Errand(
            Intent.of(tool, ask.sent, fingerprint(account.key or "")),
            ask.controls,
            caller.asker,
            fetch,
            lambda: self._resolver(caller, {}).titles(tool, ask.sent),
            lambda: self._draft(tool, ask.sent),
            lambda: caller.deadline - now(),
            caller.veil.conceal,
        )

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
            try:
                resolved[one.parameter] = await resolver.resolve(one, resolved)
            except InvalidArguments:
                raise
            except GatewayError as error:
                error.text = (
                    f"{one.parameter}: the name could not be looked up with {one.tool}. "
                    f"{error.text}\n{tool.name} itself was not called."
                )
                raise
        return resolved

    async def _agreed(
        self,
        tool: Tool,
        valid: Mapping[str, Any],
        names: Mapping[str, str],
        twins: Sequence[aliases.Twin],
        caller: Caller,
    ) -> None:
        """Raise where an older name and a current one stand for different things."""
        for twin in twins:
            target, older = twin.alias.target, {**names, twin.alias.target: twin.alias.name}
            found = await self._resolved(tool, {**valid, target: twin.value}, older, caller)
            if not aliases.same(tool, target, found[target], valid[target]):
                raise aliases.conflict(twin.alias, names)

    def _fetch(self, caller: Caller) -> lookup.Fetch:
        """What reads for a call of this caller: (name of a tool, arguments) → value."""

        async def fetch(name: str, query: Mapping[str, Any]) -> Any:
            return (await self._exchange(self._catalogue[name], query, {}, caller)).value

        return fetch

    async def _draft(self, tool: Tool, valid: Mapping[str, Any]) -> dict[str, Any]:
        """The request that would be sent, without its key and secrets."""
        request = await self._built(tool, mask.hidden(valid, tool.secret_arguments))
        return build.draft(request, self.upstream.base_url)

    async def _built(self, tool: Tool, valid: Mapping[str, Any]) -> build.Request:
        parts = await files.load(tool, valid, self._files)
        try:
            return build.build(tool, valid, parts)
        except ValueError:
            raise InvalidArguments(
                "An argument holds something that cannot be sent, such as half a surrogate pair "
                "or a number that is not finite. Nothing was sent."
            ) from None

    async def _exchange(
        self,
        tool: Tool,
        valid: Mapping[str, Any],
        names: Mapping[str, str],
        caller: Caller,
        flight: Flight | None = None,
    ) -> Reading:
        """Build, send, read."""
        request = await self._built(tool, valid)
        try:
            answer = await self.upstream.send(
                request, tool, caller.account, caller.authorization, caller.deadline, flight
            )
        finally:
            if tool.effect != "read":
                caller.account.forget(self._beside[tool.toolset])
        reading = await aside(len(answer.body), read.read, tool, answer, names)
        caller.account.known = True
        return reading


def inside(tool: Tool) -> str:
    """The sentence for a fault of our own. It tells nothing of the inside."""
    doubt = "" if tool.effect == "read" else " It is not certain whether the call was carried out."
    return f"The gateway failed at {tool.name}; this is a fault of the gateway.{doubt}"

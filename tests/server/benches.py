"""A gateway before an API of things on a socket, for tests of whole calls."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.server.tables import TOOLS
from tests.server.upstreams import Loopback, Seen, Time, loopback, reply

from famulor_mcp.account import Account
from famulor_mcp.gateway import Gateway
from famulor_mcp.send import Upstream
from famulor_mcp.shape import Result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

KEY = "12|abcdefghijklmnop"
ROWS = [
    {"id": 1, "name": "Sales", "code": "SA", "token": "t0ps3cret"},
    {"id": 2, "name": "Support", "code": "SU"},
    {"id": 3, "name": "support", "code": None},
    {"id": None, "name": "Broken"},
]


@dataclass
class Bench:
    """A gateway before a loopback upstream, and one account."""

    server: Loopback
    gateway: Gateway
    account: Account
    time: Time

    async def call(self, tool: str, /, **arguments: Any) -> Result:
        (result,) = await self.time.run(self.gateway.call(tool, arguments, self.account))
        if isinstance(result, BaseException):
            raise result
        assert isinstance(result, Result)
        return result

    @property
    def sent(self) -> list[str]:
        return [f"{seen.method} {seen.target}" for seen in self.server.seen]


@asynccontextmanager
async def bench(
    script: Callable[[Seen], Any], base: str = "", key: str | None = KEY, **options: Any
) -> AsyncIterator[Bench]:
    time = Time()
    async with loopback(script) as server:
        upstream = Upstream(server.url + base, clock=time.clock)
        tools = options.pop("tools", TOOLS)
        try:
            yield Bench(server, Gateway(tools, upstream, **options), Account(key), time)
        finally:
            await upstream.aclose()


def things(seen: Seen) -> bytes:
    """An API of things: lists them, and gives back what it is sent."""
    if seen.method == "GET" and seen.target.split("?")[0].endswith("/things"):
        return reply(200, ROWS)
    return reply(200, seen.json() if seen.body else {"ok": True})

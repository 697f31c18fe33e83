"""A guarded gateway before the sandbox, and clients of the SDK that answer questions as told."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import mcp_types as types
from mcp import Client
from tests.server.guard.acts import ManualClock

from famulor_mcp.account import Account
from famulor_mcp.gateway import Gateway
from famulor_mcp.guard.policyfile import parse
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.offer import front
from famulor_mcp.offer import server as offered
from famulor_mcp.plain import Front
from famulor_mcp.protocol import make_server
from famulor_mcp.sandbox import KEY, make_app
from famulor_mcp.send import Upstream
from famulor_mcp.settings import Settings
from famulor_mcp.start import SANDBOX_URL, guarded
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.server.lowlevel import Server

    from famulor_mcp.guard.confirm import Asker
    from famulor_mcp.guard.guard import Guard
    from famulor_mcp.guard.store import Store
    from famulor_mcp.shape import Result

ERAS = {"modern": "auto", "legacy": "legacy"}
CALL = {"phone_number": "+4915112345678", "assistant_id": 7}
ALWAYS = Settings(confirm="always", repeat_window=0)
AUTO = Settings(repeat_window=0)
OTHER = {**CALL, "phone_number": "+4915187654321"}
DELETE = ("delete_lead", {"id": 1})
COSTLY = [
    ("make_call", CALL),
    ("purchase_phone_number", {"phone_number": "+4930901821"}),
    DELETE,
]
Fault = "Callable[[httpx.Request], Awaitable[httpx.Response | None]]"


class Counting(httpx.ASGITransport):
    """The sandbox; keeps what changes something. `fault` may answer, wait or raise instead."""

    def __init__(self) -> None:
        super().__init__(make_app())
        self.writes: list[str] = []
        self.reads = 0
        self.fault: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.reads += 1
            return await super().handle_async_request(request)
        self.writes.append(f"{request.method} {request.url.path}")
        answer = await self.fault(request) if self.fault else None
        return answer or await super().handle_async_request(request)


@dataclass
class World:
    """A process of the gateway: what it did upstream, and the time of its guard."""

    upstream: Counting
    gateway: Gateway
    guard: Guard
    server: Server[Any]
    clock: ManualClock
    account: Account = field(default_factory=lambda: Account(KEY))

    @property
    def writes(self) -> list[str]:
        return self.upstream.writes

    async def call(self, name: str, /, **arguments: Any) -> Result:
        """A call by a client that cannot be asked."""
        return await self.gateway.call(name, arguments, self.account)


def world(
    settings: Settings | None = None,
    *,
    policy: str = "",
    clock: ManualClock | None = None,
    store: Store | None = None,
    keys: tuple[bytes, ...] = (),
    dynamic: bool = False,
) -> World:
    """A process with these settings."""
    clock = clock or ManualClock()
    upstream = Counting()
    limits = parse(policy, "policy.toml", TOOLS) if policy else None
    guard = guarded(settings or Settings(), limits, clock, store or MemoryStore(clock))
    http = Upstream(SANDBOX_URL, transport=upstream)
    gateway = Gateway(TOOLS, http, catalogue=TOOLS, guard=guard)
    account = Account(KEY)

    async def call(_ctx: Any, name: str, arguments: dict[str, Any], asker: Asker) -> Result:
        return await gateway.call(name, arguments, account, asker)

    async def nothing(*_: Any) -> Any:
        raise NotImplementedError

    if dynamic:
        shown = front(TOOLS, call, version="1", dynamic=True)
        server = offered(shown, TOOLS, nothing, nothing, keys)
    else:
        server = make_server(Front(TOOLS, call, "Try.", "1"), keys=keys)
    return World(upstream, gateway, guard, server, clock, account)


@dataclass
class Person:
    """Answers every question the same way; None leaves it open. Keeps what it was asked."""

    action: str | None = "accept"
    content: dict[str, Any] | None = field(default_factory=lambda: {"confirm": True})
    asked: list[str] = field(default_factory=list)
    withdrawn: bool = False

    async def __call__(self, context: Any, params: Any) -> types.ElicitResult:  # noqa: ARG002
        self.asked.append(params.message)
        if self.action is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.withdrawn = True
        return types.ElicitResult.model_validate(
            {"action": self.action, "content": self.content if self.action == "accept" else None}
        )


@asynccontextmanager
async def client(world: World, era: str, person: Person | None = None) -> AsyncIterator[Client]:
    """A client of the SDK in this process, that can ask `person`."""
    mode: Any = ERAS[era]
    async with Client(world.server, mode=mode, elicitation_callback=person) as one:
        yield one


def words(result: types.CallToolResult) -> str:
    """The text of a result."""
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text

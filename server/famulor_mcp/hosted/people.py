"""The accounts that are in use: each key has its own pace and its own kept look-ups."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from famulor_mcp.errors import GatewayError
from famulor_mcp.guard.confirm import NOBODY
from famulor_mcp.guard.hostile import harmless
from famulor_mcp.hosted.identity import who
from famulor_mcp.shape import Result
from famulor_tools import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcp.server.context import ServerRequestContext

    from famulor_mcp.account import Account
    from famulor_mcp.gateway import Gateway
    from famulor_mcp.guard.confirm import Asker
    from famulor_mcp.hosted.identity import Door, Identity
    from famulor_tools.table import Source

MOST = 10_000
IDLE_SECONDS = 900.0
UNCERTAIN = (
    "It cannot be told right now whether this sign-in still holds, so nothing was done. Reading "
    "goes on. Try again in a minute."
)
OVER = (
    "The sign-in that this key belongs to is over: the next request is answered with 401. Ask the "
    "user to connect this server again in their app, and to paste an API key that is valid."
)


@dataclass(slots=True, eq=False)
class Seat:
    """An account, how many calls it has in flight, and since when it has had none."""

    account: Account
    flights: int = 0
    since: float = 0.0


class Accounts:
    """Gives each key its account, and forgets the longest unused of `most`, and idle ones.

    One that has calls in flight is never forgotten: its next call would not know of them.
    """

    def __init__(
        self,
        make: Callable[[str], Account],
        most: int = MOST,
        idle: float = IDLE_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._most = most
        self._idle = idle
        self._now = now
        self._seats: OrderedDict[str, Seat] = OrderedDict()
        self._flights = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def __len__(self) -> int:
        return len(self._seats)

    @contextmanager
    def of(self, identity: Identity) -> Iterator[Account]:
        """The account of this key, for the time of one call."""
        name = identity.key
        seat = self._seats.get(name)
        if seat is None:
            self._tidy()
            seat = self._seats[name] = Seat(self._make(identity.key))
        seat.flights += 1
        self._flights += 1
        self._quiet.clear()
        try:
            yield seat.account
        finally:
            seat.flights -= 1
            self._flights -= 1
            if not self._flights:
                self._quiet.set()
            seat.since = self._now()
            self._seats.move_to_end(name)

    def knows(self, identity: Identity) -> bool:
        """Whether the API has taken this key: at sign-in, or in a call of a short while ago."""
        seat = self._seats.get(identity.key)
        return bool(identity.family) or (seat is not None and seat.account.known)

    async def idle(self) -> None:
        """Return when no call is in flight."""
        await self._quiet.wait()

    def _tidy(self) -> None:
        """Make room: those at the front were used the longest ago."""
        now, over, gone = self._now(), len(self._seats) - self._most + 1, []
        for name, seat in self._seats.items():
            if seat.flights:
                continue
            if over <= 0 and now - seat.since < self._idle:
                break
            gone.append(name)
            over -= 1
        for name in gone:
            del self._seats[name]


class Desks:
    """Serves everybody: whoever makes a request has it done with their own account."""

    def __init__(self, gateway: Gateway, accounts: Accounts, door: Door | None = None) -> None:
        self._gateway = gateway
        self._accounts = accounts
        self._door = door

    async def call(
        self, ctx: ServerRequestContext[Any], name: str, arguments: dict[str, Any], asker: Asker
    ) -> Result:
        """The result of a call. Raises `UnknownTool`; nothing else."""
        identity = who(ctx)
        if not identity.certain and self._gateway.find(name).effect != "read":
            return Result(UNCERTAIN, None, is_error=True)
        with self._accounts.of(identity) as account:
            if fault := await self._stranger(identity, account, name):
                return fault
            progress = ctx.session.report_progress
            result = await self._gateway.call(name, arguments, account, asker, progress)
        return await self._judged(identity, result)

    async def plain(self, identity: Identity, name: str, arguments: dict[str, Any]) -> Result:
        """The result of a tool that only reads, where nobody is asked or told of progress."""
        with self._accounts.of(identity) as account:
            result = await self._gateway.call(name, arguments, account)
        return await self._judged(identity, result)

    async def read(
        self, ctx: ServerRequestContext[Any], name: str, arguments: dict[str, Any]
    ) -> Result:
        """The result of a call on behalf of a resource: nobody is asked."""
        return await self.call(ctx, name, arguments, NOBODY)

    async def values(self, ctx: ServerRequestContext[Any], source: Source) -> list[Any]:
        """What a client may propose for a field. Raises `GatewayError`."""
        with self._accounts.of(who(ctx)) as account:
            return await self._gateway.values(source, account)

    async def _judged(self, identity: Identity, result: Result) -> Result:
        """The result; a sign-in whose key the API refuses is ended, so that a new one is begun."""
        if result.refused and self._door and await self._door.doubt(identity):
            return replace(result, text=f"{result.text}\n{OVER}")
        return result

    async def _stranger(self, identity: Identity, account: Account, name: str) -> Result | None:
        """Why a call with an effect is not made: the API does not know the key.

        What guards such calls remembers them, for every process; anybody can make up a key, and
        so nothing is remembered for one that the API has not taken once.
        """
        effect = self._gateway.find(name).effect
        if effect == "read" or account.known or identity.family or ACCOUNT is None:
            return None
        try:
            await self._gateway.read(ACCOUNT.tool, account)  # whether or not that tool is offered
        except GatewayError as error:
            return Result(harmless(account.conceal(error.text)), None, is_error=True)
        return None

"""Holds calls to a policy. Every rule is judged before anything is sent.

The rules that need no asking come first, then those that read from the account, and last the
counting: a place in every window is taken at once or in none, so concurrent calls cannot share
one. A call that surely was not carried out gives its place back.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from famulor_mcp.errors import GatewayError
from famulor_mcp.guard import rules
from famulor_mcp.guard.fate import fate_of
from famulor_mcp.guard.intent import digest
from famulor_mcp.guard.refusals import RuleFault
from famulor_mcp.guard.store import Window, asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.fate import Flight
    from famulor_mcp.guard.figures import Figures
    from famulor_mcp.guard.intent import Intent
    from famulor_mcp.guard.policy import Limit, Policy
    from famulor_mcp.guard.refusals import Blocked
    from famulor_mcp.guard.store import Store

log = logging.getLogger(__name__)

BALANCE_SECONDS = 30.0
MOST_BALANCES = 1000


@dataclass(slots=True)
class Balance:
    """A balance, as it was at a time of the clock's. Whoever reads it holds the lock."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    at: float = -math.inf
    value: float = 0.0


class Limits:
    """Holds calls to a policy; counts per account."""

    def __init__(self, policy: Policy, store: Store, clock: Clock) -> None:
        self.policy = policy
        self._store = store
        self._clock = clock
        self._balances: dict[str, Balance] = {}

    @asynccontextmanager
    async def admitted(
        self, intent: Intent, figures: Figures, flight: Flight
    ) -> AsyncIterator[None]:
        """What is inside may send. Raises `Blocked`, `RuleFault` or `StoreFault` before it."""
        await self.judge(intent, figures)
        member = uuid4().hex
        windows = await self._count(intent, member)
        try:
            yield
        except BaseException as error:
            if windows and fate_of(error, flight) == "not_done":
                await self._release(windows, member)
            raise

    async def judge(self, intent: Intent, figures: Figures) -> None:
        """Hold a call to every rule but the counting ones."""
        policy = self.policy
        allow(rules.off(policy, intent))
        allow(rules.destinations(policy, intent))
        allow(rules.hours(policy, intent, self._clock.now()))
        if policy.largest is not None and intent.audience:
            people = await known("audience.largest", figures.audience(intent, intent.audience))
            allow(rules.audience(policy, people))
        if policy.floor is not None and intent.costly:
            balance = await known("balance.floor", self._balance(intent.account, figures))
            allow(rules.floor(policy, balance))

    async def _balance(self, account: str, figures: Figures) -> float:
        """The account's balance, at most `BALANCE_SECONDS` old."""
        if len(self._balances) >= MOST_BALANCES:
            self._balances.clear()
        kept = self._balances.setdefault(account, Balance())
        async with kept.lock:
            if self._clock.monotonic() - kept.at >= BALANCE_SECONDS:
                kept.value = await figures.balance()
                kept.at = self._clock.monotonic()
            return kept.value

    async def _count(self, intent: Intent, member: str) -> list[Window]:
        """Take a place in each window."""
        limits = counting(self.policy, intent)
        windows = [window(limit, intent.account) for limit in limits]
        if not windows:
            return []
        full = await asked(self._store.reserve(windows, member))
        if full:
            limit = limits[[one.key for one in windows].index(full.window.key)]
            now = self._clock.now()
            raise rules.count(limit, full.held, now + timedelta(seconds=full.wait), now)
        return windows

    async def _release(self, windows: list[Window], member: str) -> None:
        try:
            await self._store.release(windows, member)
        except Exception:
            log.exception("A call that was not made could not be taken from the counts")


def counting(policy: Policy, intent: Intent) -> list[Limit]:
    """The limits that a call counts towards."""
    if not intent.costly:
        return []
    return [limit for limit in policy.limits if limit.tool in ("", intent.tool.name)]


def window(limit: Limit, account: str) -> Window:
    """The window that counts for a limit and an account."""
    return Window(digest("count", account, limit.rule), limit.seconds, limit.most)


def allow(wrong: Blocked | None) -> None:
    """Raise what a rule found wrong."""
    if wrong:
        raise wrong


async def known(rule: str, figure: Awaitable[float]) -> float:
    """A figure that a rule needs. Whatever goes wrong with it is a `RuleFault`."""
    try:
        return await figure
    except GatewayError as error:
        reason = error.text
    except Exception:
        log.exception("A figure for the rule %s could not be read", rule)
        reason = "the operator finds more in the server's log."
    raise RuleFault(
        f"The operator's policy has a rule {rule} that could not be checked, so nothing was sent: "
        f"{reason}"
    )

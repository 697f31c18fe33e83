"""Opens the store that the operator chose, and says how requests are paced with it."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.pace import Pace, Pacing
from famulor_mcp.settings import SettingsError, label

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.redis import RedisStore
    from famulor_mcp.guard.store import Store
    from famulor_mcp.settings import Secret, Settings

log = logging.getLogger(__name__)

OLDEST = 7
KEEPS_ALL = "noeviction"


@asynccontextmanager
async def open_store(settings: Settings, clock: Clock) -> AsyncIterator[Store]:
    """The store of these settings: this process's memory, or one that several share.

    A shared one need not answer yet. Raises `SettingsError` where it cannot serve.
    """
    if settings.store is None:
        yield MemoryStore(clock)
        return
    store = _redis(settings.store.reveal(), settings.mcp_secret)
    try:
        await _greet(store)
        yield store
    finally:
        await store.aclose()


def pacing(store: Store) -> Callable[[str], Pacing]:
    """What makes the pace of an account, by its key."""
    if isinstance(store, MemoryStore):
        return lambda _key: Pace()
    from famulor_mcp.guard.redis import RedisStore
    from famulor_mcp.shared import SharedPace

    if not isinstance(store, RedisStore):
        raise TypeError(f"{type(store).__name__} has no lines to stand in")
    return lambda key: SharedPace(store, key)


def _redis(url: str, secrets: Sequence[Secret]) -> RedisStore:
    if not secrets:
        raise SettingsError(
            f"{label('store')} needs FAMULOR_MCP_SECRET: processes that share a store take each "
            "other's confirmations, and what is kept there is sealed with it. "
            "Make one: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    try:
        from famulor_mcp.guard.redis import RedisStore
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "redis":
            raise
        raise SettingsError(
            f"{label('store')} needs a library that is not installed. "
            "Install it: pip install 'famulor-mcp[redis]'"
        ) from None
    return RedisStore(url, [secret.reveal().encode() for secret in secrets])


async def _greet(store: RedisStore) -> None:
    """Tell the operator what is wrong with the store, as far as it can be known now."""
    try:
        facts = await store.facts()
    except StoreFault:
        log.warning("Until the store answers, calls that cost money or reach people are refused")
        return
    version = str(facts.get("redis_version", OLDEST))
    if int(version.partition(".")[0]) < OLDEST:
        raise SettingsError(f"{label('store')} must be Redis {OLDEST} or newer, not {version}.")
    policy = facts.get("maxmemory_policy", KEEPS_ALL)
    if policy != KEEPS_ALL:
        log.warning(
            "The store forgets early when it is full (maxmemory-policy %s), and a call could then "
            "be made twice. Set it to %s",
            policy,
            KEEPS_ALL,
        )

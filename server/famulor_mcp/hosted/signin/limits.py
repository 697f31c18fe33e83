"""How often a stranger may make this server ask others: the API about a key, a host for a file.

The windows are counted in the store, so that they hold for all processes. Addresses and pages
fall into a fixed number of buckets: nobody can fill the store by having many of them.
"""

from __future__ import annotations

import secrets
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from famulor_mcp.guard.intent import digest
from famulor_mcp.guard.store import Window, asked

if TYPE_CHECKING:
    from starlette.requests import Request

    from famulor_mcp.guard.store import Store

TRIES = 10
TRIES_OF_ADDRESS = 60
TRIES_SECONDS = 600.0
FETCHES = 20
FETCHES_SECONDS = 60.0


class Crowded(Exception):  # noqa: N818 - says how it is
    """There is no room. `seconds` until there is."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no room for {seconds:.0f} seconds")
        self.seconds = seconds


class Limits:
    """Counts. Each method raises `Crowded`, or `StoreFault` where the store is away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def attempt(self, address: str, transaction: str) -> None:
        """One key pasted: 10 in 10 minutes for a page, 60 for the address of a browser."""
        await self._count(
            Window(bucket("address", address), TRIES_SECONDS, TRIES_OF_ADDRESS),
            Window(bucket("page", transaction), TRIES_SECONDS, TRIES),
        )

    async def fetch(self, address: str) -> None:
        """One document fetched: 20 in a minute for the address of a browser."""
        await self._count(Window(bucket("fetch", address), FETCHES_SECONDS, FETCHES))

    async def _count(self, *windows: Window) -> None:
        full = await asked(self._store.reserve(windows, secrets.token_hex(8)))
        if full:
            raise Crowded(max(full.wait, 1))


def bucket(kind: str, text: str) -> str:
    """One of 256 keys."""
    return f"signin:{kind}:{digest(kind, text)[:2]}"


def address(request: Request) -> str:
    """Where the browser is, as far as the server knows. Of IPv6 the network: its host is free to
    choose among 2^64 addresses of it.
    """
    host = request.client.host if request.client else ""
    try:
        found = IPv6Address(host)
    except ValueError:
        return host
    return str(found.ipv4_mapped or IPv6Network((int(found) >> 64 << 64, 64)))

"""How often a stranger may make this server ask others: the API about a key, a host for a file.

Tries are counted by address, in the store, so that they hold for all processes. A window for each
address could fill it: whoever has a line of IPv6 has addresses without end. So there are four rows
of 8,192 windows. An address has one in each, and a fourth of its tries in each: a try goes into the
first that has room. Which windows are whose is keyed with the secret of the server: nobody can aim.

An address is held up by others only where they have filled its window in every row. One other has
a chance of 1 in 8192^4 of that; 1,000 that use up all their tries, 1 in 5,000; 2,000, 1 in 450;
5,000, 1 in 23. To hold up everybody takes 490,000 keys in ten minutes, each asked of the API.

With those of fetches they are 65,536 windows, of the 100,000 that a store in memory has room for,
and 655,000 entries at the most: 30 MB of a Redis.
"""

from __future__ import annotations

import hmac
import secrets
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from famulor_mcp.guard.store import Window, asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from famulor_mcp.guard.store import Store

TRIES, TRIES_SECONDS = 60, 600.0
FETCHES, FETCHES_SECONDS = 20, 60.0
ROWS, WIDTH = 4, 8192


class Crowded(Exception):  # noqa: N818 - says how it is
    """There is no room. `seconds` until there is."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no room for {seconds:.0f} seconds")
        self.seconds = seconds


class Limits:
    """Counts by address. Each method raises `Crowded`, or `StoreFault` where the store is away.

    All processes of a server have the same `key`.
    """

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key

    async def attempt(self, address: str) -> None:
        """One key pasted: 60 in 10 minutes."""
        await self._count("address", address, TRIES_SECONDS, TRIES)

    async def fetch(self, address: str) -> None:
        """One document fetched: 20 in a minute."""
        await self._count("fetch", address, FETCHES_SECONDS, FETCHES)

    async def _count(self, kind: str, address: str, seconds: float, most: int) -> None:
        waits = []
        for place in self._places(kind, address):
            window = Window(place, seconds, most // ROWS)
            full = await asked(self._store.reserve([window], secrets.token_hex(8)))
            if full is None:
                return
            waits.append(full.wait)
        raise Crowded(max(min(waits), 1))

    def _places(self, kind: str, address: str) -> Iterator[str]:
        """The windows of an address, one in each row."""
        mark = hmac.digest(self._key, address.encode(), "sha256")
        for row in range(ROWS):
            yield f"signin:{kind}:{row}:{int.from_bytes(mark[4 * row : 4 * row + 4]) % WIDTH:x}"


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

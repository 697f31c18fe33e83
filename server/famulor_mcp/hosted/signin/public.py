"""Connections to public addresses only, for what a stranger told the server to fetch.

The name is looked up here and the connection made to the address that was checked, so an answer
that changes between the check and the connection changes nothing (DNS rebinding).
"""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

import httpcore

from famulor_mcp.resolver import addresses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    Resolve = Callable[[str], Awaitable[Sequence[str]]]

PORT = 443
TRIED = 4
LOOKUPS = 32
"""Names that are looked up at a time: a name server may take its time, and strangers choose it."""

UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
BARRED = tuple(
    ip_network(block)
    for block in (
        "168.63.129.16/32",  # Azure's own service for its machines, at a public address
        "192.0.0.0/24",  # IETF protocol assignments; Oracle's cloud answers at .192
        "192.88.99.0/24",  # the relays of 6to4 (RFC 7526)
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",
        "3fff::/20",  # documentation (RFC 9637)
    )
)


def is_public(address: str) -> bool:
    """Whether `address` is one of the open internet.

    An IPv6 address that stands for an IPv4 address (mapped, NAT64, 6to4) is judged by that one.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return is_open(found)
    inner = embedded(found)
    if inner is not None:
        return is_open(inner)
    return found in UNICAST and found.scope_id is None and is_open(found)


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that `address` stands for."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def is_open(address: IPv4Address | IPv6Address) -> bool:
    """Whether IANA's registries call `address` global, and it is of one host."""
    barred = any(address in block for block in BARRED if block.version == address.version)
    return address.is_global and not address.is_multicast and not barred


class Lookups:
    """The machine's resolver, asked for at most `LOOKUPS` names at a time.

    A lookup cannot be broken off: it keeps its place when whoever asked for it gives up.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(LOOKUPS)

    async def __call__(self, host: str) -> Sequence[str]:
        """The addresses of `host`. Raises `OSError`, `UnicodeError`."""
        await self._places.acquire()
        looking = asyncio.ensure_future(addresses(host, PORT))
        looking.add_done_callback(self._ended)
        found = await asyncio.shield(looking)
        return list(dict.fromkeys(str(one[4][0]) for one in found))

    def _ended(self, looking: asyncio.Future[Any]) -> None:
        self._places.release()
        if not looking.cancelled():
            looking.exception()  # perhaps nobody waits for it any more


class PublicOnly(httpcore.AsyncNetworkBackend):
    """The network with the part that is not public cut off. Raises `httpcore.ConnectError`."""

    def __init__(
        self, resolve: Resolve | None = None, network: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._resolve = resolve or Lookups()
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if port != PORT:
            raise httpcore.ConnectError(f"port {port} is not {PORT}")
        fault = httpcore.ConnectError("no address")
        for address in await self._checked(host):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                fault = error
        raise fault

    async def _checked(self, host: str) -> Sequence[str]:
        """The first addresses of `host`. One that is not public spoils all."""
        try:
            addresses = await self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name is not known") from error
        if not all(is_public(address) for address in addresses):
            raise httpcore.ConnectError("an address is not public")
        return addresses[:TRIED]

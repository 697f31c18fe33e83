"""Tries are counted by address: whoever uses up theirs holds up nobody else."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from tests.hosted.signin.parties import WRONG, House, landed
from tests.server.guard.acts import ManualClock

from famulor_mcp.guard.store import MOST, MemoryStore
from famulor_mcp.hosted.signin.limits import ROWS, WIDTH, Crowded, Limits

KEY = b"the key of all processes"


def seen_from(house: House, address: str) -> House:
    """The same server, and a browser elsewhere."""
    other = house.moved()
    app = httpx.ASGITransport(Starlette(routes=list(other.door.routes)), client=(address, 1))
    other.http = httpx.AsyncClient(transport=app, base_url=house.issuer)
    return other


async def tries(limits: Limits, address: str, most: int) -> int:
    """How many keys this address may try, up to `most`."""
    for count in range(most):
        try:
            await limits.attempt(address)
        except Crowded:
            return count
    return most


@pytest.mark.anyio
async def test_an_address_has_sixty_tries_over_all_processes_and_then_waits() -> None:
    clock = ManualClock()
    store = MemoryStore(clock)
    one, other = Limits(store, KEY), Limits(store, KEY)

    assert await tries(one, "192.0.2.1", 35) == 35
    clock.advance(300)
    assert await tries(other, "192.0.2.1", 99) == 25
    with pytest.raises(Crowded) as crowded:
        await one.attempt("192.0.2.1")
    assert crowded.value.seconds == 300
    clock.advance(300)
    assert await tries(one, "192.0.2.1", 99) == 35


@pytest.mark.anyio
async def test_hundreds_of_addresses_that_use_up_their_tries_hold_up_no_other() -> None:
    limits = Limits(MemoryStore(ManualClock()), KEY)
    strangers = [await tries(limits, f"198.51.{n // 256}.{n % 256}", 99) for n in range(300)]

    honest = [await tries(limits, f"192.0.2.{n}", 15) for n in range(250)]

    assert set(honest) == {15}
    assert max(strangers) == 60
    assert sum(strangers) > 0.95 * 60 * len(strangers)


@pytest.mark.anyio
async def test_strangers_with_pages_without_end_keep_nobody_from_signing_in() -> None:
    """Pages were once counted as well, in 256 windows of ten tries: 43 addresses filled all."""
    house = House()
    client = await house.client()
    for number in range(10):
        stranger = seen_from(house, f"198.51.100.{number}")
        for _ in range(6):
            page = await stranger.ask(client)
            for _ in range(10):
                await stranger.decide(page, key=WRONG)

    me = seen_from(house, "192.0.2.1")

    for _ in range(30):
        assert "code" in landed(await me.decide(await me.ask(client)))


def windows(key: bytes) -> set[str]:
    """Those of 300 addresses."""
    limits = Limits(MemoryStore(ManualClock()), key)
    return {place for n in range(300) for place in limits._places("address", f"192.0.2.{n}")}


def test_which_windows_an_address_has_is_known_to_who_has_the_key() -> None:
    assert len(windows(KEY) & windows(b"another key")) < 0.1 * len(windows(KEY))


def test_all_windows_together_leave_room_in_the_store_for_others() -> None:
    kinds = 2
    assert kinds * ROWS * WIDTH < 0.7 * MOST

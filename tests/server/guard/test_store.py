"""The store in memory: atomic, bounded, forgetful by the clock, and never early."""

import asyncio

import pytest
from tests.server.guard.acts import ManualClock

from famulor_mcp.guard import store as stores
from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.store import MemoryStore, Window, asked

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> MemoryStore:
    return MemoryStore(clock, most=3)


async def test_one_of_many_gets_a_claim(store: MemoryStore) -> None:
    found = await asyncio.gather(*(store.claim("key", b"%d" % n, 60) for n in range(20)))
    assert found == [None] + [b"0"] * 19


async def test_a_record_expires_by_the_clock(store: MemoryStore, clock: ManualClock) -> None:
    await store.claim("key", b"one", 60)
    clock.advance(59.9)
    assert await store.get("key") == b"one"
    clock.advance(0.1)
    assert await store.get("key") is None
    assert await store.claim("key", b"two", 60) is None


async def test_a_swap_needs_the_value_that_was_seen(store: MemoryStore) -> None:
    await store.claim("key", b"one", 60)
    assert not await store.swap("key", b"other", b"two", 60)
    assert await store.swap("key", b"one", b"two", 60)
    assert await store.get("key") == b"two"
    assert await store.swap("key", b"two", None)
    assert await store.get("key") is None


async def test_one_of_two_takes_what_is_there(store: MemoryStore) -> None:
    await store.claim("token", b"intent", 60)
    taken = await asyncio.gather(store.take("token"), store.take("token"))
    assert list(taken) == [b"intent", None]


async def test_an_expired_token_cannot_be_taken(store: MemoryStore, clock: ManualClock) -> None:
    await store.claim("token", b"intent", 600)
    clock.advance(600)
    assert await store.take("token") is None


async def test_who_waits_wakes_with_the_change(store: MemoryStore) -> None:
    await store.claim("key", b"one", 60)
    waiting = [asyncio.create_task(store.wait("key", b"one", 30)) for _ in range(3)]
    await asyncio.sleep(0)
    await store.swap("key", b"one", b"two", 60)
    await asyncio.gather(*waiting)


async def test_who_waits_for_what_has_changed_already_does_not_wait(store: MemoryStore) -> None:
    await store.wait("key", b"one", 30)


async def test_who_waits_in_vain_gives_up(store: MemoryStore) -> None:
    await store.claim("key", b"one", 60)
    await store.wait("key", b"one", 0)
    assert not store._waiting


async def test_a_full_store_refuses_and_forgets_nothing(
    store: MemoryStore, clock: ManualClock
) -> None:
    for name in ("a", "b", "c"):
        await store.claim(name, b"", 60)
    with pytest.raises(StoreFault, match="full"):
        await store.claim("d", b"", 60)
    assert await store.get("a") == b""
    clock.advance(60)
    assert await store.claim("d", b"", 60) is None


async def test_a_store_is_bounded_in_bytes(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "LARGEST", 10)
    await store.claim("a", b"12345678", 60)
    with pytest.raises(StoreFault):
        await store.claim("b", b"123", 60)
    await store.take("a")
    assert await store.claim("b", b"123", 60) is None


async def test_a_window_admits_its_limit_and_slides(store: MemoryStore) -> None:
    window = Window("w", 60, 2)
    assert await store.reserve([window], "1", 100.0) is None
    assert await store.reserve([window], "2", 130.0) is None
    full = await store.reserve([window], "3", 159.9)
    assert full is not None
    assert (full.held, full.passes) == (2, 160.0)
    assert await store.reserve([window], "3", 160.0) is None


async def test_a_place_is_taken_in_all_windows_or_in_none(store: MemoryStore) -> None:
    small, large = Window("small", 60, 1), Window("large", 3600, 5)
    await store.reserve([small], "1", 100)
    full = await store.reserve([large, small], "2", 101)
    assert full is not None
    assert full.window == small
    assert not store._windows["large"].all


async def test_of_two_full_windows_the_later_one_is_told(store: MemoryStore) -> None:
    minute, hour = Window("minute", 60, 1), Window("hour", 3600, 1)
    await store.reserve([minute, hour], "1", 100)
    full = await store.reserve([minute, hour], "2", 101)
    assert full is not None
    assert full.passes == 3700


async def test_a_released_place_is_free(store: MemoryStore) -> None:
    window = Window("w", 60, 1)
    await store.reserve([window], "1", 100)
    await store.release([window], "1")
    assert await store.reserve([window], "2", 100) is None


async def test_windows_are_bounded_and_empty_ones_are_let_go(
    store: MemoryStore, clock: ManualClock
) -> None:
    now = clock.now().timestamp()
    for name in "abc":
        await store.reserve([Window(name, 60, 1)], "1", now)
    with pytest.raises(StoreFault, match="full"):
        await store.reserve([Window("d", 60, 1)], "1", now)
    clock.advance(60)
    assert await store.reserve([Window("d", 60, 1)], "1", clock.now().timestamp()) is None


async def test_whatever_goes_wrong_in_a_store_is_a_store_fault() -> None:
    async def broken() -> bytes:
        raise ConnectionError("redis://:password@host")

    with pytest.raises(StoreFault) as caught:
        await asked(broken())
    assert "password" not in caught.value.text
    assert "Nothing was sent" in caught.value.text

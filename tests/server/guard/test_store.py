"""The store in memory: atomic, bounded, forgetful by the clock, and never early."""

import pytest
from tests.server.guard.acts import ManualClock
from tests.server.guard.contract import Contract

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


class TestMemory(Contract):
    """The promises of every store."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> MemoryStore:
        return MemoryStore(clock)


async def test_a_record_expires_by_the_clock(store: MemoryStore, clock: ManualClock) -> None:
    await store.claim("key", b"one", 60)
    clock.advance(59.9)
    assert await store.get("key") == b"one"
    clock.advance(0.1)
    assert await store.get("key") is None
    assert await store.claim("key", b"two", 60) is None


async def test_an_expired_token_cannot_be_taken(store: MemoryStore, clock: ManualClock) -> None:
    await store.claim("token", b"intent", 600)
    clock.advance(600)
    assert await store.take("token") is None


async def test_of_who_waits_in_vain_nothing_stays(store: MemoryStore) -> None:
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


async def test_windows_are_bounded_and_empty_ones_are_let_go(
    store: MemoryStore, clock: ManualClock
) -> None:
    for name in "abc":
        await store.reserve([Window(name, 60, 1)], "1")
    with pytest.raises(StoreFault, match="full"):
        await store.reserve([Window("d", 60, 1)], "1")
    clock.advance(60)
    assert await store.reserve([Window("d", 60, 1)], "1") is None


async def test_whatever_goes_wrong_in_a_store_is_a_store_fault() -> None:
    async def broken() -> bytes:
        raise ConnectionError("redis://:password@host")

    with pytest.raises(StoreFault) as caught:
        await asked(broken())
    assert "password" not in caught.value.text
    assert "Nothing was sent" in caught.value.text

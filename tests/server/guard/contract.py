"""What every store promises. A file of tests gives the fixtures `store` and `clock`."""

import asyncio
import random

import pytest
from tests.patience import PATIENCE
from tests.server.guard.acts import ManualClock

from famulor_mcp.guard.store import MemoryStore, Store, Window


@pytest.mark.anyio
class Contract:
    """The tests that hold for a store of any kind."""

    async def test_a_store_that_serves_says_so(self, store: Store) -> None:
        await store.ping()

    async def test_one_of_many_gets_a_claim(self, store: Store) -> None:
        found = await asyncio.gather(*(store.claim("key", b"%d" % n, 60) for n in range(20)))
        assert found.count(None) == 1
        assert {one for one in found if one} == {b"%d" % found.index(None)}

    async def test_a_claim_with_the_same_value_is_a_second_claim(self, store: Store) -> None:
        assert await store.claim("key", b"1", 60) is None
        assert await store.claim("key", b"1", 60) == b"1"

    @pytest.mark.parametrize("value", [b"", b"\0", b"a\0b", bytes(range(256)), b"x" * 300_000])
    async def test_a_value_comes_back_as_it_was_put(self, store: Store, value: bytes) -> None:
        await store.claim("key", value, 60)
        assert await store.get("key") == value
        assert await store.swap("key", value, value + b"!", 60)
        assert await store.take("key") == value + b"!"

    async def test_a_swap_needs_the_value_that_was_seen(self, store: Store) -> None:
        await store.claim("key", b"one", 60)
        assert not await store.swap("key", b"other", b"two", 60)
        assert await store.swap("key", b"one", b"two", 60)
        assert await store.get("key") == b"two"
        assert await store.swap("key", b"two", None)
        assert await store.get("key") is None
        assert not await store.swap("key", b"two", b"three", 60)

    async def test_one_of_many_swaps(self, store: Store) -> None:
        await store.claim("key", b"old", 60)
        swapped = await asyncio.gather(
            *(store.swap("key", b"old", b"%d" % n, 60) for n in range(20))
        )
        assert swapped.count(True) == 1
        assert await store.get("key") == b"%d" % swapped.index(True)

    async def test_one_of_two_takes_what_is_there(self, store: Store) -> None:
        await store.claim("token", b"intent", 60)
        taken = await asyncio.gather(store.take("token"), store.take("token"))
        assert sorted(taken, key=bool) == [None, b"intent"]
        assert await store.claim("token", b"another", 60) is None

    async def test_who_waits_wakes_with_the_change(self, store: Store) -> None:
        await store.claim("key", b"one", 60)
        waiting = [asyncio.create_task(store.wait("key", b"one", 30)) for _ in range(3)]
        await asyncio.sleep(0)
        await store.swap("key", b"one", b"two", 60)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*waiting)

    async def test_who_waits_wakes_when_it_is_taken(self, store: Store) -> None:
        await store.claim("key", b"one", 60)
        waiting = asyncio.create_task(store.wait("key", b"one", 30))
        await asyncio.sleep(0)
        await store.take("key")
        async with asyncio.timeout(PATIENCE):
            await waiting

    async def test_who_waits_for_what_has_changed_already_does_not_wait(self, store: Store) -> None:
        async with asyncio.timeout(PATIENCE):
            await store.wait("key", b"one", 30)

    async def test_who_waits_in_vain_gives_up(self, store: Store) -> None:
        await store.claim("key", b"one", 60)
        await store.wait("key", b"one", 0)
        assert await store.get("key") == b"one"

    async def test_a_window_admits_its_limit_and_slides(
        self, store: Store, clock: ManualClock
    ) -> None:
        window = Window("w", 60, 2)
        assert await store.reserve([window], "1") is None
        clock.advance(30)
        assert await store.reserve([window], "2") is None
        clock.advance(29)
        full = await store.reserve([window], "3")
        assert full is not None
        assert (full.window, full.held, round(full.wait, 3)) == (window, 2, 1)
        clock.advance(1)
        assert await store.reserve([window], "3") is None

    async def test_a_place_is_taken_in_all_windows_or_in_none(
        self, store: Store, clock: ManualClock
    ) -> None:
        small, large = Window("small", 60, 1), Window("large", 3600, 2)
        await store.reserve([small], "1")
        full = await store.reserve([large, small], "2")
        assert full is not None
        assert full.window == small
        clock.advance(60)
        assert await store.reserve([large, small], "2") is None
        assert await store.reserve([large], "3") is None

    async def test_of_two_full_windows_the_later_one_is_told(self, store: Store) -> None:
        minute, hour = Window("minute", 60, 1), Window("hour", 3600, 1)
        await store.reserve([minute, hour], "1")
        full = await store.reserve([minute, hour], "2")
        assert full is not None
        assert (full.window, round(full.wait)) == (hour, 3600)

    async def test_a_released_place_is_free(self, store: Store) -> None:
        window = Window("w", 60, 1)
        await store.reserve([window], "1")
        await store.release([window], "1")
        assert await store.reserve([window], "2") is None

    async def test_of_many_who_reserve_at_a_time_as_many_are_counted_as_may_be(
        self, store: Store
    ) -> None:
        windows = [Window("a", 60, 7), Window("b", 60, 9)]
        found = await asyncio.gather(*(store.reserve(windows, str(n)) for n in range(20)))
        assert found.count(None) == 7

    async def test_windows_are_as_in_memory_whatever_comes(
        self, store: Store, clock: ManualClock
    ) -> None:
        chance, memory = random.Random(7), MemoryStore(clock)
        windows = [Window("a", 5, 2), Window("b", 20, 4), Window("c", 60, 9)]
        for number in range(300):
            some = chance.sample(windows, chance.randint(1, 3))
            if chance.random() < 0.1:
                gone = str(chance.randrange(number + 1))
                await store.release(some, gone)
                await memory.release(some, gone)
            one, other = [await a.reserve(some, str(number)) for a in (store, memory)]
            assert (one and (one.window, one.held, round(one.wait, 3))) == (
                other and (other.window, other.held, round(other.wait, 3))
            )
            clock.advance(chance.choice([0, 0, 1, 2.5]))

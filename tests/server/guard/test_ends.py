"""What is cut off is still written down: a store over a wire, and callers and servers that stop."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from tests.server.guard.acts import ManualClock, ring
from tests.server.guard.test_once import Api, cancel, settled

from famulor_mcp.errors import Unreachable
from famulor_mcp.guard import once as module
from famulor_mcp.guard.fate import Flight
from famulor_mcp.guard.once import Once
from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.store import MemoryStore

pytestmark = pytest.mark.anyio


class Wire(MemoryStore):
    """A store that is asked over a wire: what is on its way arrives, whoever is cut off.

    With `lost` it takes what is claimed, and its answer does not come back.
    """

    def __init__(self) -> None:
        super().__init__(ManualClock())
        self.lost = False
        self.claimed = asyncio.Event()

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        found = await super().claim(key, value, ttl)
        self.claimed.set()
        await settled()
        if self.lost:
            raise StoreFault("its store does not answer in time")
        return found

    async def get(self, key: str) -> bytes | None:
        found = await super().get(key)
        await asyncio.sleep(0)
        return found

    async def swap(self, key: str, old: bytes, new: bytes | None, ttl: float = 0) -> bool:
        await asyncio.sleep(0)
        swapped = await super().swap(key, old, new, ttl)
        for _ in range(5):
            await asyncio.sleep(0)
        return swapped


@pytest.fixture
def store() -> Wire:
    return Wire()


@pytest.fixture
def once(store: Wire) -> Once:
    return Once(store, ManualClock())


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two words to the store."""
    monkeypatch.setattr(module, "BEAT", 0)


async def restarted(store: Wire) -> Any:
    """What the same call comes to at a server that was started anew, in a breath."""
    again = Api()
    again.go.set()
    return await Once(store, ManualClock()).run(ring(), again, patience=0)


async def test_a_call_given_up_as_the_server_stops_can_be_made_after_it(
    store: Wire, once: Once, api: Api
) -> None:
    api.taken.clear()
    call = asyncio.create_task(once.run(ring(), api))
    await api.queued.wait()
    await cancel(call)
    await once.aclose()
    assert not (await restarted(store)).replayed


@pytest.mark.parametrize("steps", range(6))
async def test_an_answer_that_came_before_the_server_stopped_is_remembered(
    store: Wire, once: Once, steps: int
) -> None:
    came = asyncio.Event()

    async def answer(flight: Flight) -> Any:
        flight.out = True
        came.set()
        return {"id": 1}

    call = asyncio.create_task(once.run(ring(), answer))
    await came.wait()
    for _ in range(steps):
        await asyncio.sleep(0)
    await once.aclose()
    with suppress(asyncio.CancelledError):
        await call
    after = await restarted(store)
    assert (after.replayed, after.value) == (True, {"id": 1})


@pytest.mark.usefixtures("brisk")
async def test_a_call_given_up_while_the_store_is_asked_can_be_made_again(
    store: Wire, once: Once, api: Api
) -> None:
    call = asyncio.create_task(once.run(ring(), api))
    await store.claimed.wait()
    await cancel(call)
    await settled()
    assert not (await restarted(store)).replayed


async def test_a_call_given_up_while_the_store_is_asked_leaves_nothing_as_the_server_stops(
    store: Wire, once: Once, api: Api
) -> None:
    call = asyncio.create_task(once.run(ring(), api))
    await store.claimed.wait()
    await cancel(call)
    await once.aclose()
    assert not (await restarted(store)).replayed


@pytest.mark.usefixtures("brisk")
async def test_a_call_refused_because_the_store_was_slow_can_be_made_again(
    store: Wire, once: Once, api: Api
) -> None:
    store.lost = True
    with pytest.raises(StoreFault):
        await once.run(ring(), api)
    store.lost = False
    await settled()
    assert not (await restarted(store)).replayed


@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize("steps", range(8))
async def test_a_failure_is_not_made_to_look_as_if_it_were_under_way(
    store: Wire, once: Once, steps: int
) -> None:
    async def fail(_flight: Flight) -> Any:
        for _ in range(steps):
            await asyncio.sleep(0)  # signs of life are being given
        raise Unreachable("no connection could be made")

    with pytest.raises(Unreachable):
        await once.run(ring(), fail)
    await settled()
    assert not (await restarted(store)).replayed

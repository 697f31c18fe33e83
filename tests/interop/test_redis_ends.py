"""Who asks Redis and gives up has given up, and whoever closes a store has closed it."""

import asyncio

import pytest
from tests.interop.redis import SECRET, Redis
from tests.patience import until

from famulor_mcp.guard.redis import RedisStore
from famulor_mcp.guard.refusals import StoreFault

pytestmark = [pytest.mark.interop, pytest.mark.anyio, pytest.mark.usefixtures("unhurried")]


def clients(server: Redis) -> int:
    """How many connections it has, that of the question left out."""
    return server.say("CLIENT", "LIST").count(b" cmd=") - 1


async def test_who_gives_up_is_heard_at_every_step_of_a_question(server: Redis) -> None:
    store = RedisStore(server.url, [SECRET])

    async def ask_on() -> None:
        for _ in range(200):
            await store.ping()

    try:
        for steps in range(60):
            await store.ping()  # there is a connection to ask on
            asking = asyncio.create_task(ask_on())
            for _ in range(steps):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])
            assert asking.cancelled(), f"after {steps} steps it went on"
        await asyncio.gather(*(store.ping() for _ in range(100)))  # none took a connection along
    finally:
        await store.aclose()


async def test_a_store_whose_closing_is_cut_off_leaves_no_connection(server: Redis) -> None:
    store = RedisStore(server.url, [SECRET])
    await asyncio.gather(store.ping(), store.ping())  # one is asked on, the other waits
    server.hold()
    try:
        asking = asyncio.create_task(store.ping())
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
    finally:
        server.go_on()
    assert closing.cancelled()
    with pytest.raises(StoreFault):
        await asking
    until(lambda: clients(server) == 0)

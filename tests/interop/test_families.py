"""What several processes know of a sign-in between them, over a real Redis."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.hosted.signin.parties import House, refused
from tests.interop.redis import SECRET, Redis

from famulor_mcp.guard.redis import RedisStore
from famulor_mcp.hosted.signin.limits import Crowded, Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.interop, pytest.mark.anyio, pytest.mark.usefixtures("unhurried")]


@pytest.fixture
async def replicas(server: Redis) -> AsyncIterator[list[House]]:
    """Two processes of one server."""
    assert server.say("FLUSHALL") == b"+OK\r\n"
    stores = [RedisStore(server.url, [SECRET]) for _ in range(2)]
    first = House(store=stores[0])
    yield [first, first.moved(store=stores[1])]
    for store in stores:
        await store.aclose()


async def test_of_two_who_bring_one_refresh_token_at_once_to_two_replicas_both_get_tokens(
    replicas: list[House],
) -> None:
    one, other = replicas
    client = await one.client()
    token = (await one.tokens(client))["refresh_token"]

    for _ in range(5):
        answers = await asyncio.gather(*(house.refresh(client, token) for house in replicas))
        assert [answer.status_code for answer in answers] == [200, 200]
        refused(await other.refresh(client, token), 400, "invalid_grant")
        token = answers[1].json()["refresh_token"]


async def test_of_many_who_bring_one_refresh_token_at_once_two_get_tokens(
    replicas: list[House],
) -> None:
    client = await replicas[0].client()
    tokens = await replicas[0].tokens(client)
    token = tokens["refresh_token"]

    answers = await asyncio.gather(*(house.refresh(client, token) for house in replicas * 8))

    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [400] * 14
    assert await replicas[1].door.identify(tokens["access_token"])
    replicas[0].clock.advance(61)
    refused(await replicas[1].refresh(client, token), 400, "invalid_grant")
    assert await replicas[0].door.identify(tokens["access_token"]) is None


async def test_while_redis_is_away_nobody_refreshes_and_no_use_is_counted(tmp_path: Path) -> None:
    redis = Redis(tmp_path)
    redis.start()
    store = RedisStore(redis.url, [SECRET])
    try:
        house = House(store=store)
        client = await house.client()
        token = (await house.tokens(client))["refresh_token"]
        redis.stop()
        refused(await house.refresh(client, token), 503, "temporarily_unavailable")
        redis.start()
        await store.ping()
        for _ in range(2):
            assert (await house.refresh(client, token)).status_code == 200
        refused(await house.refresh(client, token), 400, "invalid_grant")
    finally:
        await store.aclose()
        redis.stop()


async def test_the_tries_of_an_address_are_counted_over_all_replicas(
    replicas: list[House],
) -> None:
    limits = [Limits(house.store, SECRET) for house in replicas]

    async def tried(limits: Limits, address: str) -> bool:
        try:
            await limits.attempt(address)
        except Crowded:
            return False
        return True

    results = await asyncio.gather(*(tried(limits[n % 2], "192.0.2.1") for n in range(100)))

    assert sum(results) == 60
    assert await tried(limits[0], "192.0.2.2")

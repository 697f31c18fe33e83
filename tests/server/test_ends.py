"""A gateway that is closed has closed its connections, also where it is told twice to end."""

import asyncio
from typing import Any

import pytest
from tests.patience import PATIENCE
from tests.server.upstreams import loopback, reply

from famulor_mcp.guard.guard import Guard
from famulor_mcp.settings import load
from famulor_mcp.start import gateway

pytestmark = pytest.mark.anyio


async def test_connections_close_although_the_calls_under_way_were_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_, ending = asyncio.Event(), asyncio.Event()

    async def endless(_guard: Any) -> None:
        ending.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Guard, "aclose", endless)

    async def serve(url: str) -> None:
        async with gateway(load({"base_url": url}, {}), ()) as found:
            assert await found.upstream.reachable(PATIENCE)
            open_.set()
            await asyncio.Event().wait()

    async with loopback(lambda _request: reply(200, {})) as api:
        serving = asyncio.create_task(serve(api.url))
        await open_.wait()
        serving.cancel()
        await ending.wait()
        assert not any(task.done() for task in api.tasks)  # the connection is kept
        serving.cancel()
        await asyncio.wait([serving])
        left = await asyncio.wait(api.tasks, timeout=PATIENCE)
    assert not left[1]

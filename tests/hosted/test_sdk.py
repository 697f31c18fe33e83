"""The SDK's client at the hosted server: it is asked, told of progress, and may give a call up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
import pytest
from tests.hosted.api import silent
from tests.hosted.site import ERAS, connected, site
from tests.patience import PATIENCE
from tests.server.upstreams import Seen, loopback, reply

from famulor_mcp import offered
from famulor_mcp.sandbox import KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from famulor_tools.table import Tool

CALL: dict[str, Any] = {"phone_number": "+4915112345678", "assistant_id": 3}
WAYS = [(mode, path) for mode in ERAS for path in ("/mcp", "/sse")]
SESSIONLESS = ("legacy", "/mcp")

each_way = pytest.mark.parametrize(("mode", "path"), WAYS)


def impatient(tools: Sequence[Tool]) -> list[Tool]:
    """The tools, of which those that wait look every 10 ms."""
    return [
        replace(tool, until=tool.until and replace(tool.until, interval=0.01)) for tool in tools
    ]


@pytest.mark.anyio
@each_way
async def test_news_arrive_while_a_call_is_waited_for(
    mode: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = ["initiated", "ringing", "completed"]
    tools = offered.tools
    monkeypatch.setattr(offered, "tools", lambda *given: impatient(tools(*given)))

    def call(_seen: Seen) -> bytes:
        return reply(200, {"id": 7, "status": states.pop(0)})

    told: list[str] = []

    async def news(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with (
        loopback(call) as api,
        site(base_url=api.url) as url,
        connected(url, mode=mode, path=path) as client,
    ):
        wait = {"call_id": 7, "wait": 30}
        result = await client.call_tool("get_call", wait, progress_callback=news)

    assert result.structured_content is not None
    assert result.structured_content["status"] == "completed"
    assert told == ["status is initiated", "status is ringing"]


@pytest.mark.anyio
@each_way
async def test_a_call_that_is_given_up_is_given_up_at_the_api(mode: str, path: str) -> None:
    """Without sessions the legacy era cancels by going away."""
    async with silent() as api, site(base_url=api.url, grace="1") as url:
        with anyio.fail_after(PATIENCE):
            async with (
                connected(url, mode=mode, path=path) as client,
                anyio.create_task_group() as t,
            ):
                t.start_soon(client.call_tool, "get_me", {})
                await api.asked.wait()
                t.cancel_scope.cancel()
            await api.left.wait()

    assert api.requests == 1


@pytest.mark.anyio
@each_way
@pytest.mark.parametrize("agrees", [True, False])
async def test_a_person_is_asked_wherever_there_is_a_way(
    mode: str, path: str, agrees: bool
) -> None:
    asked: list[str] = []

    async def person(_ctx: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={"confirm": agrees})

    async with (
        site(confirm="always") as url,
        connected(url, KEY, mode=mode, path=path, elicitation_callback=person) as client,
    ):
        result = await client.call_tool("make_call", CALL)

    words = getattr(result.content[0], "text", "")
    if (mode, path) == SESSIONLESS:
        assert asked == []
        assert "confirm_token" in words
    else:
        assert len(asked) == 1
        assert CALL["phone_number"] in asked[0]
        assert ("initiated" in words) is agrees
    assert result.is_error is not (agrees and bool(asked))

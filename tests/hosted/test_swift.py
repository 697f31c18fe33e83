"""A plain read is answered past the SDK's machinery, and nobody can tell by the answer."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.hosted.api import ALICE, silent
from tests.hosted.site import BOTH, ERAS, LEGACY, MODERN, call, connected, modern, post, site
from tests.patience import PATIENCE, web

from famulor_mcp.hosted import swift

if TYPE_CHECKING:
    import httpx


def underscored(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


def content(answer: httpx.Response) -> Any:
    """The JSON-RPC message of an answer, streamed or not."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        lines = answer.text.splitlines()
        return json.loads(next(line[6:] for line in lines if line.startswith("data: ")))
    return answer.json()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_me", {}),
        ("list_calls", {"per_page": 2}),
        ("get_call", {"id": 999_999}),
        ("get_call", {"id": "no number"}),
        ("get_me", {"unknown": 1}),
    ],
)
async def test_both_ways_answer_the_same_in_both_eras(name: str, arguments: dict[str, Any]) -> None:
    message, headers = modern("tools/call", name=name, arguments=arguments)
    slow = {**message, "params": {**message["params"]}}
    slow["params"]["_meta"] = {**message["params"]["_meta"], "progressToken": 7}
    older = call(name, **arguments)
    slow_older = {**older, "params": {**older["params"], "_meta": {"progressToken": 7}}}
    async with site() as url:
        answers = [
            content(await post(url, one, **underscored(sent)))
            for one, sent in (
                (message, headers),
                (slow, headers),
                (older, {}),
                (slow_older, {"MCP-Protocol-Version": LEGACY}),
            )
        ]

    assert answers[0] == answers[1]
    assert answers[2] == answers[3]
    assert answers[0]["result"]["content"] == answers[2]["result"]["content"]


def scope(**changes: Any) -> dict[str, Any]:
    """A modern call as it comes in, with other headers."""
    _, headers = modern("tools/call", name="get_me")
    given = {"content-type": "application/json", **headers, **changes}
    pairs = [(name.lower().encode(), str(value).encode()) for name, value in given.items() if value]
    return {"headers": pairs}


@pytest.mark.parametrize(
    "changes",
    [
        {"Mcp-Method": "tools/list"},
        {"Mcp-Method": ""},
        {"Mcp-Name": "get_call"},
        {"MCP-Protocol-Version": "2027-01-01"},
        {"Accept": "application/json"},
        {"Accept": "text/event-stream"},
        {"Accept": "*/*"},
        {"Accept": "application/json;q=0, text/event-stream"},
        {"content-type": "text/plain"},
        {"Mcp-Param-Id": "7"},
        {"Mcp-Session-Id": "7"},
    ],
    ids=str,
)
def test_a_header_that_is_not_as_the_rules_have_it_is_left_to_the_sdk(changes: Any) -> None:
    message, _ = modern("tools/call", name="get_me")
    assert swift.era(scope(), message) is True
    assert swift.era(scope(**changes), message) is None


@pytest.mark.parametrize(
    "change",
    [
        {"method": "tools/list"},
        {"params": {"name": "get_me"}},
        {"params": {"name": 3}},
        {"params": {"name": "get_me", "arguments": []}},
        {"params": {"name": "get_me", "requestState": "x"}},
        {"params": {"name": "get_me", "_meta": {}}},
        {"params": {"name": "get_me", "_meta": {"progressToken": 1}}},
        {"params": None},
    ],
    ids=str,
)
def test_a_message_that_is_not_a_plain_call_is_left_to_the_sdk(change: dict[str, Any]) -> None:
    message, _ = modern("tools/call", name="get_me")
    assert swift.era(scope(), {**message, **change}) is None


def test_a_header_that_stands_there_twice_is_left_to_the_sdk() -> None:
    message, _ = modern("tools/call", name="get_me")
    twice = scope()
    twice["headers"].append((b"mcp-name", b"get_me"))
    assert swift.era(twice, message) is None


@pytest.mark.anyio
@pytest.mark.parametrize("token", [None, 7], ids=["ours", "the SDK's"])
@pytest.mark.parametrize("version", ["", LEGACY, MODERN])
async def test_whoever_goes_away_ends_what_was_read_for_them(version: str, token: Any) -> None:
    """The request to the API ends with the one who wanted it."""
    message, headers = modern("tools/call", name="get_me", arguments={})
    if version != MODERN:
        message, headers = call(), {"MCP-Protocol-Version": version} if version else {}
    if token:
        message["params"].setdefault("_meta", {})["progressToken"] = token
    async with silent() as api, site(base_url=api.url) as url:
        waiting = asyncio.create_task(post(url, message, key=ALICE, **underscored(headers)))
        await asyncio.wait_for(api.asked.wait(), PATIENCE)
        waiting.cancel()
        await asyncio.wait_for(api.left.wait(), PATIENCE)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ERAS)
async def test_a_long_read_becomes_a_stream_that_shows_signs_of_life(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies close connections on which nothing comes."""
    monkeypatch.setattr(swift, "SILENCE", 0.01)
    headers = {**BOTH, "X-Famulor-Api-Key": ALICE}
    async with (
        silent() as api,
        site(base_url=api.url) as url,
        connected(url, ALICE, mode) as client,
        web() as http,
    ):
        calling = asyncio.create_task(client.call_tool("get_me", {}))
        async with http.stream("POST", f"{url}/mcp", json=call(), headers=headers) as answer:
            lines = answer.aiter_lines()
            first = [await anext(lines) for _ in range(3)]
            api.go.set()
            rest = [line async for line in lines]
        result = await calling

    assert result.structured_content is not None
    assert result.structured_content["email"] == "a@example.org"
    assert first == [": ping", "", ": ping"]
    assert any(line.startswith("data: ") for line in rest)

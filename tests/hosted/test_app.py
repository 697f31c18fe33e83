"""One address for everything: both eras, the older transport, and what stands beside MCP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.hosted.api import ALICE, silent
from tests.hosted.site import BOTH, ERAS, call, connected, modern, post, site
from tests.patience import PATIENCE, web

from famulor_mcp.hosted.app import attended
from famulor_mcp.sandbox import KEY


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/mcp", "/mcp/", "/"])
@pytest.mark.parametrize("mode", ERAS)
async def test_the_sdks_client_lists_and_calls_in_both_eras_at_every_path_that_people_paste(
    mode: str, path: str
) -> None:
    async with site() as url, connected(url, mode=mode, path=path) as client:
        assert client.protocol_version == ERAS[mode]
        assert "get_me" in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("get_me", {})

    assert result.structured_content is not None
    assert result.structured_content["email"]


@pytest.mark.anyio
async def test_health_says_that_the_process_lives_without_a_key_under_any_name() -> None:
    """A balancer knows the address of a container, and no key."""
    async with site() as url, web() as client:
        answer = await client.get(url + "/health", headers={"Host": "10.1.2.3:8787"})

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.anyio
async def test_a_file_that_is_not_there_is_not_found_and_no_fault() -> None:
    """A page that was kept from before a release asks for the files of that release."""
    async with site() as url, web() as client:
        answer = await client.get(url + "/assets/style.000000000000.css")

    assert answer.status_code == 404


@pytest.mark.anyio
async def test_a_legacy_answer_is_the_same_whether_the_sdk_or_we_lay_it_out() -> None:
    """A cursor that is null says nothing, and makes the SDK answer by itself."""
    async with site() as url:
        ours = await post(url, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        theirs = await post(
            url, {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": None}}
        )

    assert ours.text == theirs.text


@pytest.mark.anyio
async def test_nothing_is_pushed_so_get_and_delete_are_refused_in_both_eras() -> None:
    async with site() as url, web() as client:
        key = {"X-Famulor-Api-Key": "some-key-of-a-user", "Accept": "text/event-stream"}
        for headers in (key, {**key, "MCP-Protocol-Version": "2026-07-28"}):
            for method in ("GET", "DELETE"):
                answer = await client.request(method, url + "/mcp", headers=headers)
                assert answer.status_code == 405
                assert "POST" in answer.headers["allow"]


@pytest.mark.anyio
@pytest.mark.parametrize("accept", ["application/json", "application/json, */*", "*/*", None])
async def test_who_names_no_stream_gets_json_in_both_eras(accept: str | None) -> None:
    """Scripts do not know that clients must take streams; without a header anything goes."""
    message, headers = modern("tools/call", name="get_me", arguments={})
    legacy = {"X-Famulor-Api-Key": KEY, **({"Accept": accept} if accept else {})}
    without = {name: value for name, value in headers.items() if name != "Accept"}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    async with site() as url, web() as client:
        del client.headers["accept"]
        answers = [
            await client.post(url + "/mcp", json=ping, headers=legacy),
            await client.post(url + "/mcp", json=call(), headers=legacy),
            await client.post(url + "/mcp", json=message, headers={**without, **legacy}),
        ]

    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert "result" in answer.json()


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_a_script_that_goes_away_gives_its_call_up_at_the_api(era: str) -> None:
    message, headers = modern("tools/call", name="get_me", arguments={})
    if era == "legacy":
        message, headers = call(), {}
    sent = {**headers, "Accept": "application/json", "X-Famulor-Api-Key": ALICE}
    async with silent() as api, site(base_url=api.url) as url, web() as client:
        asking = asyncio.create_task(client.post(url + "/mcp", json=message, headers=sent))
        await asyncio.wait_for(api.asked.wait(), PATIENCE)
        asking.cancel()
        await asyncio.wait_for(api.left.wait(), PATIENCE)

    assert api.requests == 1


@pytest.mark.anyio
async def test_a_fault_in_the_call_of_a_script_that_has_gone_is_told_as_any_other() -> None:
    came: Any = iter([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}])

    async def broken(*_: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("while it was given up") from None

    async def receive() -> dict[str, Any]:
        return next(came)

    async def send(_message: Any) -> None:
        """Nobody is there."""

    with pytest.raises(RuntimeError, match="given up"):
        await attended(broken, {}, receive, send)


@pytest.mark.anyio
async def test_what_is_accepted_may_stand_in_several_lines() -> None:
    lines = [("Accept", "application/json"), ("Accept", "text/event-stream")]
    async with site() as url, web() as client:
        del client.headers["accept"]
        answer = await client.post(
            url + "/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "ping"},
            headers=[*lines, ("X-Famulor-Api-Key", KEY)],
        )

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream"


@pytest.mark.anyio
async def test_a_modern_answer_is_plain_json() -> None:
    message, headers = modern("tools/call", name="get_me", arguments={})
    async with site() as url:
        answer = await post(url, message, **{k.replace("-", "_"): v for k, v in headers.items()})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["result"]["resultType"] == "complete"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"{", -32700, "JSON"),
        (b"\xff\xfe", -32700, "JSON"),
        (b'{"a": NaN}', -32700, "JSON"),
        (b"[" * 100_000, -32700, "JSON"),
        (b"[]", -32600, "batch"),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, "batch"),
        (b"3", -32600, "JSON-RPC"),
        (b"{}", -32600, "JSON-RPC"),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, "JSON-RPC"),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600, "JSON-RPC"),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32600, "JSON-RPC"),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, "JSON-RPC"),
    ],
)
async def test_what_is_no_message_gets_a_json_rpc_error_that_repeats_nothing_of_it(
    content: bytes, code: int, words: str
) -> None:
    headers = {
        **BOTH,
        "X-Famulor-Api-Key": "some-key-of-a-user",
        "Content-Type": "application/json",
    }
    async with site() as url, web() as client:
        answer = await client.post(url + "/mcp", content=content, headers=headers)

    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"], answer.json()["id"]) == (400, code, None)
    assert words in error["message"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "application/jsonx", ""]
)
async def test_a_message_that_is_not_called_json_is_told_how_to_be(kind: str) -> None:
    """`curl -d` calls it a form."""
    headers = {"X-Famulor-Api-Key": KEY, "Content-Type": kind}
    async with site() as url, web() as client:
        answers = [
            await client.post(url + path, json=call(), headers=headers)
            for path in ("/mcp", "/messages/")
        ]

    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, -32600)
        assert "Content-Type: application/json" in answer.json()["error"]["message"]


@pytest.mark.anyio
async def test_an_unknown_path_says_where_mcp_is() -> None:
    async with site() as url:
        answer = await post(url, call(), path="/mpc")

    assert answer.status_code == 404
    assert "/mcp" in answer.text


@pytest.mark.anyio
async def test_a_fault_inside_tells_its_request_and_nothing_of_the_inside(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr("famulor_mcp.hosted.people.Desks.plain", broken)
    async with site() as url:
        answer = await post(url, call("get_me", 7))

    assert (answer.status_code, answer.json()["id"]) == (500, 7)
    assert "the inside" not in answer.text
    assert answer.headers["x-request-id"]
    assert "A request failed inside the server" in caplog.text


@pytest.mark.anyio
async def test_a_call_with_an_effect_needs_no_other_tool_to_be_offered() -> None:
    """The key is tried first, with a tool that the operator may have left out."""
    sms = call("send_sms", **{"from": 1, "to": "+4915112345678", "body": "Hello"})
    async with site(tools="send_sms") as url:
        answer = await post(url, sms)
        refused = await post(url, sms, key="made-up-key-2")

    assert "The API refused send_sms" in answer.text  # it got there; 1 is no number of the account
    assert "did not accept the API key" in refused.text
    assert '"isError":true' in refused.text


@pytest.mark.anyio
async def test_the_landing_page_asks_for_no_key_where_the_operators_is_used() -> None:
    async with site(auth="none") as url, web() as client:
        page = (await client.get(url, headers={"Accept": "text/html"})).text

    assert "uses the key of its operator" in page
    assert "X-Famulor-Api-Key" not in page

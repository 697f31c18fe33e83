"""One call from arguments to result, against an upstream on a socket."""

import asyncio
import base64
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from tests.server.benches import KEY, bench, things
from tests.server.tables import CREATE, TOOLS
from tests.server.upstreams import BreakError, Seen, reply

from famulor_mcp import build
from famulor_mcp.account import Account
from famulor_mcp.errors import UnknownTool
from famulor_mcp.shape import Result
from famulor_tools.table import Alias

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("older", "current", "agree"),
    [
        ("SALES", 1, True),
        (1, "sa", True),
        ("Sales", "SA", True),
        ("1", "sales", True),
        ("Sales", 2, False),
        (2, "Sales", False),
    ],
)
async def test_an_older_name_and_a_current_one_are_compared_by_what_they_stand_for(
    older: Any, current: Any, agree: bool
) -> None:
    aliased = replace(CREATE, aliases=(Alias("parent", "parent_id"),))
    async with bench(things, tools=(aliased, *(tool for tool in TOOLS if tool != CREATE))) as it:
        result = await it.call("create_thing", name="A", parent=older, parent_id=current)
    assert result.is_error != agree
    assert ("parent and parent_id mean the same" in result.text) != agree
    assert [line for line in it.sent if line.startswith("POST")] == ["POST /api/thing"] * agree


async def test_a_read_is_sent_and_answered() -> None:
    async with bench(things) as it:
        result = await it.call("get_thing", thing_id="7", color="a b", note=None)
    assert result == Result('{"ok":true}', {"ok": True})
    assert it.sent == ["GET /api/things/7?note=&color=a%20b"]


async def test_a_write_sends_exactly_what_was_given() -> None:
    async with bench(things) as it:
        await it.call("create_thing", name="Ä", count="5", meta='{"a": "1"}')
    assert it.server.seen[0].json() == {"name": "Ä", "count": 5, "meta": {"a": "1"}}


async def test_older_names_never_reach_the_wire() -> None:
    async with bench(things) as it:
        await it.call("update_thing", id=1, title="A", direction="make", use_words=False)
    assert it.server.seen[0].json() == {"name": "A", "mode": "out", "words": None}


@pytest.mark.parametrize("base", ["", "/", "/base", "/base/"])
async def test_the_base_url_is_appended_to_not_replaced(base: str) -> None:
    async with bench(things, base) as it:
        await it.call("get_thing", thing_id=7)
    assert it.sent == [f"GET {base.rstrip('/')}/api/things/7"]


async def test_bad_arguments_send_nothing() -> None:
    async with bench(things) as it:
        result = await it.call("create_thing", nmae="A", count="many")
    assert result.is_error
    assert result.data is None
    assert "Did you mean name" in result.text
    assert it.sent == []


@pytest.mark.parametrize("value", ["\ud800", {"a": float("nan")}])
async def test_what_cannot_be_sent_is_an_argument_error(value: Any) -> None:
    async with bench(things) as it:
        result = await it.call("create_thing", name="A", meta={"a": value})
    assert "cannot be sent" in result.text
    assert it.sent == []


@pytest.mark.parametrize("name", ["get_thng", "create"])
async def test_an_unknown_tool_is_raised_with_the_closest_names(name: str) -> None:
    async with bench(things) as it:
        with pytest.raises(UnknownTool, match="Did you mean"):
            await it.gateway.call(name, {}, it.account)


async def test_a_tool_that_is_not_offered_is_unknown_and_says_why() -> None:
    async with bench(things, tools=[CREATE], catalogue=TOOLS) as it:
        with pytest.raises(UnknownTool, match="get_thing is not offered by this server"):
            await it.gateway.call("get_thing", {}, it.account)


@pytest.mark.parametrize("key", [None, "", "  "])
async def test_without_a_key_the_answer_says_how_to_get_one(key: str | None) -> None:
    async with bench(things, key=key, key_advice="Make one in the dashboard.") as it:
        result = await it.call("get_thing", thing_id=1)
    assert result.is_error
    assert result.text == ("There is no API key, so nothing was sent. Make one in the dashboard.")
    assert it.sent == []


@pytest.mark.parametrize("key", ["abcdef\r\nX: y", "abc def gh", "schlüssel-123"])
async def test_a_key_that_no_header_can_hold_is_refused_unshown(key: str) -> None:
    async with bench(things, key=key) as it:
        result = await it.call("get_thing", thing_id=1)
    assert "characters that no key has" in result.text
    assert key not in result.text
    assert it.sent == []


async def test_an_account_never_shows_its_key() -> None:
    assert KEY not in repr(Account(KEY))


async def test_an_error_that_echoes_the_key_is_told_without_it() -> None:
    async with bench(lambda _: reply(400, {"message": f"Bad key {KEY}"})) as it:
        result = await it.call("get_thing", thing_id=1)
    assert "Bad key [key]" in result.text


async def test_field_errors_of_the_api_speak_in_the_caller_s_names() -> None:
    errors = {"message": "Invalid", "errors": {"name": ["The name is taken."]}}
    async with bench(lambda _: reply(422, errors)) as it:
        result = await it.call("update_thing", id=1, title="A")
    assert "- title: The name is taken." in result.text


async def test_a_call_whose_connection_breaks_after_sending_is_sent_once_and_unknown() -> None:
    def script(_: Seen) -> bytes:
        raise BreakError

    async with bench(script) as it:
        result = await it.call("ring", number="+491")
    assert result.is_error
    assert "outcome of ring is unknown" in result.text
    assert "list_things" in result.text
    assert it.sent == ["POST /api/ring"]


async def test_a_fault_of_our_own_is_logged_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(build, "build", fail)
    async with bench(things) as it:
        with caplog.at_level(logging.ERROR):
            result = await it.call("create_thing", name="A")
    assert result.is_error
    assert "inner secret" not in result.text
    assert "fault of the gateway" in result.text
    assert "inner secret" in caplog.text


def test_the_path_of_a_call_loads_neither_the_http_client_nor_the_protocol() -> None:
    """DESIGN: both are at the edges; and the client is loaded by the first call, not at start."""
    names = "{'httpx', 'mcp'}"
    code = f"import sys, famulor_mcp.gateway, famulor_mcp.send; print({names} & {{*sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


# Files


async def test_an_upload_goes_out_as_a_form(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello")

    async with bench(lambda _: reply(201, {"id": 1}), files=tmp_path) as it:
        for file in (
            {"path": "a.txt"},
            {"name": "a.txt", "base64": base64.b64encode(b"hello").decode()},
        ):
            assert not (await it.call("upload", id=1, name="A", file=file)).is_error
    for seen in it.server.seen:
        assert seen.headers["content-type"].startswith("multipart/form-data")
        assert b"hello" in seen.body


async def test_without_a_file_the_same_tool_sends_json() -> None:
    async with bench(things) as it:
        await it.call("upload", id=1, name="A")
    assert it.server.seen[0].json() == {"name": "A"}


# Many at once


async def test_two_accounts_never_use_each_other_s_key() -> None:
    """Field notes B 20: 200 interleaved calls over one pool of connections."""
    async with bench(things) as it:
        accounts = [Account(f"{name}|abcdefghijklmnop") for name in ("aa", "bb")]
        await it.time.run(
            *(
                it.gateway.call(
                    "get_thing", {"thing_id": n, "color": accounts[n % 2].key}, accounts[n % 2]
                )
                for n in range(200)
            )
        )
    assert len(it.server.seen) == 200
    for seen in it.server.seen:
        assert seen.headers["authorization"][7:9] == seen.target.split("color=")[1][:2]


async def test_a_cancelled_call_is_cancelled_and_not_answered() -> None:
    arrived = asyncio.Event()

    async def never(_: Seen) -> bytes:
        arrived.set()
        return cast("bytes", await asyncio.Future())

    async with bench(never) as it:
        call = asyncio.ensure_future(it.gateway.call("get_thing", {"thing_id": 1}, it.account))
        await arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

"""Most is answered over stdio without the SDK, and nobody can tell by the answer."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import pytest
from mcp_types import version as sdk
from tests.patience import PATIENCE

from famulor_mcp import offer, plain
from famulor_mcp.protocol import Ready
from famulor_mcp.transports.pipes import Sink, open_lines
from famulor_mcp.transports.stdio import GRACE, Talk
from famulor_mcp.transports.swift import Swift
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX"),
]

Message = dict[str, Any]
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
READY = {"method": "notifications/initialized"}
READ = {"name": "get_call", "arguments": {"call_id": 7}}
WRITE = {"name": "make_call", "arguments": {}}


@dataclass(frozen=True)
class Reply:
    text: str
    data: dict[str, Any] | None = None
    is_error: bool = False


async def call(progress: Any, name: str, arguments: dict[str, Any], _asker: Any) -> Reply:
    if name == "make_call":
        await asyncio.sleep(0.05)  # as the API does
    await progress(0.5, None, "half")
    await progress(1.0, 2.0, "ü")
    if arguments.get("call_id") == "raise":
        raise RuntimeError("inside")
    return Reply(f"{name} 😀", {"given": arguments, "none": None}, arguments.get("call_id") == "no")


FRONT = offer.front(TOOLS, call, version="1.2")


def load() -> Server[Any]:
    """The SDK's server, which answers all by its own models."""

    async def nothing(*_: Any) -> Any:
        raise NotImplementedError

    shown = replace(FRONT, call=lambda ctx, *rest: call(ctx.session.report_progress, *rest))
    server = offer.server(shown, TOOLS, nothing, nothing)
    server.middleware[:] = [one for one in server.middleware if not isinstance(one, Ready)]
    return server


def never() -> Server[Any]:
    raise AssertionError("the SDK was loaded")


async def said(*messages: Message | str, loading: Any = load) -> dict[Any, list[str]]:
    """The lines of a connection that hears these messages, by the request they belong to.

    In one batch that ends with its last line, as by `printf '…' | famulor-mcp`.
    """
    hearing, speaking = os.pipe()
    texts = [m if isinstance(m, str) else json.dumps({"jsonrpc": "2.0", **m}) for m in messages]
    os.write(speaking, "\n".join(texts).encode())
    os.close(speaking)
    with TemporaryFile() as output:
        sink = Sink(output.fileno())
        async with asyncio.timeout(PATIENCE):
            await Talk(open_lines(hearing), sink, FRONT, loading, GRACE).run()
        await sink.aclose()
        output.seek(0)
        lines = output.read().decode().splitlines()
    os.close(hearing)
    found = defaultdict(list)
    for line in lines:
        message = json.loads(line)
        found[message.get("id", message.get("params", {}).get("progressToken"))].append(line)
    return found


def greet(version: Any = "2025-11-25", number: Any = 0, **changes: Any) -> Message:
    client = {"name": "test", "version": "1"}
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": client, **changes}
    return {"id": number, "method": "initialize", "params": params}


def ask(number: Any, method: str, **params: Any) -> Message:
    return {"id": number, "method": method, **({"params": params} if params else {})}


def modern(number: Any, method: str, **params: Any) -> Message:
    meta = {**ENVELOPE, **params.pop("_meta", {})}
    return ask(number, method, **params, _meta=meta)


LEGACY = [
    ask(1, "ping"),
    ask("a", "ping", _meta={}),
    ask(2, "tools/list"),
    ask(3, "tools/list", _meta={"x": 1}),
    ask(4, "tools/call", **READ),
    ask("5", "tools/call", name="get_me"),
    ask(6, "tools/call", name="get_me", arguments={}, _meta={"progressToken": "t"}),
    ask(7, "tools/call", name="get_me", _meta={"progressToken": 77}),
    ask(8, "tools/call", name="get_me", _meta={"progressToken": ""}),
    ask(9, "tools/call", name="get_call", arguments={"call_id": "no"}),
    ask(10, "tools/call", name="get_call", arguments={"call_id": "raise"}),
    ask(11, "tools/call", name="get_call", arguments={"call_id": 10**30, "x": 1.5e300}),
    ask(12, "prompts/list"),
    ask(13, "resources/list", _meta={}),
    ask(14, "resources/templates/list"),
    {"method": "notifications/cancelled", "params": {"requestId": 999}},
]
MODERN = [
    modern(0, "server/discover"),
    modern(1, "tools/list"),
    modern(2, "tools/call", **READ),
    modern(3, "tools/call", name="get_me", _meta={"progressToken": "t"}),
    modern(4, "tools/call", name="get_call", arguments={"call_id": "no"}),
    modern(5, "prompts/list"),
    modern(6, "resources/list"),
    modern(7, "resources/templates/list"),
]
CAPABILITIES: list[Any] = [
    {"roots": {"listChanged": True}, "sampling": {}, "elicitation": {"form": {"x": True}}},
    {"experimental": {"a": {"b": 1}}, "extensions": {"a/b": {}}, "another": 7},
    {"tasks": {"list": {}, "requests": {"sampling": {"createMessage": {}}}}},
]
CLIENTS: list[Any] = [
    {"name": "t", "version": "1", "title": "T", "description": "d", "websiteUrl": "https://x"},
    {"name": "t", "version": "1", "other": None},
]


@pytest.mark.parametrize("version", [*plain.HANDSHAKES, "2019-01-01", "2026-07-28"])
async def test_a_legacy_client_is_served_as_the_sdk_would_and_without_it(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [greet(version), READY, *LEGACY]
    swift = await said(*messages, loading=never)
    monkeypatch.setattr(Swift, "take", lambda *_: False)
    assert swift == await said(*messages)
    assert len(swift) == 19


@pytest.mark.parametrize("first", range(len(MODERN)))
async def test_a_modern_client_is_served_as_the_sdk_would_and_without_it(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [*MODERN[first:], *MODERN[:first]]
    swift = await said(*messages, loading=never)
    monkeypatch.setattr(Swift, "take", lambda *_: False)
    assert swift == await said(*messages)
    assert len(swift) == 9


@pytest.mark.parametrize("changes", [{"capabilities": c} for c in CAPABILITIES], ids=str)
async def test_what_a_client_says_of_itself_is_heard_without_the_sdk(changes: Any) -> None:
    for client in CLIENTS:
        assert await said(greet(clientInfo=client, **changes), loading=never)


BROKEN: list[Any] = [
    {"version": 7},
    {"capabilities": None},
    {"capabilities": {"roots": 1}},
    {"capabilities": {"roots": {"listChanged": "yes"}}},
    {"capabilities": {"sampling": {"tools": 1}}},
    {"capabilities": {"elicitation": []}},
    {"capabilities": {"experimental": {"a": 1}}},
    {"capabilities": {"tasks": {"requests": {"sampling": {"createMessage": 1}}}}},
    {"clientInfo": None},
    {"clientInfo": {"name": "t"}},
    {"clientInfo": {"name": "t", "version": 1}},
    {"clientInfo": {"name": "t", "version": "1", "title": 1}},
    {"clientInfo": {"name": "t", "version": "1", "icons": [1]}},
    {"_meta": {}},
]
DEEP: list[Any] = []
"""Deeper than the SDK reads, and not than `json` does."""
for _ in range(300):
    DEEP = [DEEP]
PROMPT = ask("p", "prompts/get", name="review_calls")
PAGE = modern("p", "resources/read", uri="famulor://tools/account")
MIXED: dict[str, list[Message | str]] = {
    "legacy, prompt": [greet(), READY, ask(1, "tools/list"), PROMPT, *LEGACY[3:7]],
    "legacy, no notification": [greet(), PROMPT, ask(2, "ping")],
    "legacy, write": [greet(), READY, ask(1, "tools/call", **WRITE), ask(2, "ping")],
    "legacy, unknown tool": [greet(), READY, ask(1, "tools/call", name="get_mee")],
    "legacy, cursor": [greet(), READY, ask(1, "tools/list", cursor="2")],
    "legacy, task": [greet(), READY, ask(1, "tools/call", name="get_me", task={})],
    "legacy, bad meta": [greet(), READY, ask(1, "tools/call", name="get_me", _meta=[])],
    "legacy, bad params": [greet(), READY, ask(1, "ping") | {"params": [1]}],
    "legacy, enveloped": [greet(), READY, modern(1, "tools/list"), modern(2, "server/discover")],
    "legacy, discover": [greet(), READY, ask(1, "server/discover")],
    "legacy, greeted twice": [
        greet(),
        READY,
        ask(1, "ping"),
        greet(number=2),
        READY,
        ask(3, "ping"),
    ],
    "legacy, unheard of": [greet(), READY, ask(1, "x/y"), {"method": "notifications/x"}],
    "legacy, surrogate": [
        greet(),
        '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"\\ud800"}}',
    ],
    "legacy, infinite": [
        greet(),
        '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"get_me","arguments":{"a":NaN}}}',
    ],
    "legacy, progress told to nobody": [
        greet(),
        ask(1, "ping", _meta={"progressToken": True}),
        ask(2, "ping", _meta={"progressToken": None}),
        ask(3, "tools/call", name="get_me", _meta={"progressToken": True}),
    ],
    "legacy, deep": [greet(), READY, ask(1, "tools/call", name="get_me", arguments={"a": DEEP})],
    "modern, progress told to nobody": [
        modern(1, "server/discover", _meta={"progressToken": [1]}),
        modern(2, "tools/list", _meta={"progressToken": 1.5}),
    ],
    "modern, deep": [modern(1, "tools/list", _meta={plain.CAPABILITIES_KEY: {"a": DEEP}}), PAGE],
    "no message at all": ["{"],
    "no request at all": [READY],
    "legacy, more": [greet(), ask(1, "ping") | {"extra": 1}, ask(2.0, "ping"), ask(None, "ping")],
    "not greeted": [ask(1, "ping"), ask(2, "tools/list"), greet(number=3), ask(4, "tools/list")],
    "notified first": [READY, greet(), ask(1, "tools/list")],
    "no JSON first": ["{", greet(), ask(1, "tools/list")],
    "modern, a page": [*MODERN, PAGE, modern(8, "tools/call", **READ)],
    "modern, a page first": [PAGE, *MODERN],
    "modern, greeted": [*MODERN, greet(number=7), modern(8, "tools/list")],
    "modern, ping": [*MODERN, modern(7, "ping")],
    "modern, no envelope": [*MODERN, ask(7, "tools/list"), ask(8, "tools/call", **READ)],
    "modern, write": [*MODERN, modern(7, "tools/call", **WRITE)],
    "modern, another version": [modern(1, "tools/list", _meta={plain.VERSION_KEY: "2027-01-01"})],
    "modern, half an envelope": [ask(1, "tools/list", _meta={plain.VERSION_KEY: plain.MODERN})],
    "modern, log level": [
        modern(1, "tools/list", _meta={"io.modelcontextprotocol/logLevel": "debug"}),
        *MODERN[1:],
    ],
    "enveloped greeting": [modern(1, "initialize", **greet()["params"]), ask(2, "tools/list")],
    **{f"greeted with {changes}": [greet(**changes), ask(1, "tools/list")] for changes in BROKEN},
}


@pytest.mark.parametrize("case", MIXED)
async def test_what_is_not_so_plain_is_answered_as_if_the_sdk_had_heard_all(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    swift = await said(*MIXED[case])
    monkeypatch.setattr(Swift, "take", lambda *_: False)
    assert swift == await said(*MIXED[case])


@pytest.mark.parametrize(
    "opening",
    [[greet(), READY], [modern(0, "tools/list")], []],
    ids=["legacy", "modern", "first"],
)
async def test_what_the_sdk_is_left_with_at_the_end_of_input_is_answered_all_the_same(
    opening: list[Message],
) -> None:
    """The input may end before the SDK is there; a write that runs then must not be cut off."""
    asking = ask if opening[1:] else modern
    found = await said(*opening, *(asking(number, "tools/call", **WRITE) for number in (1, 2)))
    assert all("result" in json.loads(found[number][0]) for number in (1, 2))


@pytest.mark.parametrize("wrong", [True, 1.0, None, [1]], ids=str)
async def test_what_names_no_request_cancels_none(wrong: Any) -> None:
    cancelled = {"method": "notifications/cancelled", "params": {"requestId": wrong}}
    found = await said(greet(), READY, ask(1, "tools/call", **READ), cancelled, "", loading=never)
    assert "result" in json.loads(found[1][0])


def test_versions_and_names_are_those_of_the_sdk() -> None:
    import mcp_types as types

    assert plain.HANDSHAKES == sdk.HANDSHAKE_PROTOCOL_VERSIONS
    assert (plain.MODERN,) == sdk.MODERN_PROTOCOL_VERSIONS
    assert plain.VERSION_KEY == types.PROTOCOL_VERSION_META_KEY
    assert plain.CAPABILITIES_KEY == types.CLIENT_CAPABILITIES_META_KEY
    assert plain.CLIENT_KEY == types.CLIENT_INFO_META_KEY
    assert plain.SERVER_KEY == types.SERVER_INFO_META_KEY


def test_a_client_that_reads_calls_alone_never_waits_for_the_sdk() -> None:
    """It takes half a second to load, and as much memory as all else."""
    lines = [greet(), READY, ask(1, "tools/list"), ask(2, "tools/call", name="get_me")]
    script = (
        "import sys, atexit; from famulor_mcp.cli import main; "
        "atexit.register(lambda: sys.stderr.write(str(sorted(sys.modules)))); sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input="\n".join(json.dumps({"jsonrpc": "2.0", **line}) for line in lines).encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
        env={
            **os.environ,
            "FAMULOR_API_KEY": "12|abcdefghijklmnop",
            "FAMULOR_BASE_URL": "http://127.0.0.1:9",
        },
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [0, 1, 2]
    assert not {"'mcp'", "'mcp_types'", "'pydantic'", "'anyio'"} & set(
        done.stderr.decode().strip("[]").split(", ")
    )

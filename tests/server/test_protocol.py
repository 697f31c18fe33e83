"""What an MCP client gets from the server, in every protocol version that the SDK speaks."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
import pytest
from mcp.shared.message import SessionMessage
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS
from tests.patience import PATIENCE

from famulor_mcp.plain import NAME, UNKNOWN_OUTCOME, Front, wire_tool
from famulor_mcp.protocol import make_server

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

_spec = importlib.util.spec_from_file_location("served", Path(__file__).with_name("served.py"))
assert _spec is not None
assert _spec.loader is not None
served: Any = importlib.util.module_from_spec(_spec)
sys.modules["served"] = served
_spec.loader.exec_module(served)

VERSIONS = [*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS]
SECRET = "sk-do-not-show"

pytestmark = pytest.mark.anyio


class Conversation:
    """A client that speaks raw JSON-RPC with a server in this process."""

    def __init__(self, version: str, sending: Any, receiving: Any) -> None:
        self._version = version
        self._modern = version in MODERN_PROTOCOL_VERSIONS
        self._sending = sending
        self._receiving = receiving
        self._last = 0

    async def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer as it would stand on the wire: its `result` or its `error`."""
        self._last += 1
        if self._modern:
            meta = {
                "io.modelcontextprotocol/protocolVersion": self._version,
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            params = {**(params or {}), "_meta": meta}
        request = {"jsonrpc": "2.0", "id": self._last, "method": method}
        await self._send(request | ({} if params is None else {"params": params}))
        answer = await self._receiving.receive()
        parts: dict[str, Any] = json.loads(
            answer.message.model_dump_json(by_alias=True, exclude_unset=True)
        )
        assert parts.pop("id") == self._last
        return parts

    async def greet(self) -> dict[str, Any]:
        """Open the conversation as its era does."""
        if self._modern:
            return await self.ask("server/discover")
        hello = {
            "protocolVersion": self._version,
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        }
        answer = await self.ask("initialize", hello)
        await self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer

    async def _send(self, message: dict[str, Any]) -> None:
        await self._sending.send(
            SessionMessage(types.jsonrpc_message_adapter.validate_python(message, by_name=False))
        )


async def ask(
    version: str, method: str, params: dict[str, Any] | None = None, *, ready: bool = True
) -> dict[str, Any]:
    """One question to a fresh server; without `ready` it goes the SDK's ordinary path."""
    server = new_server()
    if not ready:
        server.middleware.pop(0)
    return (await talk(server, version, (method, params)))[1]


def new_server() -> Server[Any]:
    front = Front(served.TOOLS, served.Trial().call, "Read me: ä.", "9.9")
    server: Server[Any] = make_server(front)
    return server


async def talk(
    server: Server[Any], version: str, *questions: tuple[str, dict[str, Any] | None]
) -> list[dict[str, Any]]:
    """The greeting, then the answer to each question."""
    to_server, server_reads = anyio.create_memory_object_stream[Any](8)
    server_writes, from_server = anyio.create_memory_object_stream[Any](8)
    client = Conversation(version, to_server, from_server)
    async with anyio.create_task_group() as group:
        group.start_soon(
            server.run, server_reads, server_writes, server.create_initialization_options()
        )
        with anyio.fail_after(PATIENCE):
            answers = [await client.greet()]
            answers += [await client.ask(method, params) for method, params in questions]
        to_server.close()
    from_server.close()
    return answers


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_ready_list_is_the_list_that_the_sdk_would_send(version: str) -> None:
    ready = await ask(version, "tools/list")
    ordinary = await ask(version, "tools/list", ready=False)
    assert json.dumps(ready) == json.dumps(ordinary)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["echo", "fail"])
async def test_a_ready_answer_is_the_answer_that_the_sdk_would_send(
    version: str, name: str
) -> None:
    call = {"name": name, "arguments": {"value": {"deep": [None, 1.5, "ü"]}}}
    ready = await ask(version, "tools/call", call)
    ordinary = await ask(version, "tools/call", call, ready=False)
    assert json.dumps(ready) == json.dumps(ordinary)
    assert ready["result"]["isError"] is (name == "fail")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "params",
    [
        None,
        {},
        {"name": 7},
        {"name": "echo", "arguments": [1]},
        {"name": "echo", "arguments": "{}"},
        {"name": "echo", "arguments": None},
        {"name": "unheard_of"},
    ],
)
async def test_a_malformed_call_is_judged_as_the_sdk_judges_it(
    version: str, params: dict[str, Any] | None
) -> None:
    ready = await ask(version, "tools/call", params)
    assert ready == await ask(version, "tools/call", params, ready=False)


async def test_a_legacy_client_must_shake_hands_before_it_calls() -> None:
    server = new_server()
    to_server, server_reads = anyio.create_memory_object_stream[Any](8)
    server_writes, from_server = anyio.create_memory_object_stream[Any](8)
    client = Conversation("2025-11-25", to_server, from_server)
    async with anyio.create_task_group() as group:
        group.start_soon(
            server.run, server_reads, server_writes, server.create_initialization_options()
        )
        with anyio.fail_after(PATIENCE):
            answer = await client.ask("tools/call", {"name": "echo"})
        to_server.close()
    from_server.close()
    assert answer["error"]["code"] == types.INVALID_PARAMS


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_unknown_tool_is_a_protocol_error_that_names_the_nearest(version: str) -> None:
    answer = await ask(version, "tools/call", {"name": "ecco"})
    assert answer["error"]["code"] == types.INVALID_PARAMS == -32602
    assert answer["error"]["message"] == "Unknown tool: ecco. Did you mean: echo?"


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_text_of_an_exception_reaches_a_client(
    version: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await ask(version, "tools/call", {"name": "fail"})
    assert SECRET not in json.dumps(answer)
    assert answer["result"]["content"] == [{"text": UNKNOWN_OUTCOME, "type": "text"}]
    assert SECRET in caplog.text, "the operator finds the reason in the log"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("reply", "structured"),
    [
        (served.Reply("Deleted.", None), {"result": "Deleted."}),
        (served.Reply("{}", {}), {}),
        (served.Reply("No.", {"secret": 1}, is_error=True), None),
    ],
)
async def test_a_success_has_structured_content_and_an_error_has_none(
    version: str, reply: Any, structured: dict[str, Any] | None
) -> None:
    """Clients refuse a success without it where the tool has an output schema."""

    async def call(*_: Any) -> Any:
        return reply

    server = make_server(Front(served.TOOLS, call, "", "1"))
    _, answer = await talk(server, version, ("tools/call", {"name": "echo"}))
    assert answer["result"].get("structuredContent") == structured
    assert answer["result"]["isError"] is reply.is_error


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_greeting_says_who_this_is_and_how_to_use_it(version: str) -> None:
    (greeting,) = await talk(new_server(), version)
    result = greeting["result"]
    assert result["instructions"] == "Read me: ä."
    assert "tools" in result["capabilities"]
    info = result.get("serverInfo") or result["_meta"]["io.modelcontextprotocol/serverInfo"]
    assert info == {"name": NAME, "title": "Famulor", "version": "9.9"}


async def test_a_modern_client_may_keep_the_list_and_the_greeting() -> None:
    greeting, listing = await talk(new_server(), "2026-07-28", ("tools/list", None))
    for answer in (greeting, listing):
        assert answer["result"]["ttlMs"] > 0
        assert answer["result"]["cacheScope"] == "public"


@pytest.mark.parametrize("version", VERSIONS)
async def test_tools_are_listed_in_the_order_of_the_table_on_one_page(version: str) -> None:
    result = (await ask(version, "tools/list"))["result"]
    assert [tool["name"] for tool in result["tools"]] == [tool.name for tool in served.TOOLS]
    assert "nextCursor" not in result
    for listed, tool in zip(result["tools"], served.TOOLS, strict=True):
        assert listed["title"] == tool.title
        assert listed["annotations"] == tool.annotations
        assert listed["inputSchema"] == tool.input_schema
        assert listed["outputSchema"] == {"type": "object"}


@pytest.mark.parametrize("outputs", ["off", "short", "full"])
def test_the_operator_chooses_how_much_is_listed_of_the_answers(outputs: str) -> None:
    expected = {"off": None, "short": {"type": "object"}}
    for tool in served.TOOLS:
        schema = expected.get(outputs, tool.output_schema)
        assert wire_tool(tool, outputs).get("outputSchema") == schema


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_cursor_is_refused_since_there_is_no_second_page(version: str) -> None:
    answer = await ask(version, "tools/list", {"cursor": "2"})
    assert answer["error"]["code"] == types.INVALID_PARAMS


async def test_a_call_over_http_does_not_list_the_tools_first() -> None:
    """Without this the SDK runs `tools/list` before each modern call."""
    lookup = new_server().get_tool_input_schema
    assert lookup is not None
    assert lookup("echo") is None

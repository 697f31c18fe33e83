"""Prism, a mock of the document that is not ours, judges every request that the gateway builds.

It knows the document alone: neither the tool table nor the sandbox. It looks neither at unknown
query parameters nor at array styles. What it refuses it names in the header `sl-violations`, or
in a body of its own where the document has no answer 422.
"""

import base64
import dataclasses
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.patience import PATIENCE
from tests.ports import free_port

from famulor_mcp.account import Account
from famulor_mcp.build import Request, build
from famulor_mcp.files import load
from famulor_mcp.send import Answer, Upstream
from famulor_tools import TOOLS
from famulor_tools.table import Tool

pytestmark = [pytest.mark.interop, pytest.mark.anyio]

BY_NAME = {tool.name: tool for tool in TOOLS}

Play = Callable[[str, str, dict[str, Any]], list[dict[str, Any]]]
Send = Callable[[Tool, Request], Awaitable[Answer]]


@pytest.fixture(scope="module")
def prism(
    programs: Path,
    environment: dict[str, str],
    spec: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of a Prism that mocks the document and refuses what the document forbids."""
    port = free_port()
    log = tmp_path_factory.mktemp("prism") / "log"
    place = ("-h", "127.0.0.1", "-p", str(port))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [programs / "prism", "mock", "--errors", *place, spec],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once somebody listens on `port`; fail with the log if that takes too long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("Prism does not listen:\n" + log.read_text(encoding="utf-8"))


@pytest.fixture
def send(prism: str) -> Send:
    """Send a request as the gateway does, to Prism."""

    async def send(tool: Tool, request: Request) -> Answer:
        upstream = Upstream(prism, timeout=PATIENCE)
        deadline = upstream.clock.now() + PATIENCE
        try:
            return await upstream.send(request, tool, Account(), "Bearer interop", deadline)
        finally:
            await upstream.aclose()

    return send


async def request_of(tool: Tool, arguments: dict[str, Any]) -> Request:
    """The request of a call whose arguments the tool's own validator takes."""
    assert tool.check(arguments) == []
    return build(tool, arguments, await load(tool, arguments, None))


def assert_taken(answer: Answer) -> None:
    """Prism found nothing wrong with the request, nor with its own answer to it."""
    assert "sl-violations" not in answer.headers, answer.headers["sl-violations"]
    assert 200 <= answer.status < 300, answer.body.decode()


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_every_tools_example_becomes_a_request_that_the_document_allows(
    send: Send, tool: Tool
) -> None:
    assert_taken(await send(tool, await request_of(tool, dict(tool.example))))


def test_every_documented_answer_reaches_a_client_as_structured_content(
    play: Play, prism: str
) -> None:
    """The whole way: a TypeScript client, the gateway, Prism with the document's own examples.

    The clients share the tools, because the gateway paces each account: 20 requests in 10 s. What
    is sent later are reads, which are repeated where Prism has just closed an idle connection.
    """
    clients = ("v1", "v2-legacy", "v2-modern")
    address = {"FAMULOR_BASE_URL": prism, "FAMULOR_API_KEY": "interop", "FAMULOR_TIMEOUT": "45"}
    tools = sorted(TOOLS, key=lambda tool: tool.effect == "read")

    def answers(share: int) -> list[dict[str, Any]]:
        calls = {tool.name: dict(tool.example) for tool in tools[share :: len(clients)]}
        return play("answers.mjs", clients[share], {"env": address, "calls": calls})

    with ThreadPoolExecutor(len(clients)) as pool:
        reports = [report for share in pool.map(answers, range(len(clients))) for report in share]
    seen = {report["name"]: report for report in reports if report["event"] == "answer"}
    assert set(seen) == set(BY_NAME)
    failed = {name: r for name, r in seen.items() if "error" in r or r["result"].get("isError")}
    assert failed == {}
    assert all(r["result"]["structuredContent"] for r in seen.values())


async def test_an_uploaded_file_is_a_part_that_another_parser_reads(send: Send) -> None:
    tool = BY_NAME["create_document"]
    file = {"name": "Grüße.txt", "base64": base64.b64encode("Öffnungszeiten".encode()).decode()}
    text = {"knowledgebase_id": 1, "name": "Öffnungszeiten", "type": "txt"}
    request = await request_of(tool, text | {"file": file})
    assert [name for name, _ in request.files] == ["file"]
    assert_taken(await send(tool, request))


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("make_call", {"content": b'{"phone_number":"+4915112345678"}'}),
        ("make_call", {"content": b'{"phone_number":"0151 2345678","assistant_id":1}'}),
        ("make_call", {"content": b'{"phone_number":"+4915112345678","assistant_id":"one"}'}),
        ("make_call", {"content": None}),
        ("update_campaign_status", {"content": b'{"campaign_id":1,"action":"pause"}'}),
        ("list_calls", {"query": (("per_page", "101"),)}),
        ("get_call", {"path": "/api/user/calls/latest"}),
        ("get_call", {"path": "/api/user/phone-calls/1"}),
        ("get_call", {"method": "PATCH"}),
    ],
)
async def test_a_request_with_a_defect_is_refused(
    send: Send, name: str, defect: dict[str, Any]
) -> None:
    tool = BY_NAME[name]
    request = await request_of(tool, dict(tool.example))
    refused = await send(tool, dataclasses.replace(request, **defect))
    assert 400 <= refused.status < 500


async def test_an_upload_without_its_other_parts_is_refused(send: Send) -> None:
    tool = BY_NAME["create_document"]
    file = {"name": "a.txt", "base64": "YQ=="}
    arguments = {"knowledgebase_id": 1, "name": "Hours", "type": "txt", "file": file}
    request = await request_of(tool, arguments)
    refused = await send(tool, dataclasses.replace(request, fields=()))
    assert refused.status == 422

"""The process: how it starts, refuses to, and comes to its end."""

from __future__ import annotations

import asyncio
import json
import select
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from tests.hosted.api import ALICE, silent
from tests.hosted.processes import running
from tests.hosted.site import call, connected, modern, post
from tests.patience import PATIENCE, web

from famulor_mcp.hosted.logs import LINES
from famulor_mcp.hosted.serve import MOST_FILES, Server, endings, listening, widen

if TYPE_CHECKING:
    from pathlib import Path

    from famulor_mcp.hosted.app import App

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
async def test_a_signal_lets_a_call_in_flight_end_and_takes_nothing_new(
    name: str, status: int
) -> None:
    async with silent() as api, running("--auth", "key", "--base-url", api.url) as server:
        flying = asyncio.create_task(post(server.url, call(), key=ALICE))
        await asyncio.wait_for(api.asked.wait(), PATIENCE)
        server.process.send_signal(signal.Signals[name])
        await closed(server.url)
        api.go.set()
        answer = await flying
        assert await server.ended() == status

    assert "a@example.org" in answer.text


async def closed(url: str) -> None:
    """Return once nobody listens there any more."""
    async with asyncio.timeout(PATIENCE):
        while not await refused(url):
            pass


async def refused(url: str) -> bool:
    """Whether nobody listens there any more."""
    async with web() as client:
        try:
            await client.get(f"{url}/health")
        except httpx.ConnectError:
            return True
        except httpx.TransportError:  # let in at the last moment, and out again
            return False
    return False


@pytest.mark.anyio
async def test_a_stream_ends_after_the_answer_to_its_last_call() -> None:
    async with silent() as api, running("--auth", "key", "--base-url", api.url) as server:
        async with connected(server.url, ALICE, "legacy", "/sse") as client:
            await client.list_tools()  # or the client asks for it once it has the answer
            flying = asyncio.create_task(client.call_tool("get_me", {}))
            await asyncio.wait_for(api.asked.wait(), PATIENCE)
            server.process.send_signal(signal.SIGTERM)
            await closed(server.url)
            api.go.set()
            result = await flying
        assert await server.ended() == 143

    assert (result.structured_content or {})["email"] == "a@example.org"


@pytest.mark.anyio
async def test_a_call_that_does_not_end_is_waited_for_no_longer_than_allowed() -> None:
    options = ("--auth", "key", "--grace", "0.2")
    async with silent() as api, running(*options, "--base-url", api.url) as server:
        flying = asyncio.create_task(post(server.url, call(), key=ALICE))
        await asyncio.wait_for(api.asked.wait(), PATIENCE)
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 143
        await asyncio.wait_for(api.left.wait(), PATIENCE)
        answer = await flying

    assert answer.status_code == 503
    assert answer.json()["id"] == 1
    assert "may have been done" in answer.json()["error"]["message"]


@pytest.mark.anyio
async def test_a_port_that_is_taken_is_refused_in_words() -> None:
    async with running("--sandbox", "--auth", "key") as server:
        port = server.url.rpartition(":")[2]
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "famulor_mcp", "http", "--sandbox", "--port", port),
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await asyncio.wait_for(second.communicate(), PATIENCE)

    assert second.returncode == 2
    assert f"cannot listen on 127.0.0.1, port {port}" in said.decode()
    assert "Traceback" not in said.decode()


@pytest.mark.anyio
async def test_lines_are_json_with_the_clients_request_id_and_no_secret() -> None:
    """Everything that a request can hold is in the request: nothing of it but its name is told."""
    marks = {"query": "q-u-e-r-y", "path": "p-a-t-h", "tool": "t-o-o-l", "argument": "a-r-g"}
    marks["method"] = "V-E-R-B"
    options = ("--sandbox", "--auth", "key", "--log-format", "json", "--log-level", "debug")
    async with running(*options) as server:
        named = {"key": ALICE, "X_Request_Id": "from-a-proxy.1"}
        first = await post(server.url, call("get_call", id=marks["argument"]), **named)
        named["X_Request_Id"] = "not; sane"
        second = await post(server.url, call(marks["tool"]), **named)
        await post(server.url, call(), f"/mcp?x={marks['query']}", key=ALICE)
        await post(server.url, call(), f"/{marks['path']}", key=ALICE)
        await post(server.url, call(), f"/.well-known/{marks['path']}", key=ALICE)
        async with web() as client:
            await client.request(marks["method"], f"{server.url}/health")
            await client.get(f"{server.url}/.well-known/oauth-protected-resource/mcp")
        message, headers = modern("tools/call", name="create_assistant", arguments=marks)
        sent = {name.replace("-", "_"): value for name, value in headers.items()}
        await post(server.url, message, key=ALICE, **sent)
        server.process.send_signal(signal.SIGTERM)
        await server.ended()

    said = "".join(server.lines)
    lines: list[dict[str, Any]] = [json.loads(line) for line in said.splitlines()]
    told = {line["request"]: line for line in lines if line["logger"] == "famulor_mcp.access"}
    assert first.headers["x-request-id"] == "from-a-proxy.1"
    assert (
        told["from-a-proxy.1"].items()
        >= {
            "method": "POST",
            "path": "/mcp",
            "status": 200,
            "rpc": "tools/call",
            "tool": "get_call",
        }.items()
    )
    assert told[second.headers["x-request-id"]]["tool"] == "(unknown)"
    assert [line["path"] for line in told.values()].count("(unknown)") == 2
    assert "/.well-known/oauth-protected-resource/mcp" in {line["path"] for line in told.values()}
    assert [mark for mark in (ALICE, *marks.values()) if mark in said] == []


@pytest.mark.anyio
async def test_the_log_calls_an_account_as_the_audit_does(tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    options = ("--sandbox", "--auth", "key", "--log-format", "json", "--audit", str(audit))
    async with running(*options) as server:
        write = call("disable_assistant_inbound_webhook", assistant_id=7)
        await post(server.url, write)
        server.process.send_signal(signal.SIGTERM)
        await server.ended()
    lines = [json.loads(line) for line in "".join(server.lines).splitlines()]
    (told,) = (line["account"] for line in lines if line["logger"] == "famulor_mcp.access")
    recorded = json.loads(audit.read_text(encoding="utf-8").splitlines()[0])
    assert told == recorded["account"] != ""


@pytest.mark.anyio
async def test_a_server_whose_log_nobody_takes_any_more_serves_on() -> None:
    """Its collector may end, or the disk fill up; what it cannot tell, it cannot tell."""
    async with running("--sandbox", "--auth", "key") as server:
        server.process._transport.get_pipe_transport(2).close()  # type: ignore[attr-defined]
        async with web() as client:
            answers = [await client.get(f"{server.url}/health") for _ in range(LINES + 1)]
        answer = await post(server.url, call())
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 143

    assert {one.status_code for one in answers} == {200}
    assert "email" in answer.text


def test_a_hangup_that_nohup_keeps_away_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_DFL)
    assert signal.SIGHUP in endings()
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    assert signal.SIGHUP not in endings()


def test_a_lone_answer_waits_for_no_acknowledgement() -> None:
    """With Nagle's algorithm a small call takes 48 ms instead of 2.5 ms."""
    sockets = listening("127.0.0.1", 0, 2)
    ports = {one.getsockname()[1] for one in sockets}
    client = socket.create_connection(("127.0.0.1", ports.pop()))
    try:
        accepted = [one.accept()[0] for one in select.select(sockets, [], [], PATIENCE)[0]]
        options = [
            one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in (*sockets, *accepted)
        ]
    finally:
        for one in (*sockets, *accepted, client):
            one.close()

    assert ports == set()
    assert len(options) == 3
    assert all(options)


def test_the_server_is_not_loaded_by_stdio() -> None:
    """Start-up of stdio pays for nothing of the hosted server."""
    program = "import sys, famulor_mcp.commands.stdio as _; print([*sys.modules])"
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"famulor_mcp.commands.stdio" in seen.stdout
    assert b"hosted" not in seen.stdout


def test_it_takes_as_many_open_files_as_it_may_have() -> None:
    import resource

    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        widen()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (wanted, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("proxy", "peer", "believed"),
    [
        ("127.0.0.1/32", "127.0.0.1", True),
        ("127.0.0.1/32", "::ffff:127.0.0.1", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "::ffff:11.1.2.3", False),
        ("fd00::/8", "fd00::7", True),
    ],
)
async def test_a_proxy_is_believed_also_where_ipv4_comes_through_a_socket_of_ipv6(
    proxy: str, peer: str, believed: bool
) -> None:
    """Who listens on `::` sees IPv4 so, and all people would share the tries of the proxy."""
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    server = Server(cast("App", app), 1.0, [proxy])
    server.config.load()
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    scope: Any = {"type": "http", "client": (peer, 4711), "headers": headers}
    await cast("Any", server.config.loaded_app)(scope, None, None)

    assert seen == ["203.0.113.9" if believed else peer]

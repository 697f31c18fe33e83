"""What is open when the server stops: each thing is ended, in order, before what it works with."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from tests.hosted.api import ALICE, silent
from tests.hosted.processes import running
from tests.hosted.site import BOTH, call, post
from tests.patience import PATIENCE, web

from famulor_mcp import hosting, offered, settings
from famulor_mcp.hosted.serve import Server, address, listening
from famulor_mcp.hosted.start import opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

HEADERS = {**BOTH, "X-Famulor-Api-Key": ALICE}
GREETING = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
GREETED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


async def place(lines: AsyncIterator[str]) -> str:
    """Where the messages of a stream go, by its first event."""
    async for line in lines:
        if line.startswith("data: "):
            return line.removeprefix("data: ")
    raise AssertionError("the stream has no event")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
async def test_streams_that_are_waited_for_no_longer_close_what_they_have_and_are_no_fault() -> (
    None
):
    options = ("--auth", "key", "--grace", "0.2")
    async with (
        silent() as api,
        running(*options, "--base-url", api.url, PYTHONDEVMODE="1") as server,
        web() as client,
        client.stream("GET", server.url + "/sse", headers=HEADERS) as idle,
        client.stream("GET", server.url + "/sse", headers=HEADERS) as busy,
    ):
        lines = [idle.aiter_lines(), busy.aiter_lines()]  # held: let go, a stream is closed
        await place(lines[0])
        path = await place(lines[1])
        for message in (GREETING, GREETED, call()):
            await client.post(server.url + path, json=message, headers=HEADERS)
        await asyncio.wait_for(api.asked.wait(), PATIENCE)
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 143

    said = "".join(server.lines)
    for fault in ("Traceback", "Warning"):
        assert fault not in said


async def test_a_server_that_waits_for_nothing_leaves_nothing_under_way() -> None:
    async with silent() as api:
        own = hosting.load({"port": "0", "auth": "key"}, {})
        common = settings.load({"base_url": api.url}, {})
        [socket] = listening(own.host, own.port)
        where = address(socket)
        async with opened(common, own, offered.tools(common, None), None, where) as app:
            server = Server(app, own.grace)
            serving = asyncio.create_task(server._serve([socket]))
            asking = asyncio.create_task(post(where, call(), key=ALICE))
            await asyncio.wait_for(api.asked.wait(), PATIENCE)
            server.should_exit = server.force_exit = True
            await serving
            assert not server.server_state.tasks
        answer = await asking
        await asyncio.wait_for(api.left.wait(), PATIENCE)

    assert (answer.status_code, api.requests) == (503, 1)


SLOW = """
import socket, sys, threading

def slow(host, *rest, **options):
    if host == "slow.example":
        print("looked up", file=sys.stderr, flush=True)
        threading.Event().wait()
    return at_once(host, *rest, **options)

at_once, socket.getaddrinfo = socket.getaddrinfo, slow
"""
ASKED = {
    "response_type": "code",
    "client_id": "https://slow.example/client.json",
    "redirect_uri": "https://slow.example/callback",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
async def test_a_name_server_of_a_stranger_keeps_no_server_alive(tmp_path: Path) -> None:
    """Anybody may name a client, and so a host that is looked up."""
    (tmp_path / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    options = ("--sandbox", "--grace", "0.2")
    async with running(*options, PYTHONPATH=str(tmp_path)) as server, web() as client:
        asking = asyncio.create_task(client.get(f"{server.url}/authorize", params=ASKED))
        await server.heard("looked up")
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 143
        await asyncio.gather(asking, return_exceptions=True)

"""A gateway that is closed has closed its connections, also where it is told twice to end."""

import asyncio
import os
import signal
import sys
from typing import Any

import pytest
from tests.hosted.processes import BEFORE
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


SLOW = """
import socket, sys, threading
at_once = socket.getaddrinfo

def slow(host, *rest, **options):
    if host == "slow.invalid":
        print("looked up", file=sys.stderr, flush=True)
        threading.Event().wait()
    return at_once(host, *rest, **options)

socket.getaddrinfo = slow
from famulor_mcp.cli import main
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
async def test_a_name_server_that_never_answers_keeps_no_process_alive() -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SLOW, "call", "get_me", "--base-url", "https://slow.invalid"),
        env={**os.environ, "FAMULOR_API_KEY": "12|abcdefghijklmnop"},
        stderr=pipe,
        preexec_fn=BEFORE,
    )
    assert process.stderr
    try:
        async with asyncio.timeout(PATIENCE):
            assert await process.stderr.readline() == b"looked up\n"
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 130
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

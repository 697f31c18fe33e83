"""Several processes on one address: one that dies is replaced, and all end together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.hosted.processes import BEFORE, Running
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CREWED = Path(__file__).with_name("crewed.py")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no forks there"),
]


@asynccontextmanager
async def crew(*words: str) -> AsyncIterator[tuple[Running, int]]:
    """Two workers as a process, and their port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CREWED), *words), stderr=asyncio.subprocess.PIPE, preexec_fn=BEFORE
    )
    running = Running(process)
    try:
        yield running, int((await running.heard(r"PORT (\d+)"))[1])
    finally:
        if process.returncode is None:
            process.kill()
        await running.ended()


async def worker(port: int) -> int:
    """The process that answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    await writer.wait_closed()
    return int(answer)


async def workers(port: int) -> set[int]:
    """Both processes that answer."""
    found: set[int] = set()
    async with asyncio.timeout(PATIENCE):
        while len(found) < 2:
            found.add(await worker(port))
    return found


async def test_both_serve_at_one_address_and_a_dead_one_is_replaced() -> None:
    async with crew() as (_, port):
        before = await workers(port)
        os.kill(min(before), signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while min(before) in (after := await workers(port)):
                pass

    assert max(before) in after
    assert len(after) == 2


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
async def test_a_signal_ends_them_all(name: str, status: int) -> None:
    async with crew() as (running, port):
        members = await workers(port)
        running.process.send_signal(signal.Signals[name])
        assert await running.ended() == status

    assert not any(alive(pid) for pid in members)


async def test_a_second_interrupt_reaches_those_that_would_be_waited_for() -> None:
    async with crew("hold") as (running, port):
        await workers(port)
        running.process.send_signal(signal.SIGTERM)
        await running.heard("ASKED")
        await running.heard("ASKED")
        running.process.send_signal(signal.SIGINT)
        assert await running.ended() == 143

    assert "".join(running.lines).count("ENDED") == 2


async def test_workers_do_not_outlive_the_one_who_looks_after_them() -> None:
    async with crew() as (running, port):
        members = await workers(port)
        running.process.kill()
        await running.ended()
        async with asyncio.timeout(PATIENCE):
            while any(alive(pid) for pid in members):
                await asyncio.to_thread(os.sched_yield)


@pytest.mark.parametrize(("status", "starts"), [("3", 5), ("2", 1)], ids=["fault", "setting"])
async def test_workers_that_cannot_start_are_not_started_for_ever(status: str, starts: int) -> None:
    async with crew(status) as (running, _):
        assert await running.ended() == 1

    said = "".join(running.lines)
    assert "The workers end as soon as they start" in said
    assert said.count("is replaced") == starts - 1


def alive(pid: int) -> bool:
    """Whether a process is there and not just waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"

"""How fast and how large each peer is, in turn, so that a slow minute hits all of them."""

from __future__ import annotations

import asyncio
import json
import math
import statistics
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from bench.client import Server, started
from bench.peers.peer import Ask
from bench.peers.recorder import Answer
from bench.peers.room import TIMED_OUT, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.peers.peer import Peer

STARTS = 9
ROUNDS = 7
LIMIT = 60.0
"""Seconds after which the TypeScript SDK's client gives up a request."""
CALLS = {1: 150, 16: 400}
ONE = Ask("get_call", path={"id": 4711})
LIST = Ask("list_calls")


class Start(NamedTuple):
    """Seconds from starting the process to holding the tool list, and those the processor worked.

    The latter hardly depends on what else the machine does.
    """

    took: float
    worked: float


class Timing(NamedTuple):
    """Calls a second; in ms, the time that 95 % of them did not exceed, and the work of one."""

    rate: float
    slow: float
    worked: float


class Figures(NamedTuple):
    """Of one peer. Tokens are characters by four, megabytes the most that it ever held."""

    tools: int
    sent: int
    """Bytes of the tool list as it came."""
    tokens: int
    """Of the whole list."""
    read: int
    """Tokens of what a model reads of it: names, descriptions, input schemas."""
    start: Start
    alone: Timing
    many: Timing
    megabytes: float
    one: int
    """Tokens of the text of one call."""
    listed: int
    """Tokens of the text of a list of 19 calls."""
    patience: float
    """Seconds until an API that never answers is given up; infinite if that takes over `LIMIT`."""


async def figures(peers: list[Peer], url: str) -> dict[str, Figures]:
    """All figures of each peer."""
    starts = await cold_starts(peers, url)
    waits = await asyncio.gather(*(patience(peer) for peer in peers))
    async with AsyncExitStack() as stack:
        servers = {}
        for peer in peers:
            command = peer.argv(url, paced=False)
            process = started(command, peer.environ(url), asyncio.subprocess.DEVNULL)
            servers[peer.name] = await stack.enter_async_context(process)
        lists = {peer.name: await listing(servers[peer.name]) for peer in peers}
        timings = await rates(peers, servers)
        found = {}
        for peer, wait in zip(peers, waits, strict=True):
            server = servers[peer.name]
            found[peer.name] = Figures(
                *sizes(lists[peer.name]),
                starts[peer.name],
                *timings[peer.name],
                server.peak(),
                one=len(await text(server, peer, ONE)) // 4,
                listed=len(await text(server, peer, LIST)) // 4,
                patience=wait,
            )
    return found


async def cold_starts(peers: list[Peer], url: str) -> dict[str, Start]:
    """Medians; the first start of each writes caches and does not count."""
    starts: dict[str, list[Start]] = {peer.name: [] for peer in peers}
    for _ in range(1 + STARTS):
        for peer in peers:
            begin = time.perf_counter()
            command, environment = peer.argv(url), peer.environ(url)
            async with started(command, environment, asyncio.subprocess.DEVNULL) as server:
                await server.list_tools()
                starts[peer.name].append(Start(time.perf_counter() - begin, server.worked()))
    return {name: Start(*medians(taken[1:])) for name, taken in starts.items()}


def medians(rows: Sequence[tuple[float, ...]]) -> Iterator[float]:
    """Of each column."""
    return (statistics.median(column) for column in zip(*rows, strict=True))


async def patience(peer: Peer) -> float:
    """Seconds that a client waits for a read of an API that takes the request and is silent."""
    async with opened(peer) as room:
        begin = time.perf_counter()
        outcome = await room.call(ONE, *[Answer(-1)] * 9, seconds=LIMIT)
        took = time.perf_counter() - begin
    return math.inf if outcome.text == TIMED_OUT else took


async def listing(server: Server) -> bytes:
    """The answer to `tools/list`, as it came."""
    await server.list_tools()
    server.say("tools/list", None, 3)
    return await server.hear()


def sizes(line: bytes) -> tuple[int, int, int, int]:
    """How many tools, the bytes of the answer, the tokens of the list, and those that are read."""
    tools: list[dict[str, Any]] = json.loads(line)["result"]["tools"]
    whole = characters({"tools": tools})
    schemas = sum(characters(tool["inputSchema"]) for tool in tools)
    texts = sum(len(tool["name"]) + len(tool.get("description", "")) for tool in tools)
    return len(tools), len(line), whole // 4, (schemas + texts) // 4


def characters(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


async def rates(peers: list[Peer], servers: dict[str, Server]) -> dict[str, tuple[Timing, Timing]]:
    """One at a time, and many at a time: medians of rounds in turn."""
    taken: dict[tuple[str, int], list[Timing]] = {}
    for number in range(1 + ROUNDS):
        for width, count in CALLS.items():
            for peer in peers:
                timing = await timed(servers[peer.name], peer, count, width)
                if number:
                    taken.setdefault((peer.name, width), []).append(timing)
    found = {key: Timing(*medians(rows)) for key, rows in taken.items()}
    return {peer.name: (found[peer.name, 1], found[peer.name, 16]) for peer in peers}


async def timed(server: Server, peer: Peer, count: int, width: int) -> Timing:
    """So many calls of one read, `width` of them in flight."""
    params = {"name": ONE.tool, "arguments": peer.arguments(ONE)}
    began: dict[int, float] = {}
    took = []
    worked, start = server.worked(), time.perf_counter()
    for number in range(1, count + width + 1):
        if number > width:
            answer = orjson.loads(await server.hear())
            took.append(time.perf_counter() - began[answer["id"]])
            succeeded(answer)
        if number <= count:
            began[number] = time.perf_counter()
            server.say("tools/call", params, number)
    seconds, worked = time.perf_counter() - start, server.worked() - worked
    took.sort()
    return Timing(count / seconds, took[count * 95 // 100] * 1e3, worked / count * 1e3)


def succeeded(answer: dict[str, Any]) -> dict[str, Any]:
    """Its result; raises RuntimeError if it is none, or an error."""
    result: dict[str, Any] | None = answer.get("result")
    if not result or result.get("isError"):
        raise RuntimeError(f"a call failed: {str(answer)[:500]}")
    return result


async def text(server: Server, peer: Peer, ask: Ask) -> str:
    """What a model reads of the answer to a call."""
    server.say("tools/call", {"name": ask.tool, "arguments": peer.arguments(ask)}, 1)
    result = succeeded(orjson.loads(await server.hear()))
    return "\n".join(part["text"] for part in result["content"])

"""Measure the gateway and the floor in turn, and print each figure as a ratio of the two.

A machine's figures swing from minute to minute; the ratio of two runs side by side does not.
Every figure is the median of its rounds. Nothing here fails: read the verdicts.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import httpx

from bench.client import Server, started
from bench.upstream import upstream
from famulor_tools import TOOLS

PYTHON = sys.executable
TOKENS = 9_000
STARTS = 9
ROUNDS = 7
SMALL, LARGE = "get_call", "list_calls"


class Load(NamedTuple):
    """`calls` calls of one tool, `width` of them in flight."""

    words: str
    tool: str
    width: int
    calls: int


LOADS = (
    Load("small answer, 1 in flight", SMALL, 1, 150),
    Load("small answer, 16 in flight", SMALL, 16, 400),
    Load("50 KB answer, 1 in flight", LARGE, 1, 80),
    Load("50 KB answer, 16 in flight", LARGE, 16, 160),
)


class Row(NamedTuple):
    words: str
    floor: str
    ours: str
    ratio: str
    target: str
    met: bool | None


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "list.json"
        async with AsyncExitStack() as stack:
            url = await upstream(stack)
            environment = {
                **os.environ,
                "FAMULOR_API_KEY": "key-for-bench",
                "FAMULOR_BASE_URL": url,
            }
            async with started([PYTHON, "-m", "famulor_mcp"], environment) as server:
                listing.write_text(json.dumps(await server.list_tools()), "utf-8")
            paths = [path(SMALL), path(LARGE)]
            floor = [PYTHON, "-m", "bench.floor", str(listing), url, *paths]
            rows = [await cold_start(floor, [PYTHON, "-m", "famulor_mcp"], environment)]
            ours = [PYTHON, "-m", "bench.ours"]
            a = await stack.enter_async_context(started(floor, environment))
            b = await stack.enter_async_context(started(ours, environment))
            rows += await throughput(a, b)
            rows += [memory(a, b), tokens(json.loads(listing.read_text("utf-8")))]
            rows += await raw(url + path(SMALL).format(**example(SMALL)), rows)
    print(table(rows))


def path(name: str) -> str:
    """The path of a tool, with the names of its arguments in braces."""
    tool = next(tool for tool in TOOLS if tool.name == name)
    found = tool.path
    for parameter in tool.parameters:
        found = found.replace(f"{{{parameter.wire}}}", f"{{{parameter.name}}}")
    return found


def example(name: str) -> dict[str, object]:
    """Arguments of a call: the path's alone, which both servers understand."""
    tool = next(tool for tool in TOOLS if tool.name == name)
    names = {parameter.name for parameter in tool.parameters if parameter.place == "path"}
    return {key: value for key, value in tool.example.items() if key in names}


async def cold_start(floor: list[str], ours: list[str], environment: dict[str, str]) -> Row:
    """From starting the process to holding the tool list."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * STARTS):
        command = ours if number % 2 else floor
        start = time.perf_counter()
        async with started(command, environment) as server:
            await server.list_tools()
            seconds[command is ours].append(time.perf_counter() - start)
    a, b = statistics.median(seconds[False]), statistics.median(seconds[True])
    ratio = b / a
    return Row(
        "cold start to tools/list",
        f"{a:.3f} s",
        f"{b:.3f} s",
        f"{ratio:.2f}",
        "≤ 0.95",
        ratio <= 0.95,
    )


async def throughput(floor: Server, ours: Server) -> list[Row]:
    rows = []
    for server in (floor, ours):
        await server.list_tools()
        for load in LOADS:
            await server.calls(load.tool, example(load.tool), 20, load.width)
    for load in LOADS:
        rates: dict[Server, list[float]] = {floor: [], ours: []}
        for number in range(2 * ROUNDS):
            server = ours if number % 2 else floor
            took = await server.calls(load.tool, example(load.tool), load.calls, load.width)
            rates[server].append(load.calls / took)
        a, b = statistics.median(rates[floor]), statistics.median(rates[ours])
        rows.append(
            Row(load.words, f"{a:.0f}/s", f"{b:.0f}/s", f"{b / a:.2f}", "≥ 2.00", b / a >= 2)
        )
        if load.width == 1:
            rows.append(
                Row(
                    "  its latency",
                    f"{1e3 / a:.2f} ms",
                    f"{1e3 / b:.2f} ms",
                    f"{a / b:.2f}",
                    "",
                    None,
                )
            )
    return rows


def memory(floor: Server, ours: Server) -> Row:
    a, b = floor.peak(), ours.peak()
    return Row(
        "peak memory after all calls",
        f"{a:.0f} MB",
        f"{b:.0f} MB",
        f"{b / a:.2f}",
        "≤ 85 MB",
        b <= 85,
    )


def tokens(listing: list[dict[str, object]]) -> Row:
    """Characters / 4 of what a model reads of each tool."""
    schemas = [
        json.dumps(tool["inputSchema"], separators=(",", ":"), ensure_ascii=False)
        for tool in listing
    ]
    texts = [f"{tool['name']}{tool['description']}" for tool in listing]
    count = sum(len(text) for text in (*schemas, *texts)) // 4
    return Row(
        f"tokens of {len(listing)} tools", "", f"{count:,}", "", f"< {TOKENS:,}", count < TOKENS
    )


async def raw(url: str, rows: list[Row]) -> list[Row]:
    """httpx alone against the same upstream: what a call costs before any MCP."""
    ours = {row.words: row.ours for row in rows}
    found = []
    async with httpx.AsyncClient() as client:
        for load in LOADS[:2]:
            start = time.perf_counter()
            for _ in range(load.calls // load.width):
                await asyncio.gather(*(client.get(url) for _ in range(load.width)))
            rate = load.calls // load.width * load.width / (time.perf_counter() - start)
            whole = float(ours[load.words].removesuffix("/s"))
            words = f"  raw httpx, {load.width} in flight"
            found.append(
                Row(words, f"{rate:.0f}/s", ours[load.words], f"{whole / rate:.2f}", "", None)
            )
    return found


def table(rows: list[Row]) -> str:
    verdicts = {None: "", True: "met", False: "MISSED"}
    cells = [("", "floor", "gateway", "ratio", "target", "")]
    cells += [(*row[:5], verdicts[row.met]) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    lines = [
        "  ".join(
            cell.ljust(width) if column in {0, 5} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join(lines)


asyncio.run(main())

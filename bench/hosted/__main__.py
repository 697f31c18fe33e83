"""Measure the gateway over HTTP, a bare SDK server and the vendor's design in turn.

The three have one upstream and one client; ratios of runs side by side mean something, the figures
themselves little. `python -m bench.hosted` (add a `redis://` address to measure two workers, too).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.hosted.client import LEGACY, MODERN, Timing, measured, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PYTHON = sys.executable
TOOL, ARGUMENTS, PATH = "get_call", {"call_id": 4711}, "/api/user/calls/{call_id}"
WIDTHS = (1, 16, 64)
CALLS = {1: 300, 16: 600, 64: 800}
ROUNDS = 5
SLOW_CALLS = 60
"""The vendor's design takes a multiple of the time."""
MANY = 20_000


class Server(NamedTuple):
    words: str
    port: int
    pid: int
    secret: str = ""

    def requests(self, era: str, width: int) -> list[bytes]:
        """One request for each of `width` users."""
        secret = (self.secret.format(user) for user in range(width))
        return [request(self.port, era, TOOL, ARGUMENTS, one) for one in secret]

    def memory(self) -> float:
        """What the process holds now, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")


@asynccontextmanager
async def started(words: str, command: list[str], secret: str = "") -> AsyncIterator[Server]:
    """A server on a port of its own, which stands for `{port}` in its command."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(part.format(port=port) for part in command), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await listening(port)
        yield Server(words, port, process.pid, secret)
    finally:
        process.terminate()
        await process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


async def listening(port: int) -> None:
    """Return once somebody listens."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def rounds(servers: list[Server], era: str, width: int) -> dict[str, Timing]:
    """The median of several rounds of each, in turn."""
    found: dict[str, list[Timing]] = {one.words: [] for one in servers}
    for _ in range(ROUNDS):
        for one in servers:
            calls = SLOW_CALLS if one.words == "vendor" else CALLS[width]
            found[one.words].append(
                await measured(one.port, one.requests(era, width), max(calls, width))
            )
    return {
        words: Timing(*(statistics.median(column) for column in zip(*taken, strict=True)))
        for words, taken in found.items()
    }


async def flat(server: Server) -> str:
    """Memory before and after many calls."""
    await measured(server.port, server.requests(MODERN, 16), MANY // 10)
    before = server.memory()
    await measured(server.port, server.requests(MODERN, 16), MANY)
    after = server.memory()
    return f"memory over {MANY:,} calls: {before:.1f} MB before, {after:.1f} MB after"


def line(words: str, found: dict[str, Timing]) -> str:
    ours, bare = found["gateway"], found["bare"]
    cells = [f"{words:24}", f"{bare.rate:7.0f}/s", f"{ours.rate:7.0f}/s"]
    cells += [f"{ours.rate / bare.rate:6.2f} (≥ 1.30)"]
    if peer := found.get("vendor"):
        cells += [f"{ours.rate / peer.rate:7.1f} (≥ 5)"]
    cells += [f"p50 {ours.middle:.1f} : {bare.middle:.1f} ms"]
    cells += [f"p95 {ours.slow:.1f} : {bare.slow:.1f} ms"]
    return "  ".join(cells)


async def main(store: str = "") -> None:
    ours = [PYTHON, "-m", "bench.hosted.ours", "http", "--port", "{port}"]
    ours += ["--auth", "key"]
    secret = "X-Famulor-Api-Key: key-for-bench-{}\r\n"
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        listing = Path(folder) / "list.json"
        upstream = await stack.enter_async_context(
            started("upstream", [PYTHON, "-m", "bench.upstream", "{port}"])
        )
        url = f"http://127.0.0.1:{upstream.port}"
        os.environ.update(FAMULOR_BASE_URL=url, FAMULOR_MCP_SECRET=os.urandom(32).hex())
        listing.write_bytes(await tools())
        facts = ["{port}", str(listing), url, PATH.replace("{", "{{").replace("}", "}}")]
        bare, peer, gateway = [
            await stack.enter_async_context(one)
            for one in (
                started("bare", [PYTHON, "-m", "bench.hosted.bare", *facts]),
                started("vendor", [PYTHON, "-m", "bench.hosted.peer", *facts]),
                started("gateway", ours, secret),
            )
        ]
        print("calls a second: bare SDK, gateway, ratio, ratio to the vendor's design")
        for width in WIDTHS:
            print(line(f"{width} in flight", await rounds([bare, peer, gateway], MODERN, width)))
        for width in WIDTHS:
            words = f"{width} in flight, legacy"
            print(line(words, await rounds([bare, gateway], LEGACY, width)))
        print(await flat(gateway))
        if store:
            await workers(stack, [*ours, "--store", store], secret)


async def workers(stack: AsyncExitStack, command: list[str], secret: str) -> None:
    """Two workers against one, both with the shared store that two need."""
    one = await stack.enter_async_context(started("one", command, secret))
    two = await stack.enter_async_context(started("two", [*command, "--workers", "2"], secret))
    found = await rounds([one, two], MODERN, 64)
    ratio = found["two"].rate / found["one"].rate
    print(
        f"two workers, 64 in flight: {found['one'].rate:.0f}/s with one, "
        f"{found['two'].rate:.0f}/s with two, {ratio:.2f} (≥ 1.50)"
    )


async def tools() -> bytes:
    """The tool list, as clients see it."""
    process = await asyncio.create_subprocess_exec(
        PYTHON, "-m", "famulor_mcp", "tools", "--json", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    json.loads(out)
    return out


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

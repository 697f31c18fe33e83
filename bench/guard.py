"""What the guard costs: the server with everything on, against the same with everything off.

`python -m bench.guard` prints a ratio for a read and for a costly call, each of them at once and
behind an API that takes 50 ms. Rounds of the two servers alternate; a ratio is the median of its
rounds. On: confirm, repeat window, every rule of a policy, and the record.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.client import Server, started
from bench.upstream import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 15
CALLS = {0.0: 100, 0.05: 12}
READ = ("get_call", {"call_id": 4711})
POLICY = """\
[limits]
per_minute = 1000000
per_hour = 1000000
per_day = 1000000
[limits.tools.make_call]
per_day = 1000000
[destinations]
allow = ["+49"]
deny = ["+49900"]
[hours]
timezone = "Europe/Berlin"
open = ["daily 00:00-24:00"]
[balance]
floor = 1.0
[audience]
largest = 1000
"""
ME = whole({"name": "Ada", "total_balance": 100.0})
CALL = whole({"message": "Call initiated successfully", "call_id": 4711, "status": "initiated"})


class Upstream(asyncio.Protocol):
    """Answers after `seconds`; a request is whole once its body is."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write: Any = transport.write  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length or 0):
            self._rest = b""
            answer = ME if b"/me " in head.split(b"\r\n", 1)[0] else CALL
            asyncio.get_running_loop().call_later(self._seconds, self._write, answer)


def numbers() -> Iterator[dict[str, Any]]:
    """Arguments of costly calls, no two alike."""
    count = 10_000_000
    while True:
        count += 1
        yield {"phone_number": f"+49151{count}", "assistant_id": 7}


async def costly(server: Server, given: Iterator[dict[str, Any]], count: int) -> float:
    """Seconds for `count` calls, one after another."""
    return sum([await server.calls("make_call", next(given), 1, 1) for _ in range(count)])


async def ratios(off: Server, on: Server, count: int) -> tuple[list[float], list[float]]:
    """Of reads and of costly calls, on to off, by round."""
    reads: list[float] = []
    costs: list[float] = []
    given = numbers()
    for number in range(ROUNDS + 1):
        order = (off, on) if number % 2 else (on, off)
        read = {server: await server.calls(*READ, count, 1) for server in order}
        cost = {server: await costly(server, given, count) for server in order}
        if number:  # the first one warms up
            reads.append(read[on] / read[off])
            costs.append(cost[on] / cost[off])
    return reads, costs


async def measure(seconds: float, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    upstream = await loop.create_server(lambda: Upstream(seconds), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
    environment = {**os.environ, "FAMULOR_API_KEY": "key-for-bench", "FAMULOR_BASE_URL": url}
    (folder / "policy.toml").write_text(POLICY, "utf-8")
    command = [sys.executable, "-m", "bench.ours", "stdio"]
    bare = [*command, "--confirm", "never", "--repeat-window", "0"]
    full = [*command, "--policy", str(folder / "policy.toml"), "--audit", str(folder / "audit")]
    async with AsyncExitStack() as stack:
        off = await stack.enter_async_context(started(bare, environment))
        on = await stack.enter_async_context(started(full, environment))
        for server in (off, on):
            await server.list_tools()
        began = time.perf_counter()
        reads, costs = await ratios(off, on, CALLS[seconds])
    took = time.perf_counter() - began
    print(f"API takes {seconds * 1000:.0f} ms ({took:.0f} s measured)")
    for words, found, most in (("read", reads, 1.02), ("costly call", costs, 1.1)):
        low, *_, high = statistics.quantiles(found, n=4)
        ratio = statistics.median(found)
        verdict = "ok" if ratio <= most else "MISSED"
        print(f"  {words:12} {ratio:.3f} ({low:.3f} to {high:.3f}), at most {most}: {verdict}")
    upstream.close()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for seconds in CALLS:
            await measure(seconds, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())

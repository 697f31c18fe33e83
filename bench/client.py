"""A client that costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}


class Server:
    """A server process and its two pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.pid = process.pid
        self._write = process.stdin.write
        self._read = process.stdout.readline

    def say(self, method: str, params: dict[str, Any] | None = None, number: int = 0) -> None:
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        message |= {"params": params} if params is not None else {}
        message |= {"id": number} if number else {}
        self._write(json.dumps(message).encode() + b"\n")

    async def hear(self) -> bytes:
        line = await self._read()
        if not line:
            raise RuntimeError("the server ended")
        return line

    async def list_tools(self) -> list[dict[str, Any]]:
        """Greet and list: what a client does before it can do anything."""
        self.say("initialize", HELLO, 1)
        await self.hear()
        self.say("notifications/initialized")
        self.say("tools/list", None, 2)
        tools: list[dict[str, Any]] = json.loads(await self.hear())["result"]["tools"]
        return tools

    async def calls(self, name: str, arguments: dict[str, Any], count: int, width: int) -> float:
        """Seconds for `count` calls, `width` of them in flight."""
        params = {"name": name, "arguments": arguments}
        start = time.perf_counter()
        for number in range(1, count + 1):
            if number > width:
                await self._check()
            self.say("tools/call", params, number)
        for _ in range(min(width, count)):
            await self._check()
        return time.perf_counter() - start

    async def _check(self) -> None:
        line = await self.hear()
        if b'"result"' not in line or b'"isError":true' in line:
            raise RuntimeError(f"a call failed: {line[:500]!r}")

    def worked(self) -> float:
        """The processor time of the process so far, in seconds; proc(5), /proc/PID/stat."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """The most memory that the process has held, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")


@asynccontextmanager
async def started(
    command: list[str], environment: dict[str, str], errors: int | None = None
) -> AsyncIterator[Server]:
    """A running server. Its stdin is closed at the end, which ends it.

    `errors` is where its stderr goes, as for `subprocess`; without it, where ours goes.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
        env=environment,
        limit=1 << 24,
    )
    try:
        yield Server(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()

"""The hosted server as a process of its own, as an operator starts it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def unburdened() -> None:
    """Heed Ctrl-C and hang-ups, also where the tests run in the background or under `nohup`."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


BEFORE = None if sys.platform == "win32" else unburdened
"""What a process of a test does before it becomes its program."""


@dataclass
class Running:
    """A process that serves. `lines` are what it said on stderr until now."""

    process: asyncio.subprocess.Process
    url: str = ""
    lines: list[str] = field(default_factory=list)

    async def heard(self, pattern: str) -> re.Match[str]:
        """The first line from now on in which `pattern` is found."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stderr.readline()).decode():
                self.lines.append(line)
                if found := re.search(pattern, line):
                    return found
        raise AssertionError(f"it never said {pattern}: {''.join(self.lines)}")

    async def ended(self) -> int:
        """The exit status, once it has ended."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            self.lines.append((await self.process.stderr.read()).decode())
            return await self.process.wait()


@asynccontextmanager
async def running(*words: str, **environment: str) -> AsyncIterator[Running]:
    """`famulor-mcp http` on a free port with these options."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "famulor_mcp", "http", "--port", "0", *words),
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=BEFORE,
        env={**os.environ, **environment},
    )
    server = Running(process)
    try:
        server.url = (await server.heard(r"Serving MCP at (\S+)/mcp"))[1]
        yield server
    finally:
        if process.returncode is None:
            process.kill()
            await server.ended()

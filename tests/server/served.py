"""A server of a few hand-made tools over stdio, to be run as a process: no API, no tool table.

`python served.py [GRACE]`; where the variable WAY is sdk, all is left to the SDK. While that loads,
the signal of the number SIGNAL comes, if that is set. The tools: `echo` gives its arguments back,
`hang` answers never and says on stderr that it was cancelled, `fail` raises, `noisy` writes to
stdout in every way, `gate` answers once `open` is called.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from famulor_mcp.plain import Front
from famulor_mcp.protocol import make_server
from famulor_mcp.transports.stdio import GRACE, serve
from famulor_mcp.transports.swift import Swift
from famulor_tools.table import Tool

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

SECRET = "sk-do-not-show"


@dataclass(frozen=True)
class Reply:
    text: str
    data: dict[str, Any] | None = None
    is_error: bool = False


def tool(name: str, **changes: Any) -> Tool:
    """A tool with every part that goes to clients."""
    parts: dict[str, Any] = {
        "name": name,
        "title": name.title(),
        "description": f"The tool {name}: Müller, 中文, 😀.",
        "toolset": "trial",
        "effect": "read",
        "idempotent": True,
        "method": "GET",
        "path": f"/{name}",
        "input_schema": {
            "type": "object",
            "description": "Anything.",
            "properties": {"value": {"type": ["string", "null"], "enum": ["a", None]}},
            "additionalProperties": True,
            "required": [],
        },
        "enforced_schema": {"type": "object"},
        "output_schema": {"type": "object", "properties": {"value": {}}},
        "annotations": {
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        },
        "check": lambda _arguments: [],
        "example": {},
    }
    return Tool(**parts | changes)


TOOLS = tuple(tool(name) for name in ("echo", "hang", "fail", "noisy", "gate", "open"))


class Trial:
    """What the tools do."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def call(self, _context: Any, name: str, arguments: dict[str, Any], _asker: Any) -> Reply:
        if name == "fail":
            raise RuntimeError(SECRET)
        if name == "hang":
            await self._hang()
        if name == "gate":
            await self.opened.wait()
        if name == "open":
            self.opened.set()
        if name == "noisy":
            sys.stdout.write("printed\n")
            os.write(1, b"written\n")
            await asyncio.to_thread(os.system, "echo from a child")
        return Reply(f"Müller 😀 {name}", {"value": arguments.get("value"), "none": None})

    async def _hang(self) -> None:
        sys.stderr.write("hanging\n")
        sys.stderr.flush()
        try:
            await asyncio.Event().wait()
        finally:
            sys.stderr.write("cancelled\n")
            sys.stderr.flush()


async def main(grace: float) -> int:
    front = Front(TOOLS, Trial().call, "Read me: ä.", "9.9")
    if os.environ.get("WAY") == "sdk":
        setattr(Swift, "take", lambda _self, _line: False)  # noqa: B010 - mypy lets no method be assigned

    def load() -> Server[Any]:
        if "SIGNAL" in os.environ:
            signal.raise_signal(int(os.environ["SIGNAL"]))
        return make_server(front)

    return await serve(front, load, grace=grace)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else GRACE)))

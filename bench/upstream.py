"""The API that both servers call: answers at once, in a process of its own.

`python -m bench.upstream [PORT]` prints its port. A path that ends in a digit gets one call of
about 3 KB, any other path a list of about 50 KB.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

TURN = {
    "role": "assistant",
    "text": "Guten Tag, hier ist Anna von der Praxis Müller. Wie kann ich helfen?",
    "at": "2026-03-01T09:30:12Z",
}
CALL = {
    "id": 4711,
    "assistant_id": 12,
    "status": "completed",
    "client_phone_number": "+4915112345678",
    "assistant_phone_number": "+4930123456",
    "duration": 184,
    "cost": 0.23,
    "variables": {"name": "Jürgen Groß", "note": None},
    "transcript": [TURN] * 17,
}
ROWS = [{**CALL, "id": number} for number in range(19)]


def whole(value: object) -> bytes:
    """A complete HTTP answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


SMALL = whole(CALL)
LARGE = whole({"data": ROWS, "current_page": 1, "last_page": 1, "total": len(ROWS)})


class Upstream(asyncio.Protocol):
    """Just enough HTTP for GET requests without a body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1].partition(b"?")[0]
            self.transport.write(SMALL if path[-1:].isdigit() else LARGE)  # type: ignore[attr-defined]


async def upstream(stack: AsyncExitStack) -> str:
    """Start it in a process of its own, until the stack ends, and return its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.upstream", stdout=asyncio.subprocess.PIPE
    )
    stack.callback(process.terminate)
    assert process.stdout is not None
    return f"http://127.0.0.1:{int(await process.stdout.readline())}"


async def main(port: int = 0) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))

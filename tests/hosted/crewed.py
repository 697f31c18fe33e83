"""Workers that serve nothing but their own number, to be run as a process.

`python crewed.py [STATUS]` says `PORT port`, and answers whoever connects with the process id of
the worker; with a status workers end at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

from famulor_mcp.hosted.crew import Crew
from famulor_mcp.hosted.serve import listening

if TYPE_CHECKING:
    import socket


async def serve(where: socket.socket, lifeline: int) -> None:
    """Answer until a signal comes or the parent is gone."""
    end = asyncio.Event()

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(str(os.getpid()).encode())
        await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.add_reader(lifeline, end.set)
    server = await asyncio.start_server(answer, sock=where)
    await end.wait()
    server.close()


def work(where: socket.socket, lifeline: int) -> int:
    if sys.argv[1:]:
        return int(sys.argv[1])
    asyncio.run(serve(where, lifeline))
    return 0


if __name__ == "__main__":
    sockets = listening("127.0.0.1", 0, 2)
    sys.stderr.write(f"PORT {sockets[0].getsockname()[1]}\n")
    sys.stderr.flush()
    sys.exit(Crew(work, sockets, 5.0).run())

"""Workers that serve nothing but their own number, to be run as a process.

`python crewed.py [STATUS|hold]` says `PORT port`, and answers whoever connects with the process id
of the worker; with a status workers end at once, and with `hold` not before the second signal.
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


HOLD = sys.argv[1:] == ["hold"]


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


async def serve(where: socket.socket, lifeline: int) -> None:
    """Answer until a signal comes or the parent is gone."""
    end = asyncio.Event()

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(str(os.getpid()).encode())
        await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    if HOLD:
        loop.add_signal_handler(signal.SIGTERM, say, "ASKED")
        loop.add_signal_handler(signal.SIGINT, end.set)
    else:
        loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.add_reader(lifeline, end.set)
    server = await asyncio.start_server(answer, sock=where)
    await end.wait()
    server.close()
    say("ENDED")


def work(where: socket.socket, lifeline: int) -> int:
    if sys.argv[1:] and not HOLD:
        return int(sys.argv[1])
    asyncio.run(serve(where, lifeline))
    return 0


if __name__ == "__main__":
    sockets = listening("127.0.0.1", 0, 2)
    say(f"PORT {sockets[0].getsockname()[1]}")
    sys.exit(Crew(work, sockets, 5.0).run())

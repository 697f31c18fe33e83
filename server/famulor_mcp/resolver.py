"""Names of hosts are looked up in threads which the end of the process does not wait for.

The machine's resolver takes half a minute to give up where no name server answers. It cannot be
broken off, and a thread of the event loop, or of an executor, is waited for.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from concurrent.futures import Future
from threading import Thread
from typing import Any

FLAGS = 0 if sys.platform == "win32" else socket.AI_ADDRCONFIG
"""With it, Windows does not find localhost where there is no network."""


async def addresses(host: str, port: int, family: int = socket.AF_UNSPEC) -> Any:
    """The addresses of `host` for TCP, as `socket.getaddrinfo` has them.

    Raises `OSError`, and `UnicodeError` for what is no name.
    """
    found: Future[Any] = Future()
    found.set_running_or_notify_cancel()  # from here on, who gives up does not cancel it

    def look() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, FLAGS))
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            found.set_exception(error)

    Thread(target=look, name="lookup", daemon=True).start()
    return await asyncio.wrap_future(found)

"""Ports that have to be known before somebody listens on them."""

from __future__ import annotations

import socket
import sys


def free_port() -> int:
    """A port of this machine for a server that starts soon, and perhaps starts again later.

    On Linux it stays bound until this process ends: nobody else gets it, neither another server nor
    an outgoing connection, but whoever sets SO_REUSEADDR, as servers do, may listen on it.
    """
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    port: int = one.getsockname()[1]
    if sys.platform == "linux":
        one.detach()
    else:
        one.close()
    return port

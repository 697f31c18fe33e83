"""`famulor-mcp sandbox`: the imitation of the API as an HTTP server on this machine."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any

import uvicorn

from famulor_mcp.hosting import READERS
from famulor_mcp.sandbox import KEY, make_app
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from famulor_mcp.settings import Settings

PORT = 8686
GRACE = 1
"""Seconds for requests under way at the end: one that never comes whole would be waited for."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", default=str(PORT), help=f"default {PORT}; 0 takes a free one")


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:  # noqa: ARG001 - as every command
    """Serve until a signal comes; one line on stderr says where, and with which key."""
    port: int = READERS["port"]("--port", chosen["port"])
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise SettingsError(f"--port: cannot listen on {port} ({error}). Example: 8787") from None
    with listening:
        port = listening.getsockname()[1]
        sys.stderr.write(f"Sandbox on http://127.0.0.1:{port} with FAMULOR_API_KEY={KEY}\n")
        config = uvicorn.Config(make_app(), log_level="warning", timeout_graceful_shutdown=GRACE)
        uvicorn.Server(config).run(sockets=[listening])
    return 0

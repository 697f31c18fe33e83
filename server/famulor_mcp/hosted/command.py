"""`famulor-mcp http`: one server for many people, each with their own key."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.hosted.crew import WRONG, Crew
from famulor_mcp.hosted.logs import configure
from famulor_mcp.hosted.serve import Server, address, listening, serve, widen
from famulor_mcp.hosted.start import opened, public
from famulor_mcp.hosted.traces import able
from famulor_mcp.hosting import READERS, consistent, load
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    import argparse
    import socket
    from collections.abc import Mapping, Sequence

    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.hosting import Hosting
    from famulor_mcp.settings import Settings
    from famulor_tools.table import Tool

OPTIONS = {
    "--host": ("ADDRESS", "where to listen (default 127.0.0.1: this machine alone)"),
    "--port": ("NUMBER", "default 8787; 0 takes a free one"),
    "--workers": ("NUMBER", "processes that serve (default 1); more need a shared store"),
    "--public-url": ("URL", "the address that people know, such as https://mcp.example.com"),
    "--allowed-host": ("A,B", "further names under which it is reached, with or without a port"),
    "--allowed-origin": ("A,B", "web pages that may use it, such as https://app.example.com"),
    "--trusted-proxy": ("A,B", "proxies whose X-Forwarded-For is believed (those on this machine)"),
    "--auth": (
        "oauth|key|none",
        "people sign in or send a key (default); send a key; use the operator's own",
    ),
    "--log-format": ("text|json", "how requests and faults are told on stderr (default text)"),
    "--grace": ("SECONDS", "how long calls in flight may take once it is told to stop (30)"),
    "--max-body": ("MEGABYTES", "the largest message that is taken (32)"),
}
DISCOVERY = "let clients ask what the server is and which tools it has before they sign in"

log = logging.getLogger(__name__)


def add(parser: argparse.ArgumentParser) -> None:
    for name, (value, words) in OPTIONS.items():
        parser.add_argument(name, metavar=value, help=words)
    parser.add_argument("--public-discovery", action="store_const", const=True, help=DISCOVERY)


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Serve until a signal comes; the address stands in the first line on stderr."""
    given = {name: value for name, value in chosen.items() if name in READERS and value is not None}
    hosting = load(given, os.environ)
    consistent(hosting, settings)
    able(os.environ)
    policy = offered.policy(settings)
    tools = offered.tools(settings, policy)
    configure(settings.log_level, hosting.log_format)
    widen()
    sockets = listening(hosting.host, hosting.port, hosting.workers)
    log.info("Serving MCP at %s/mcp", public(hosting, address(sockets[0])))
    gc.freeze()
    gc.enable()

    def work(listening: socket.socket, lifeline: int | None = None) -> int:
        return asyncio.run(served(settings, hosting, tools, policy, listening, lifeline))

    def member(listening: socket.socket, lifeline: int) -> int:
        try:
            return work(listening, lifeline)
        except SettingsError as error:
            log.error("%s", error)  # noqa: TRY400 - it is told in words
            return WRONG

    return work(sockets[0]) if len(sockets) == 1 else Crew(member, sockets, hosting.grace).run()


async def served(  # noqa: PLR0913 - what was chosen, and where to serve it
    settings: Settings,
    hosting: Hosting,
    tools: Sequence[Tool],
    policy: Policy | None,
    listening: socket.socket,
    lifeline: int | None,
) -> int:
    """Serve on this socket and return the exit status."""
    where = address(listening)
    async with opened(settings, hosting, tools, policy, where, os.environ) as app:
        server = Server(app, hosting.grace, hosting.trusted_proxy)
        return await serve(server, listening, lifeline)

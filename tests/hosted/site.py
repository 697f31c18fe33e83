"""The hosted server on a port of this machine, for a test: real HTTP, and the SDK's real client."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from tests.patience import PATIENCE, web

from famulor_mcp import hosting, offered, settings
from famulor_mcp.hosted.serve import Server, address, listening
from famulor_mcp.hosted.start import opened, public
from famulor_mcp.sandbox import KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

LEGACY, MODERN = "2025-11-25", "2026-07-28"
ERAS = {"legacy": LEGACY, "auto": MODERN}
"""A mode of the SDK's client → the version that it comes to speak."""
BOTH = {"Accept": "application/json, text/event-stream"}


@asynccontextmanager
async def site(**choices: Any) -> AsyncIterator[str]:
    """The address of a server with these options: those of stdio and those of http, as text.

    Without `base_url` its upstream is the sandbox.
    """
    choices.setdefault("auth", "key")
    if "base_url" not in choices:
        choices.setdefault("sandbox", "true")
    own = {name: value for name, value in choices.items() if name in hosting.READERS}
    rest = {name: value for name, value in choices.items() if name not in own}
    host = hosting.load({"port": "0", **own}, {})
    common = settings.load(rest, {})
    hosting.consistent(host, common)
    policy = offered.policy(common)
    sockets = listening(host.host, host.port)
    where = address(sockets[0])
    async with opened(common, host, offered.tools(common, policy), policy, where) as app:
        server = Server(app, host.grace, host.trusted_proxy)
        serving = asyncio.create_task(server._serve(sockets))
        try:
            yield public(host, where)
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def connected(
    url: str, key: str = KEY, mode: Any = "auto", path: str = "/mcp", **options: Any
) -> AsyncIterator[Client]:
    """The SDK's client with a key in the header."""
    headers = {"X-Famulor-Api-Key": key}
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http:
        transport = (
            sse_client(url + path, headers=headers, timeout=PATIENCE)
            if path == "/sse"
            else streamable_http_client(url + path, http_client=http)
        )
        async with Client(transport, mode=mode, read_timeout_seconds=PATIENCE, **options) as client:
            yield client


def call(name: str = "get_me", number: Any = 1, /, **arguments: Any) -> dict[str, Any]:
    """A legacy call of a tool."""
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def modern(method: str, **params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A message of the modern era, and its headers."""
    prefix = "io.modelcontextprotocol"
    meta = {
        f"{prefix}/protocolVersion": MODERN,
        f"{prefix}/clientCapabilities": {},
        f"{prefix}/clientInfo": {"name": "test", "version": "1"},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    headers = {**BOTH, "MCP-Protocol-Version": MODERN, "Mcp-Method": method}
    if "name" in params:
        headers["Mcp-Name"] = params["name"]
    return message, headers


async def post(url: str, message: Any, path: str = "/mcp", **headers: str) -> httpx.Response:
    """One POST with a key, unless `key=""`."""
    key = headers.pop("key", KEY)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {**BOTH, **({"X-Famulor-Api-Key": key} if key else {}), **named}
    async with web() as client:
        return await client.post(url + path, json=message, headers=sent)

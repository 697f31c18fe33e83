"""The floor over HTTP: the SDK's server and httpx as they come, without anyone signing in.

`python -m bench.hosted.bare PORT LIST.json URL PATH_OF_SMALL`
"""

from __future__ import annotations

import json
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp


def server(tools: list[types.Tool], client: httpx.AsyncClient, small: str) -> Server[Any]:
    """A server with one handler that makes one request."""

    async def on_list_tools(_ctx: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def on_call_tool(_ctx: Any, params: Any) -> types.CallToolResult:
        response = await client.get(small.format(**params.arguments))
        data = response.json()
        return types.CallToolResult(
            content=[types.TextContent(text=json.dumps(data))], structured_content=data
        )

    return Server("floor", on_list_tools=on_list_tools, on_call_tool=on_call_tool)


def read_tools(file: str) -> list[types.Tool]:
    """The tools in a file, as the gateway listed them."""
    return [types.Tool.model_validate(tool) for tool in json.loads(Path(file).read_text("utf-8"))]


def serve(app: ASGIApp, port: str) -> None:
    """Serve on a port of this machine."""
    listening = socket.create_server(("127.0.0.1", int(port)))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def main(port: str, listing: str, url: str, small: str) -> None:
    client = httpx.AsyncClient(base_url=url, headers={"Authorization": "Bearer key"}, timeout=60)
    manager = StreamableHTTPSessionManager(
        server(read_tools(listing), client, small), stateless=True
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    endpoint = StreamableHTTPASGIApp(manager)
    serve(Starlette(lifespan=lifespan, routes=[Route("/mcp", endpoint=endpoint)]), port)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The vendor's design over HTTP: for each request a key is derived and a server is made.

Its published server opens every bearer token with a key that scrypt derives anew (N = 16384, r = 8,
p = 1), and makes a server object with all tools for every request. So does this one, in Python.
`python -m bench.hosted.peer PORT LIST.json URL PATH_OF_SMALL`
"""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

import httpx
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Route

from bench.hosted.bare import read_tools, serve, server

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class PerRequest:
    """Derives, makes, serves, forgets."""

    def __init__(self, listing: str, url: str, small: str) -> None:
        self._tools = read_tools(listing)
        self._url = url
        self._small = small

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hashlib.scrypt(b"secret of the operator", salt=b"salt", n=16384, r=8, p=1, dklen=32)
        async with httpx.AsyncClient(base_url=self._url, timeout=60) as client:
            made = server(self._tools, client, self._small)
            manager = StreamableHTTPSessionManager(made, stateless=True)
            async with manager.run():
                await StreamableHTTPASGIApp(manager)(scope, receive, send)


if __name__ == "__main__":
    serve(Starlette(routes=[Route("/mcp", endpoint=PerRequest(*sys.argv[2:]))]), sys.argv[1])

"""The floor: the same list and the same two calls, with the SDK and httpx as they come.

`python -m bench.floor LIST.json URL PATH_OF_SMALL PATH_OF_LARGE`
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server


async def main(url: str, small: str, large: str) -> None:
    client = httpx.AsyncClient(base_url=url, headers={"Authorization": "Bearer key"})

    async def on_list_tools(_ctx: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def on_call_tool(_ctx: Any, params: Any) -> types.CallToolResult:
        arguments = params.arguments or {}
        response = await client.get(small.format(**arguments) if arguments else large)
        data = response.json()
        return types.CallToolResult(
            content=[types.TextContent(text=json.dumps(data))], structured_content=data
        )

    server = Server("floor", on_list_tools=on_list_tools, on_call_tool=on_call_tool)
    async with client, stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


tools = [
    types.Tool.model_validate(tool) for tool in json.loads(Path(sys.argv[1]).read_text("utf-8"))
]
asyncio.run(main(*sys.argv[2:]))

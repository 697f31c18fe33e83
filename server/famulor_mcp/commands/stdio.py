"""`famulor-mcp stdio`, and `famulor-mcp` alone: serves MCP on stdin and stdout."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.offer import server
from famulor_mcp.options import version
from famulor_mcp.start import keys, opened
from famulor_mcp.transports.stdio import serve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.settings import Settings
    from famulor_tools.table import Tool


def add(parser: argparse.ArgumentParser) -> None:
    """It has the words of every command, and none of its own."""


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:  # noqa: ARG001 - as every command
    """Serve until the client closes stdin or a signal comes."""
    policy = offered.policy(settings)
    return asyncio.run(served(settings, offered.tools(settings, policy), policy))


async def served(settings: Settings, tools: Sequence[Tool], policy: Policy | None) -> int:
    """Serve `tools` and return the exit status."""
    async with opened(settings, tools, policy) as call:
        serving = server(
            offered.listed(tools, settings),
            lambda ctx, name, arguments, asker: call(
                name, arguments, asker, ctx.session.report_progress
            ),
            lambda _ctx, name, arguments: call(name, arguments),
            lambda _ctx, source: call.values(source),
            version=version(),
            dynamic=settings.dynamic,
            outputs=settings.output_schemas,
            keys=keys(settings),
        )
        gc.freeze()
        gc.enable()
        return await serve(serving)

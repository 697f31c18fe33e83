"""`famulor-mcp stdio`, and `famulor-mcp` alone: serves MCP on stdin and stdout."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from famulor_mcp import offer, offered
from famulor_mcp.options import version
from famulor_mcp.start import keys, opened
from famulor_mcp.transports.stdio import serve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from mcp.server.lowlevel import Server

    from famulor_mcp.guard.confirm import Asker
    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.settings import Settings
    from famulor_mcp.shape import Result
    from famulor_mcp.wait import Progress
    from famulor_tools.table import Tool


def add(parser: argparse.ArgumentParser) -> None:
    """It has the words of every command, and none of its own."""


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:  # noqa: ARG001 - as every command
    """Serve until the client closes stdin or a signal comes."""
    policy = offered.policy(settings)
    return asyncio.run(served(settings, offered.tools(settings, policy), policy))


async def served(settings: Settings, tools: Sequence[Tool], policy: Policy | None) -> int:
    """Serve `tools` and return the exit status."""
    async with opened(settings, tools, policy) as desk:
        listed = offered.listed(tools, settings)

        async def call(
            progress: Progress, name: str, arguments: dict[str, Any], asker: Asker
        ) -> Result:
            return await desk(name, arguments, asker, progress)

        front = offer.front(
            listed,
            call,
            version=version(),
            dynamic=settings.dynamic,
            outputs=settings.output_schemas,
        )

        def load() -> Server[Any]:
            """The SDK's server: the same, with the SDK's context for what progress is told to."""
            gc.disable()
            shown = replace(
                front, call=lambda ctx, *rest: front.call(ctx.session.report_progress, *rest)
            )
            server = offer.server(
                shown,
                listed,
                lambda _ctx, name, arguments: desk(name, arguments),
                lambda _ctx, source: desk.values(source),
                keys(settings),
            )
            gc.freeze()
            gc.enable()
            return server

        gc.freeze()
        gc.enable()
        return await serve(front, load)

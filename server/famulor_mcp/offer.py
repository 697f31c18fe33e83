"""The server that a client gets: tools, what is offered beside them, and words on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_mcp.instructions import compose
from famulor_mcp.menu import Menu
from famulor_mcp.protocol import make_server
from famulor_tools import (
    DYNAMIC,
    DYNAMIC_INSTRUCTIONS,
    INSTRUCTIONS,
    PROMPTS,
    RESOURCES,
    SYNONYMS,
    TOOLSETS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.lowlevel import Server

    from famulor_mcp.menu import Read, Values
    from famulor_mcp.protocol import Call
    from famulor_tools.table import Tool


def server(  # noqa: PLR0913 - three ways to the account, and how it is shown
    tools: Sequence[Tool],
    call: Call,
    read: Read,
    values: Values,
    *,
    version: str,
    dynamic: bool = False,
    outputs: str = "short",
    keys: Sequence[bytes] = (),
) -> Server[Any]:
    """A server for `tools`; with `dynamic`, three others are listed that find and call them."""
    menu = Menu(tools, TOOLSETS, PROMPTS, RESOURCES, read, values)
    if not dynamic:
        words = compose(INSTRUCTIONS, tools)
        return make_server(
            tools,
            call,
            instructions=words,
            version=version,
            keys=keys,
            handlers=menu.handlers(),
            outputs=outputs,
        )
    from famulor_mcp.dynamic import Dynamic

    three = Dynamic(DYNAMIC, tools, call, TOOLSETS, SYNONYMS)
    return make_server(
        three.listed,
        three.call,
        instructions=compose(INSTRUCTIONS, tools, dynamic=DYNAMIC_INSTRUCTIONS),
        version=version,
        keys=keys,
        hidden=tools,
        handlers=menu.handlers(),
        outputs=outputs,
    )

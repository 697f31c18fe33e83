"""The server that a client gets: tools, what is offered beside them, and words on them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from famulor_mcp.instructions import compose
from famulor_mcp.plain import Front
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
    from famulor_mcp.plain import Call
    from famulor_tools.table import Tool

MENU: dict[str, Any] = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
}
"""What the SDK says of a server with the handlers of `menu.Menu`."""


def front(
    tools: Sequence[Tool],
    call: Call,
    *,
    version: str,
    dynamic: bool = False,
    outputs: str = "short",
) -> Front:
    """What clients see of `tools`; with `dynamic`, three others are listed that find and call them.

    Knows no SDK, so that it is there at once.
    """
    others = partial(lists, tools)
    if not dynamic:
        words = compose(INSTRUCTIONS, tools)
        return Front(tools, call, words, version, (), outputs, MENU, others)
    from famulor_mcp.dynamic import Dynamic

    three = Dynamic(DYNAMIC, tools, call, TOOLSETS, SYNONYMS)
    words = compose(INSTRUCTIONS, tools, dynamic=DYNAMIC_INSTRUCTIONS)
    return Front(three.listed, three.call, words, version, tools, outputs, MENU, others)


def lists(tools: Sequence[Tool]) -> dict[str, dict[str, Any]]:
    """What is listed beside the tools, as legacy clients get it."""
    from famulor_mcp import prompts, resources

    names = {tool.name for tool in tools}
    shown = prompts.offered(PROMPTS, names).values()
    templates = resources.offered(RESOURCES, names)
    return {
        "prompts/list": {"prompts": [prompts.wire(one) for one in shown]},
        "resources/list": {"resources": [one.wire() for one in resources.pages(tools, TOOLSETS)]},
        "resources/templates/list": {
            "resourceTemplates": [resources.wire_template(one) for one in templates]
        },
    }


def server(
    front: Front, tools: Sequence[Tool], read: Read, values: Values, keys: Sequence[bytes] = ()
) -> Server[Any]:
    """The SDK's server behind `front`, with the prompts and resources that go with `tools`.

    `read` and `values` are the ways to the account for these.
    """
    from famulor_mcp.menu import Menu
    from famulor_mcp.protocol import make_server

    menu = Menu(tools, TOOLSETS, PROMPTS, RESOURCES, read, values)
    return make_server(front, keys=keys, handlers=menu.handlers())

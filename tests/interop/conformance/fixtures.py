"""What the conformance suite wants to find, as far as our own mechanisms can make it.

    python -m tests.interop.conformance.fixtures

serves these tools, prompts and resources on a free port, through the same factories as the product:
`make_server`, `Menu`, the guard's `Confirm`, `make_app`. Nothing here stands in for one of them, so
what the suite finds good is the product's doing. Answers are text and data there, and so they are
here: no images, no sound, no sampling.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError
from tests.server.tables import tool

from famulor_mcp.account import Account
from famulor_mcp.guard.clock import SystemClock
from famulor_mcp.guard.confirm import NOBODY, Confirm, Request
from famulor_mcp.guard.grants import Grants
from famulor_mcp.guard.intent import Intent
from famulor_mcp.guard.refusals import Unconfirmed
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.hosted.app import Parts, make_app
from famulor_mcp.hosted.bounds import doors
from famulor_mcp.hosted.entry import Gate
from famulor_mcp.hosted.people import Accounts
from famulor_mcp.hosted.serve import Server, address, listening, serve
from famulor_mcp.menu import Menu
from famulor_mcp.plain import Front
from famulor_mcp.protocol import make_server
from famulor_mcp.shape import Result
from famulor_tools import TOOLSETS
from famulor_tools.table import Argument, Prompt, Resource, Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mcp.server.context import ServerRequestContext

    from famulor_mcp.asking import Legacy, Modern
    from famulor_mcp.guard.confirm import Asker

    Act = Callable[[ServerRequestContext[Any], Asker], Awaitable[Result]]

PAGE = next(iter(TOOLSETS))
"""A toolset with a page of reference, which resources are listed with."""
MISSING_CAPABILITY = -32021
"""MissingRequiredClientCapabilityError of revision 2026-07-28."""
KEYWORDS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


async def simple(_ctx: Any, _asker: Asker) -> Result:
    return Result("This is a simple text response for testing.", None, is_error=False)


async def failing(_ctx: Any, _asker: Asker) -> Result:
    return Result("This tool intentionally returns an error for testing", None, is_error=True)


async def progressing(ctx: ServerRequestContext[Any], asker: Asker) -> Result:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"Completed step {done} of 100")
    return await simple(ctx, asker)


async def logging_(ctx: ServerRequestContext[Any], asker: Asker) -> Result:
    await ctx.session.send_log_message("info", "nobody asked for this")
    return await simple(ctx, asker)


async def sampling(_ctx: Any, _asker: Asker) -> Result:
    needed: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
    raise MCPError(MISSING_CAPABILITY, "This tool needs sampling.", needed)


async def stateful(ctx: Any, asker: Asker) -> Result:
    if asker.answer is None:
        await asker.ask("Shall the state come back?", "the state", 30)
    elif asker.answer.grant == "the state":
        return Result("state-ok", None, is_error=False)
    return await failing(ctx, asker)


async def rounds(ctx: Any, asker: Asker) -> Result:
    if asker.answer is None:
        await asker.ask("The first?", "one", 30)
    elif asker.answer.grant == "one":
        await asker.ask("The second?", "two", 30)
    return await simple(ctx, asker)


READS: dict[str, Act] = {
    "test_simple_text": simple,
    "test_error_handling": failing,
    "test_content": simple,
    "json_schema_2020_12_tool": simple,
}
"""They go the short way of `swift`, where the suite does not ask for progress."""
WRITES: dict[str, Act] = {
    "test_tool_with_progress": progressing,
    "test_logging_tool": logging_,
    "test_missing_capability": sampling,
    "test_input_required_result_request_state": stateful,
    "test_input_required_result_multi_round": rounds,
}
CONFIRMED: dict[str, Act] = {
    "test_streaming_elicitation": simple,
    "test_input_required_result_elicitation": simple,
    "test_input_required_result_tampered_state": simple,
    "test_input_required_result_capabilities": simple,
}
"""A person is asked before, by the guard."""
ACTS = {**READS, **WRITES, **CONFIRMED}
TOOLS = [
    *(tool(name, "GET", "/", toolset=PAGE) for name in READS if name != "json_schema_2020_12_tool"),
    tool("json_schema_2020_12_tool", "GET", "/", toolset=PAGE, input_schema=KEYWORDS),
    *(tool(name, "POST", "/", toolset=PAGE) for name in WRITES),
    *(tool(name, "POST", "/", toolset=PAGE, effect="contact") for name in CONFIRMED),
]
BY_NAME = {tool.name: tool for tool in TOOLS}
VALUES = Source("test_content", "name")
PROMPTS = [
    Prompt("test_simple_prompt", "Simple", "Simple", "This is a simple prompt for testing.", ()),
    Prompt(
        "test_prompt_with_arguments",
        "With arguments",
        "With arguments",
        "Prompt with arguments: arg1='{arg1}', arg2='{arg2}'",
        (),
        (Argument("arg1", "First", required=True, values=VALUES), Argument("arg2", "Second")),
    ),
]
RESOURCES = [
    Resource(uri, uri, uri, uri, "text/plain", "test_content", "id", "content")
    for uri in ("test://static-{id}", "test://template/{id}/data")
]


class Desk:
    """Asks the guard's way, and does what the tool does."""

    def __init__(self) -> None:
        clock = SystemClock()
        self._confirm = Confirm("auto", Grants([], MemoryStore(clock), clock))

    async def call(
        self,
        ctx: ServerRequestContext[Any] | None,
        name: str,
        arguments: dict[str, Any],
        asker: Modern | Legacy | Asker,
    ) -> Result:
        intent = Intent.of(BY_NAME[name], arguments, "account")
        try:
            await self._confirm.passes(Request(intent, asker, self._preview, self._check))
        except Unconfirmed as refusal:
            return Result(str(refusal), None, is_error=True)
        return await ACTS[name](ctx, asker)  # type: ignore[arg-type] # reads need no context

    async def read(
        self, _ctx: ServerRequestContext[Any], _name: str, arguments: dict[str, Any]
    ) -> Result:
        return Result("", {"content": f"The content of {arguments['id']}."}, is_error=False)

    async def values(self, _ctx: ServerRequestContext[Any], _source: Source) -> Sequence[Any]:
        return ["paris", "park", "party"]

    async def _preview(self) -> str:
        return "A call of the conformance suite."

    async def _check(self) -> None:
        """Nothing stands in the way."""


def parts(url: str) -> Parts:
    """The hosted application with this table in the place of Famulor's."""
    desk = Desk()
    menu = Menu(TOOLS, TOOLSETS, PROMPTS, RESOURCES, desk.read, desk.values)
    front = Front(TOOLS, desk.call, "", "1", outputs="off")

    async def plain(_identity: Any, name: str, arguments: Any, modern: bool) -> dict[str, Any]:
        return front.result(await desk.call(None, name, arguments, NOBODY), modern=modern)

    return Parts(
        server=make_server(front, handlers=menu.handlers()),
        plain=plain,
        accounts=Accounts(Account),
        gate=Gate("none", None, "a key that goes nowhere"),
        doors=doors(url, (), ()),
        most=1024 * 1024,
        tools={name: name in READS for name in ACTS},
    )


async def main() -> int:
    """Serve until a signal comes."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    socket = listening("127.0.0.1", 0)[0]
    async with make_app(parts(address(socket))) as app:
        logging.getLogger(__name__).info("Serving MCP at %s/mcp", address(socket))
        return await serve(Server(app, 1.0), socket)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

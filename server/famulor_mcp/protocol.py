"""The MCP edge: a table of tools and one function become a server of the SDK, in both eras.

`legacy` is the handshake era (2025-11-25 and older), `modern` is 2026-07-28. On the way of a call
only this module, `asking`, `menu` and the transports know the SDK; a call leaves here as a name and
an argument object.

The SDK builds and validates each answer twice with pydantic. A middleware hands over answers that
are ready for the wire instead: lists are laid out by `plain`, and `tools/call` is a plain dict.
Whatever the middleware does not recognise takes the SDK's ordinary path, which answers the same
bytes (`tests/server/test_protocol.py`, `tests/server/test_swift.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from famulor_mcp.asking import SILENT, asker_of, boundary
from famulor_mcp.plain import (
    DISCOVER_LIFE,
    LIST_LIFE,
    NAME,
    TITLE,
    answered,
    call_result,
    is_call,
)
from famulor_mcp.words import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from famulor_mcp.plain import Front

STATELESS = "famulor_mcp.stateless"
"""Stands in the ASGI scope of a request that belongs to no session."""


def make_server(
    front: Front, *, keys: Sequence[bytes] = (), handlers: Mapping[str, Any] | None = None
) -> Server[Any]:
    """A server that offers the tools of `front` on one page, and answers them by its `call`.

    What `call` gets as its context is the SDK's. `keys` seal the questions to a person that are
    answered with another call. `handlers` are further arguments of the SDK's server (`menu.Menu`).
    """

    async def on_list_tools(
        _ctx: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(types.INVALID_PARAMS, "The tool list has one page: there is no cursor.")
        models = [types.Tool.model_validate(tool, by_name=False) for tool in front.listed]
        return types.ListToolsResult(tools=models)

    async def on_call_tool(
        ctx: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        name = _known(front.acting, params.name)
        asker = asker_of(ctx, params.input_responses, params.request_state)
        answer = await answered(front.call, ctx, name, params.arguments or {}, asker, MCPError)
        if asker.question:
            return asker.question
        return types.CallToolResult.model_validate(call_result(answer), by_name=False)

    server: Server[Any] = Server(
        NAME,
        version=front.version,
        title=TITLE,
        instructions=front.instructions,
        cache_hints={
            "tools/list": CacheHint(ttl_ms=LIST_LIFE, scope="public"),
            "prompts/list": CacheHint(ttl_ms=LIST_LIFE, scope="public"),
            "resources/list": CacheHint(ttl_ms=LIST_LIFE, scope="public"),
            "resources/templates/list": CacheHint(ttl_ms=LIST_LIFE, scope="public"),
            "server/discover": CacheHint(ttl_ms=DISCOVER_LIFE, scope="public"),
        },
        get_tool_input_schema=_no_header_parameters,
        on_list_tools=on_list_tools,
        on_call_tool=on_call_tool,
        **(handlers or {}),
    )
    # Outermost: the tracing that the SDK adds is for the requests that take its own path.
    server.middleware[:0] = [boundary(keys, NAME), Ready(front)]
    return server


class Ready:
    """The middleware that answers lists and `tools/call` without the SDK's models."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, ctx: ServerRequestContext[Any], call_next: CallNext) -> HandlerResult:
        modern = ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        if not modern and not _settled(ctx):
            return await call_next(ctx)  # before the handshake the SDK decides
        params = ctx.params or {}
        if not params.keys() - {"_meta"} and (
            listing := self._front.listing(ctx.method, modern=modern)
        ):
            return listing
        if ctx.method == "tools/call" and is_call(params):
            name = _known(self._front.acting, params["name"])
            asker = asker_of(ctx) if self._front.acting[name] else SILENT
            arguments = params.get("arguments") or {}
            answer = await answered(self._front.call, ctx, name, arguments, asker, MCPError)
            if asker.question:
                return self._question(asker.question)
            return self._front.result(answer, modern=modern)
        return await call_next(ctx)

    def _question(self, question: types.InputRequiredResult) -> dict[str, Any]:
        result = question.model_dump(by_alias=True, mode="json", exclude_none=True)
        return {**result, "_meta": self._front.stamp}


def _known(names: Mapping[str, bool], name: str) -> str:
    if name in names:
        return name
    raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {name[:80]}.{nearest(name[:80], names)}")


def _settled(ctx: ServerRequestContext[Any]) -> bool:
    """Whether a legacy client has greeted, or need not: without sessions no request knows."""
    if ctx.session.client_params is not None:
        return True
    return ctx.request is not None and STATELESS in ctx.request.scope


def _no_header_parameters(_name: str) -> None:
    """No tool takes an argument from an HTTP header; unsaid, the SDK lists all tools per call."""

"""The MCP edge: a table of tools and one function become a server of the SDK, in both eras.

`legacy` is the handshake era (2025-11-25 and older), `modern` is 2026-07-28. On the way of a call
only this module, `asking`, `menu` and the transports know the SDK; a call leaves here as a name and
an argument object.

The SDK builds and validates each answer twice with pydantic. A middleware hands over answers that
are ready for the wire instead: `tools/list` is laid out once per era, `tools/call` is a plain
dict. Whatever the middleware does not recognise takes the SDK's ordinary path, which answers the
same bytes (`tests/server/test_protocol.py`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import mcp_types as types
import orjson
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from famulor_mcp import former
from famulor_mcp.asking import SILENT, asker_of, boundary
from famulor_mcp.guard.confirm import Asker
from famulor_mcp.words import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from famulor_tools.table import Tool

log = logging.getLogger(__name__)

NAME = "famulor-mcp"
STATELESS = "famulor_mcp.stateless"
"""Stands in the ASGI scope of a request that belongs to no session."""
LIST_LIFE = 300_000
"""Milliseconds for which a client may keep the tool list. It changes with a restart only."""
DISCOVER_LIFE = 3_600_000
SHORT = {"type": "object"}
UNKNOWN_OUTCOME = (
    "The gateway failed inside. Whether the request reached Famulor is unknown: check before you "
    "call again. The operator finds the reason in the server's log."
)


class Answer(Protocol):
    """What a call came to: words for the model, the same as data, and whether it failed."""

    @property
    def text(self) -> str: ...
    @property
    def data(self) -> dict[str, Any] | None: ...
    @property
    def is_error(self) -> bool: ...


Call = Callable[["ServerRequestContext[Any]", str, dict[str, Any], Asker], Awaitable[Answer]]
"""(context, name of a tool of the table, arguments, how a person can be asked) → answer."""


def make_server(  # noqa: PLR0913 - all that a client can see of it
    tools: Sequence[Tool],
    call: Call,
    *,
    instructions: str,
    version: str,
    keys: Sequence[bytes] = (),
    hidden: Sequence[Tool] = (),
    handlers: Mapping[str, Any] | None = None,
    outputs: str = "short",
) -> Server[Any]:
    """A server that offers `tools`, in their order and on one page, and answers them by `call`.

    `keys` seal the questions to a person that are answered with another call. `hidden` tools are
    callable and not listed. `handlers` are further arguments of the SDK's server (`menu.Menu`).
    `outputs` says how much of the answers' schemas is listed: off, short or full.
    """
    listed = [wire_tool(tool, outputs) for tool in tools]
    callable_ = former.named((*tools, *hidden))
    acting = {name: tool.effect != "read" for name, tool in callable_.items()}

    async def on_list_tools(
        _ctx: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(types.INVALID_PARAMS, "The tool list has one page: there is no cursor.")
        models = [types.Tool.model_validate(tool, by_name=False) for tool in listed]
        return types.ListToolsResult(tools=models)

    async def on_call_tool(
        ctx: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        name = _known(acting, params.name)
        asker = asker_of(ctx, params.input_responses, params.request_state)
        answer = await _answer(call, ctx, name, params.arguments or {}, asker)
        if asker.question:
            return asker.question
        return types.CallToolResult.model_validate(call_result(answer), by_name=False)

    server: Server[Any] = Server(
        NAME,
        version=version,
        title="Famulor",
        instructions=instructions,
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
    server.middleware[:0] = [boundary(keys, NAME), Ready(server, listed, acting, call)]
    return server


class Ready:
    """The middleware that answers `tools/list` and `tools/call` without the SDK's models."""

    def __init__(
        self,
        server: Server[Any],
        listed: list[dict[str, Any]],
        acting: Mapping[str, bool],
        call: Call,
    ) -> None:
        self._acting = acting
        self._call = call
        self._stamp = stamp(server)
        self._legacy_list = {"tools": [_legacy_order(tool) for tool in listed]}
        self._modern_list = {
            "cacheScope": "public",
            "resultType": "complete",
            "tools": listed,
            "ttlMs": LIST_LIFE,
            "_meta": self._stamp,
        }

    async def __call__(self, ctx: ServerRequestContext[Any], call_next: CallNext) -> HandlerResult:
        modern = ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        if not modern and not _settled(ctx):
            return await call_next(ctx)  # before the handshake the SDK decides
        params = ctx.params or {}
        if ctx.method == "tools/list" and not params.keys() - {"_meta"}:
            return self._modern_list if modern else self._legacy_list
        if ctx.method == "tools/call" and _well_formed(params):
            name = _known(self._acting, params["name"])
            asker = asker_of(ctx) if self._acting[name] else SILENT
            answer = await _answer(self._call, ctx, name, params.get("arguments") or {}, asker)
            if asker.question:
                return self._question(asker.question)
            result = call_result(answer)
            return modern_result(result, self._stamp) if modern else result
        return await call_next(ctx)

    def _question(self, question: types.InputRequiredResult) -> dict[str, Any]:
        result = question.model_dump(by_alias=True, mode="json", exclude_none=True)
        return {**result, "_meta": self._stamp}


def wire_tool(tool: Tool, outputs: str = "short") -> dict[str, Any]:
    """A tool as it stands in `tools/list`: wire names, the SDK's order of keys.

    A full output schema names the fields of the answer. The short one says that there is structured
    content, which is what clients need to know, at a tenth of the cost.
    """
    schemas = {"off": {}, "short": {"outputSchema": SHORT}}
    full = {"outputSchema": dict(tool.output_schema)}
    return {
        "annotations": {key: tool.annotations[key] for key in sorted(tool.annotations)},
        "description": tool.description,
        "inputSchema": dict(tool.input_schema),
        "name": tool.name,
        **schemas.get(outputs, full),
        "title": tool.title,
    }


def call_result(answer: Answer) -> dict[str, Any]:
    """A legacy `CallToolResult` for the wire.

    A client refuses a success without structured content, since every tool has an output schema;
    an error has none, so that no client shows the data instead of the sentence.
    """
    result: dict[str, Any] = {
        "content": [{"text": answer.text, "type": "text"}],
        "isError": answer.is_error,
    }
    if not answer.is_error:
        result["structuredContent"] = (
            {"result": answer.text} if answer.data is None else answer.data
        )
    return result


def modern_result(result: dict[str, Any], stamp: Mapping[str, Any]) -> dict[str, Any]:
    """A legacy `CallToolResult` as a modern one."""
    data = result.pop("structuredContent", None)
    result["resultType"] = "complete"
    if data is not None:
        result["structuredContent"] = data
    result["_meta"] = stamp
    return result


def stamp(server: Server[Any]) -> dict[str, Any]:
    """What every modern result says of the server that gives it."""
    return {types.SERVER_INFO_META_KEY: server.server_info_stamp}


def encoded(message: Mapping[str, Any]) -> bytes:
    """A message as JSON.

    orjson refuses integers over 64 bits and lone surrogates, both of which an upstream may send
    in valid JSON; `json` writes them.
    """
    try:
        return orjson.dumps(message)
    except TypeError:
        return json.dumps(message, separators=(",", ":")).encode()


async def _answer(
    call: Call, ctx: ServerRequestContext[Any], name: str, arguments: dict[str, Any], asker: Asker
) -> Answer:
    """The answer to a call, whatever happens: a legacy client would read an exception's text."""
    try:
        return await call(ctx, name, arguments, asker)
    except MCPError:
        raise
    except Exception:
        log.exception("The call of %s failed inside the gateway", name)
        return _Failed(UNKNOWN_OUTCOME)


class _Failed:
    data: dict[str, Any] | None = None
    is_error = True

    def __init__(self, text: str) -> None:
        self.text = text


def _known(names: Mapping[str, bool], name: str) -> str:
    if name in names:
        return name
    raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {name[:80]}.{nearest(name[:80], names)}")


def _settled(ctx: ServerRequestContext[Any]) -> bool:
    """Whether a legacy client has greeted, or need not: without sessions no request knows."""
    if ctx.session.client_params is not None:
        return True
    return ctx.request is not None and STATELESS in ctx.request.scope


def _well_formed(params: Mapping[str, Any]) -> bool:
    """Whether these are the parameters of a plain call; the SDK's models judge all others."""
    return (
        not params.keys() - {"name", "arguments", "_meta"}
        and isinstance(params.get("name"), str)
        and isinstance(params.get("arguments", {}), dict)
        and isinstance(params.get("_meta", {}), dict)
    )


def _legacy_order(tool: dict[str, Any]) -> dict[str, Any]:
    """The SDK moves three keys of a schema's root to the front for legacy clients."""
    schemas = [key for key in ("inputSchema", "outputSchema") if key in tool]
    return {**tool, **{key: _front(tool[key]) for key in schemas}}


def _front(schema: dict[str, Any]) -> dict[str, Any]:
    order = ["properties", "required", "type", *schema]
    return {key: schema[key] for key in order if key in schema}


def _no_header_parameters(_name: str) -> None:
    """No tool takes an argument from an HTTP header; unsaid, the SDK lists all tools per call."""

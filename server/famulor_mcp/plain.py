"""MCP as plain data: what most messages are, and how they are answered, without the SDK.

`legacy` is the handshake era (2025-11-25 and older), `modern` is 2026-07-28. What is recognised
here fits the protocol's rules to the letter; the SDK judges all else. What is laid out here is what
the SDK would send (`tests/server/test_swift.py`, `tests/server/test_protocol.py`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson

from famulor_mcp import former

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from famulor_mcp.guard.confirm import Asker
    from famulor_tools.table import Tool

log = logging.getLogger(__name__)

NAME, TITLE = "famulor-mcp", "Famulor"
HANDSHAKES = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""Versions of the legacy era, the newest last."""
MODERN = "2026-07-28"
_PREFIX = "io.modelcontextprotocol"
VERSION_KEY = f"{_PREFIX}/protocolVersion"
CAPABILITIES_KEY = f"{_PREFIX}/clientCapabilities"
CLIENT_KEY = f"{_PREFIX}/clientInfo"
SERVER_KEY = f"{_PREFIX}/serverInfo"
LIST_LIFE = 300_000
"""Milliseconds for which a client may keep the tool list. It changes with a restart only."""
DISCOVER_LIFE = 3_600_000
LISTS = ("prompts/list", "resources/list", "resources/templates/list")
"""What a server may list beside its tools."""
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


Call = Callable[[Any, str, dict[str, Any], "Asker"], Awaitable[Answer]]
"""(context of the edge, tool of the table, arguments, how a person can be asked) → answer."""


@dataclass(frozen=True)
class Front:
    """What clients see of a server: `tools` in their order, and what answers them, `call`.

    `hidden` tools are callable and not listed. `outputs` says how much of the answers' schemas is
    listed: off, short or full. `beside` are the capabilities beside tools, and `others` makes what
    legacy clients get for those of `LISTS` that there are.
    """

    tools: Sequence[Tool]
    call: Call
    instructions: str
    version: str
    hidden: Sequence[Tool] = ()
    outputs: str = "short"
    beside: Mapping[str, Any] = field(default_factory=dict)
    others: Callable[[], Mapping[str, dict[str, Any]]] = dict

    @cached_property
    def listed(self) -> list[dict[str, Any]]:
        return [wire_tool(tool, self.outputs) for tool in self.tools]

    @cached_property
    def acting(self) -> dict[str, bool]:
        """The name of each tool that may be called, and whether it does more than read."""
        named = former.named((*self.tools, *self.hidden))
        return {name: tool.effect != "read" for name, tool in named.items()}

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """What every modern result says of the server that gives it."""
        return {SERVER_KEY: {"name": NAME, "title": TITLE, "version": self.version}}

    @cached_property
    def legacy_list(self) -> dict[str, Any]:
        return {"tools": [_legacy_order(tool) for tool in self.listed]}

    @cached_property
    def modern_list(self) -> dict[str, Any]:
        return self._kept({"tools": self.listed})

    @cached_property
    def _others(self) -> Mapping[str, dict[str, Any]]:
        return self.others()

    def listing(self, method: str, *, modern: bool) -> dict[str, Any] | None:
        """The result of a request for a list, whole, or None where this is no such request."""
        if method == "tools/list":
            return self.modern_list if modern else self.legacy_list
        found = self._others.get(method) if method in LISTS else None
        return self._kept(found) if found and modern else found

    def _kept(self, result: dict[str, Any]) -> dict[str, Any]:
        """A list for the modern era, in which a client may keep it."""
        whole = {**result, "cacheScope": "public", "resultType": "complete", "ttlMs": LIST_LIFE}
        return {**{name: whole[name] for name in sorted(whole)}, "_meta": self.stamp}

    @cached_property
    def capabilities(self) -> dict[str, Any]:
        found = {**self.beside, "tools": {"listChanged": False}}
        return {name: found[name] for name in sorted(found)}

    def greeting(self, asked: str) -> dict[str, Any]:
        """The result of `initialize` for the version that a client asks for."""
        return {
            "capabilities": self.capabilities,
            "instructions": self.instructions,
            "protocolVersion": asked if asked in HANDSHAKES else HANDSHAKES[-1],
            "serverInfo": self.stamp[SERVER_KEY],
        }

    def result(self, answer: Answer, *, modern: bool) -> dict[str, Any]:
        """The result of a call that came to `answer`."""
        result = call_result(answer)
        return modern_result(result, self.stamp) if modern else result

    def discovery(self) -> dict[str, Any]:
        """The result of `server/discover`."""
        return {
            "cacheScope": "public",
            "capabilities": self.capabilities,
            "instructions": self.instructions,
            "resultType": "complete",
            "supportedVersions": [MODERN],
            "ttlMs": DISCOVER_LIFE,
            "_meta": self.stamp,
        }


async def answered(  # noqa: PLR0913 - a call, and what may be raised
    call: Call,
    context: Any,
    name: str,
    arguments: dict[str, Any],
    asker: Asker,
    passing: type[Exception] | tuple[()] = (),
) -> Answer:
    """The answer to a call, whatever happens: a legacy client would read an exception's text."""
    try:
        return await call(context, name, arguments, asker)
    except passing:
        raise
    except Exception:
        log.exception("The call of %s failed inside the gateway", name)
        return _Failed(UNKNOWN_OUTCOME)


class _Failed:
    data: dict[str, Any] | None = None
    is_error = True

    def __init__(self, text: str) -> None:
        self.text = text


class Message(NamedTuple):
    """A request, or a notification: that has no number."""

    method: str
    params: dict[str, Any]
    number: int | str | None


BRACKETS = 100
"""What a line may open and still be surely not too deep for the SDK."""
_KEYS = {"jsonrpc", "id", "method", "params"}


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def message(line: bytes) -> Message | None:
    """The message in a line, if that is surely the one which the SDK would read there.

    orjson would round integers over 64 bits. Half a surrogate pair can only be escaped. The SDK
    reads no deeper than some two hundred levels, and no line is deeper than it has brackets.
    """
    deep = line.count(b"[") + line.count(b"{") > BRACKETS
    if deep or rb"\ud" in line or rb"\uD" in line:
        return None
    try:
        found = _DECODER.decode(line.decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.keys() - _KEYS or found.get("jsonrpc") != "2.0":
        return None
    method, params, number = found.get("method"), found.get("params", {}), found.get("id")
    if not (isinstance(method, str) and isinstance(params, dict)):
        return None
    if "id" in found and type(number) not in (int, str):
        return None
    return Message(method, params, number)


def is_greeting(params: Mapping[str, Any]) -> bool:
    """Whether these are the parameters of an `initialize` that is as it should be."""
    client, can = params.get("clientInfo"), params.get("capabilities")
    if params.keys() != {"protocolVersion", "clientInfo", "capabilities"}:
        return False
    if not (isinstance(params["protocolVersion"], str) and isinstance(client, dict)):
        return False
    told = {"name", "version", *(client.keys() & {"title", "description", "websiteUrl"})}
    named = "icons" not in client and all(isinstance(client.get(key), str) for key in told)
    return named and isinstance(can, dict) and _capable(can)


def _capable(can: Mapping[str, Any]) -> bool:
    """Whether the capabilities that the protocol knows are objects of objects, as they should be.

    `roots` holds a truth value instead, and `tasks.requests` is one deeper.
    """
    roots = can.get("roots", {})
    known = ["elicitation", "experimental", "extensions", "sampling", "tasks"]
    branches = [can[name] for name in known if name in can]
    if isinstance(tasks := can.get("tasks"), dict) and isinstance(tasks.get("requests"), dict):
        branches += tasks["requests"].values()
    return (
        isinstance(roots, dict)
        and isinstance(roots.get("listChanged", False), bool)
        and all(isinstance(branch, dict) for branch in branches)
        and all(isinstance(leaf, dict) for branch in branches for leaf in branch.values())
    )


def is_call(params: Mapping[str, Any]) -> bool:
    """Whether these are the parameters of a plain call; the SDK's models judge all others."""
    return (
        not params.keys() - {"name", "arguments", "_meta"}
        and isinstance(params.get("name"), str)
        and isinstance(params.get("arguments", {}), dict)
        and isinstance(params.get("_meta", {}), dict)
    )


def is_enveloped(meta: Any) -> bool:
    """Whether this `_meta` is the envelope of the modern era, and nothing more but for progress."""
    if not isinstance(meta, dict):
        return False
    client = meta.get(CLIENT_KEY, {"name": "", "version": ""})
    return (
        not meta.keys() - {VERSION_KEY, CAPABILITIES_KEY, CLIENT_KEY, "progressToken"}
        and meta.get(VERSION_KEY) == MODERN
        and isinstance(meta.get(CAPABILITIES_KEY), dict)
        and isinstance(client, dict)
        and isinstance(client.get("name"), str)
        and isinstance(client.get("version"), str)
    )


def progress_token(params: Mapping[str, Any]) -> int | str | None:
    """Under what a caller wants to hear how far its call is, if it does."""
    token = params.get("_meta", {}).get("progressToken")
    return token if type(token) in (int, str) else None


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


def encoded(message: Mapping[str, Any]) -> bytes:
    """A message as JSON.

    orjson refuses integers over 64 bits and lone surrogates, both of which an upstream may send
    in valid JSON; `json` writes them.
    """
    try:
        return orjson.dumps(message)
    except TypeError:
        return json.dumps(message, separators=(",", ":")).encode()


def _legacy_order(tool: dict[str, Any]) -> dict[str, Any]:
    """The SDK moves three keys of a schema's root to the front for legacy clients."""
    schemas = [key for key in ("inputSchema", "outputSchema") if key in tool]
    return {**tool, **{key: _front(tool[key]) for key in schemas}}


def _front(schema: dict[str, Any]) -> dict[str, Any]:
    order = ["properties", "required", "type", *schema]
    return {key: schema[key] for key in order if key in schema}

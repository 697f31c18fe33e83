"""A peer and the API, alone with each other: what was asked, what arrived, what came back."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import mcp_types as types
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from bench.peers.recorder import Answer, Recorder, Seen, recording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import TextIO

    from bench.peers.peer import Ask, Peer


class Outcome(NamedTuple):
    """`failed` if the client was told so: `isError`, a JSON-RPC error, or data that it refused."""

    failed: bool
    text: str
    seen: list[Seen]
    size: int = 0
    """Characters of the text or of the structured content, whichever is longer."""


class Room:
    """One session of the SDK's client with one peer."""

    def __init__(self, peer: Peer, client: Client, recorder: Recorder, log: TextIO) -> None:
        self.peer = peer
        self._client = client
        self._recorder = recorder
        self._log = log

    async def call(self, ask: Ask, *answers: Answer, seconds: float = 60) -> Outcome:
        """Call a tool; the API gives these answers, one for each request."""
        self._recorder.answers[:] = answers
        self._recorder.seen.clear()
        size = 0
        try:
            async with asyncio.timeout(seconds):
                result = await self._client.call_tool(ask.tool, self.peer.arguments(ask))
        except TimeoutError:
            failed, text = True, TIMED_OUT
        except Exception as error:  # noqa: BLE001 - whatever the client raises, the caller has that
            failed, text = True, f"{type(error).__name__}: {error}"
        else:
            parts = words(result)
            failed, text, size = bool(result.is_error), "\n".join(parts), max(map(len, parts))
        return Outcome(failed, text, list(self._recorder.seen), size)

    async def tools(self) -> dict[str, types.Tool]:
        return {tool.name: tool for tool in (await self._client.list_tools()).tools}

    def log(self) -> str:
        """What the server has written on stderr so far."""
        self._log.seek(0)
        return self._log.read()


TIMED_OUT = "no answer"


def words(result: types.CallToolResult) -> tuple[str, str]:
    """What a client gets: the texts, and the structured content as JSON."""
    texts = [part.text for part in result.content if isinstance(part, types.TextContent)]
    data: Any = result.structured_content
    return "\n".join(texts), json.dumps(data, ensure_ascii=False) if data else ""


@asynccontextmanager
async def opened(peer: Peer, *, declining: bool = False) -> AsyncIterator[Room]:
    """A fresh process of a peer. A client that is `declining` can be asked, and says no."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        async with recording() as recorder:
            command, *arguments = peer.argv(recorder.url)
            parameters = StdioServerParameters(
                command=command, args=arguments, env=peer.environ(recorder.url)
            )
            asked = decline if declining else None
            transport = stdio_client(parameters, errlog=log)
            async with Client(transport, elicitation_callback=asked) as client:
                yield Room(peer, client, recorder, log)


async def decline(context: Any, params: Any) -> types.ElicitResult:  # noqa: ARG001 - the SDK names them
    return types.ElicitResult(action="decline")

"""The API as a case wants it: answers as told, and keeps what really arrived."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DONE = {"message": "done", "data": {"id": 1}}


class Seen(NamedTuple):
    """A request as it arrived; `path` as it was written, without the query."""

    method: str
    path: str
    query: dict[str, str]
    kind: str
    body: bytes

    @property
    def json(self) -> Any:
        """The body, or None if it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Answer:
    """`body` is sent as JSON unless it is text; status 0 closes the connection, -1 is silence.

    `{authorization}` in a text becomes the header of the request.
    """

    status: int = 200
    body: Any = field(default_factory=lambda: DONE)
    headers: dict[str, str] = field(default_factory=dict)


class Recorder:
    """An HTTP server in this process."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: list[Answer] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Note the request; give the next answer, and the plain one when there is none."""
        path, _, _ = request.raw_path.partition("?")
        kind, body = request.content_type, await request.read()
        self.seen.append(Seen(request.method, path, dict(request.query), kind, body))
        answer = self.answers.pop(0) if self.answers else Answer()
        if answer.status == 0 and request.transport:
            request.transport.close()
        if answer.status <= 0:
            await asyncio.sleep(600)
        return response(answer, request.headers.get("Authorization", ""))


def response(answer: Answer, authorization: str) -> web.Response:
    """What is sent."""
    if isinstance(answer.body, str):
        text = answer.body.replace("{authorization}", authorization)
        return web.Response(
            status=answer.status, text=text, content_type="text/html", headers=answer.headers
        )
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    kind = None if answer.body is None else "application/json"
    return web.Response(status=answer.status, body=body, content_type=kind, headers=answer.headers)


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """A recorder on a free port of this machine."""
    recorder = Recorder()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{rest:.*}", recorder.handle)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    recorder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield recorder
    finally:
        await runner.cleanup()

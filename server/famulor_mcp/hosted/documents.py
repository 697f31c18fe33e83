"""A document that changes with a release only, handed out with a name for its content."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from famulor_mcp.hosted.answers import JSON, Answer, Problem

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

LIFE = (b"cache-control", b"public, max-age=300")
ONLY_GET = Problem(405, "This is a document: GET it.", headers=[(b"allow", b"GET, HEAD")])
NOT_MADE = Problem(404, "No document was made for this server: install it (pip install .).")


class Document:
    """Answers GET and HEAD; whoever has it already is told so (RFC 9110 section 13)."""

    def __init__(self, content: bytes) -> None:
        self._tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'.encode()
        headers = [LIFE, (b"etag", self._tag)]
        self._whole = Answer(200, content, [JSON, *headers])
        self._same = Answer(304, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            await ONLY_GET(scope, receive, send)
            return
        held = [value for name, value in scope["headers"] if name == b"if-none-match"]
        answer = self._same if any(self._tag in value for value in held) else self._whole
        await answer(scope, receive, send)


def openapi() -> Document | Problem:
    """The document of the API that the tools were made from, as JSON; installing makes it."""
    made = files("famulor_tools") / "openapi.json"
    return Document(made.read_bytes()) if made.is_file() else NOT_MADE

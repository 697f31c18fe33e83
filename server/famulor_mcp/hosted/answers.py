"""Answers that the server gives by itself, before any tool or page is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mcp_types as types
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

JSON = (b"content-type", b"application/json")
NO_STORE = (b"cache-control", b"no-store")


class Answer:
    """A whole response, made ready once."""

    def __init__(
        self, status: int, body: bytes = b"", headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        self.status = status
        self.body = body
        self.headers = [*headers, (b"content-length", str(len(body)).encode())]

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [*self.headers],
            }
        )
        body = b"" if scope["method"] == "HEAD" else self.body
        await send({"type": "http.response.body", "body": body})


class Json(Answer):
    """A JSON document that no cache keeps."""

    def __init__(
        self, status: int, value: Any, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(status, orjson.dumps(value), [JSON, NO_STORE, *headers])


class Problem(Json):
    """A refusal in words. Clients of MCP read it as a JSON-RPC error, people as it is."""

    def __init__(
        self,
        status: int,
        words: str,
        code: int = types.INVALID_REQUEST,
        headers: Iterable[tuple[bytes, bytes]] = (),
        number: Any = None,
    ) -> None:
        self._words, self._extra = words, tuple(headers)
        error = {"code": code, "message": words}
        super().__init__(status, {"jsonrpc": "2.0", "id": number, "error": error}, headers)

    def of_form(self) -> Json:
        """The same for a form, which clients of sign-in send (RFC 6749 section 5.2)."""
        error = "temporarily_unavailable" if self.status == 503 else "invalid_request"
        fields = {"error": error, "error_description": self._words}
        return Json(self.status, fields, self._extra)


class Denied(Json):
    """401: who this is was not said, or not believed (RFC 6750 section 3)."""

    def __init__(self, challenge: str, error: str, words: str) -> None:
        fields = {"error": error, "error_description": words}
        super().__init__(401, fields, [(b"www-authenticate", challenge.encode("latin-1"))])

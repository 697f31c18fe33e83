"""The parameters of a request, as RFC 6749 section 3 reads them, and the answer to a wrong one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST = 50
SEVERAL = "resource"
"""The one parameter that may be given more than once (RFC 8707 section 2)."""
NAME = re.compile(r"[a-z_]{1,40}")
"""How parameters are called. Others are not repeated in an answer."""
FORM = "application/x-www-form-urlencoded"
UNSTORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Refusal(Exception):  # noqa: N818 - an answer of the protocol, not an error of the program
    """An answer as in RFC 6749 section 5.2: a code of the RFC, a sentence, an HTTP status."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def response(self) -> Response:
        headers = dict(UNSTORED)
        if self.status == 503:
            headers["Retry-After"] = "5"
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="token"'  # RFC 6749 section 5.2 wants one
        body = {"error": self.error, "error_description": self.description}
        return JSONResponse(body, self.status, headers)


@dataclass(frozen=True, slots=True)
class Fields:
    """Parameters by name. One without a value counts as left out."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From a query or a form. Raises `Refusal` if there are more than 50."""
        try:
            pairs = parse_qsl(text, max_num_fields=MOST)
        except ValueError:
            raise Refusal("invalid_request", f"at most {MOST} parameters are read") from None
        return cls(tuple(pairs))

    @classmethod
    async def posted(cls, request: Request) -> Self:
        """From the form in the body. Raises `Refusal` if there is none, or it repeats a name."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != FORM:
            raise Refusal("invalid_request", f"the body must be a form: Content-Type {FORM}")
        fields = cls.parse((await request.body()).decode("utf-8", "replace"))
        fields.check()
        return fields

    def check(self) -> None:
        """Raise `Refusal` if a parameter is given more than once (sections 3.1 and 3.2)."""
        for name in dict(self.pairs):
            if name != SEVERAL:
                self.one(name)

    def all(self, name: str) -> list[str]:
        """All values of `name`."""
        return [value for key, value in self.pairs if key == name]

    def one(self, name: str) -> str:
        """The value of `name`, or "". Raises `Refusal` if there are several (section 3.1)."""
        values = self.all(name)
        if len(values) > 1:
            shown = name if NAME.fullmatch(name) else "a parameter"
            raise Refusal("invalid_request", f"{shown} must not be given more than once")
        return values[0] if values else ""

    def need(self, name: str) -> str:
        """The value of `name`. Raises `Refusal` if there is not exactly one."""
        if value := self.one(name):
            return value
        raise Refusal("invalid_request", f"{name} is missing")

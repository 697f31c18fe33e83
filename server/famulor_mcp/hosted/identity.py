"""Who makes a request, from the door of the HTTP server to the call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from famulor_mcp.guard.intent import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.context import ServerRequestContext
    from starlette.routing import BaseRoute


@dataclass(frozen=True, slots=True)
class Identity:
    """The holder of one API key, for one request.

    `client` is the OAuth client that acts for them, and `family` their sign-in with it; both are
    empty for a script that sends its key itself. `expires` is a Unix time. Without `certain` nobody
    could say whether the token was revoked: then they may read, and do nothing.
    """

    key: str = field(repr=False)
    client: str = ""
    scopes: tuple[str, ...] = ("tools",)
    expires: int | None = None
    certain: bool = True
    family: str = ""

    @property
    def subject(self) -> str:
        """A name for the key that does not tell it."""
        return fingerprint(self.key)


IDENTITY = "famulor_mcp.identity"
"""Where a request's `Identity` stands in its ASGI scope."""


def who(ctx: ServerRequestContext[Any]) -> Identity:
    """Who makes this very request, in either era and over SSE.

    Raises `LookupError` where nobody said so: then nothing may be done for anyone.
    """
    identity: Identity | None = None
    if ctx.request is not None:
        identity = ctx.request.scope.get(IDENTITY)
    if identity is None:
        raise LookupError("a request came past the entry without an identity")
    return identity


class Door(Protocol):
    """What turns tokens into identities, and everything on the way to a token."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """The authorization server and its documents (RFC 8414, RFC 9728)."""
        ...

    async def identify(self, token: str) -> Identity | None:
        """Whose token it is. None if it is not good, or no longer."""
        ...

    async def doubt(self, identity: Identity) -> bool:
        """The API refused this key. Whether the sign-in that it belongs to is over by that."""
        ...

    def challenge(self, error: str = "", description: str = "", path: str = "/mcp") -> str:
        """`WWW-Authenticate` for a request to `path` (RFC 6750 section 3, RFC 9728 section 5.1)."""
        ...

"""A program that asks for tokens, by what it told of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from famulor_mcp.guard.intent import digest
from famulor_mcp.hosted.signin.redirects import matches

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Client:
    """A client. Without a `secret` it is public (RFC 6749 section 2.1).

    `document` is true if its id is the address at which it describes itself.
    """

    id: str
    name: str = ""
    redirects: Sequence[str] = ()
    secret: str = field(default="", repr=False)
    document: bool = False

    @property
    def label(self) -> str:
        """A short name for the id, which may be long."""
        return label(self.id)

    def redirect(self, asked: str) -> str | None:
        """Where to send the browser if it asks for `asked` ("": it did not say). None: nowhere."""
        if asked:
            return asked if any(matches(one, asked) for one in self.redirects) else None
        return self.redirects[0] if len(self.redirects) == 1 else None


def label(client_id: str) -> str:
    """A short name for a client id."""
    return digest("client", client_id)[:32]

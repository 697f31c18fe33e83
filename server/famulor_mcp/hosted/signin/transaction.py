"""A request for authorization between the question and the answer. The page carries it, sealed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from famulor_mcp.hosted.signin.redirects import extended

if TYPE_CHECKING:
    from typing import Self

SECONDS = 600


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a client asks a person for.

    `client` is the label of its id, `name` what it calls itself; `verified` if the host that the
    browser will return to says so. `cookie` is a digest of the cookie of the browser that was
    asked.
    """

    id: str
    client: str
    name: str
    verified: bool
    redirect: str
    state: str
    challenge: str
    cookie: str

    def claims(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, claims: dict[str, Any]) -> Self:
        return cls(**{one.name: claims[one.name] for one in fields(cls)})

    def answer(self, issuer: str, **values: str) -> str:
        """Where to send the browser with `values` (RFC 6749 section 4.1.2, RFC 9207 section 2)."""
        return extended(self.redirect, **values, state=self.state, iss=issuer)

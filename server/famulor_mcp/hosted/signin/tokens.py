"""Codes and tokens, as claims under seal."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mcp.shared.auth import OAuthToken

from famulor_mcp.hosted.signin.families import LIFE

if TYPE_CHECKING:
    from famulor_mcp.hosted.signin.seal import Purpose, Sealer

CODE_SECONDS = 60.0
ACCESS_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Grant:
    """What someone allowed: that `client` (a label) acts with `key`, for `audience`.

    All tokens of one grant share its `family`. `number` counts its refresh tokens.
    """

    client: str
    key: str = field(repr=False)
    scopes: tuple[str, ...]
    audience: str
    family: str = field(default_factory=lambda: secrets.token_hex(16))
    number: int = 0
    expires: float = 0

    def claims(self) -> dict[str, Any]:
        return {
            "cid": self.client,
            "key": self.key,
            "scp": list(self.scopes),
            "aud": self.audience,
            "fam": self.family,
            "num": self.number,
        }

    @classmethod
    def of(cls, claims: dict[str, Any]) -> Grant:
        return cls(
            claims["cid"],
            claims["key"],
            tuple(claims["scp"]),
            claims["aud"],
            claims["fam"],
            claims["num"],
            claims["exp"],
        )


@dataclass(frozen=True, slots=True)
class Code:
    """A grant that waits for its client, and how to tell that it is the client."""

    grant: Grant
    redirect: str
    challenge: str


class Tokens:
    """Issues and reads. Whether a family is over is not asked here."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def code(self, code: Code) -> str:
        claims = {**code.grant.claims(), "uri": code.redirect, "cha": code.challenge}
        return self._sealer.seal("code", claims, CODE_SECONDS)

    def read_code(self, text: str) -> Code | None:
        claims = self._sealer.open("code", text)
        return Code(Grant.of(claims), claims["uri"], claims["cha"]) if claims else None

    def issue(self, grant: Grant, scopes: tuple[str, ...]) -> OAuthToken:
        """An access token for `scopes`, and the next refresh token, which keeps those of the grant.

        RFC 6749 section 6: a new refresh token has the scope of the one that was used.
        """
        following = replace(grant, number=grant.number + 1)
        access = replace(grant, scopes=scopes).claims()
        return OAuthToken(
            access_token=self._sealer.seal("access", access, ACCESS_SECONDS),
            expires_in=ACCESS_SECONDS,
            scope=" ".join(scopes),
            refresh_token=self._sealer.seal("refresh", following.claims(), LIFE),
        )

    def read(self, purpose: Purpose, text: str) -> Grant | None:
        """The grant of an access or a refresh token."""
        claims = self._sealer.open(purpose, text)
        return Grant.of(claims) if claims else None

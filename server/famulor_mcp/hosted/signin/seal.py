"""What the server gives away and gets back: claims that it alone can read and write.

Nothing of a sign-in is kept: a client id, a page under way, a code and a token each carry their
claims in them, encrypted. So any process that has the secret can read them, also after a restart.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mcp.server.request_state import AESGCMRequestStateCodec, InvalidRequestState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from famulor_mcp.guard.clock import Clock

Purpose = Literal["client", "transaction", "code", "access", "refresh"]
PURPOSES: tuple[Purpose, ...] = ("client", "transaction", "code", "access", "refresh")

LEAST = 32
"""Bytes of a secret, as the SDK's codec wants them."""


class Sealer:
    """Seals with a key of its own for each purpose (RFC 5869), derived from the first secret.

    All secrets open. What is sealed names the issuer, and opens for no other.
    """

    def __init__(self, secrets: Sequence[bytes], issuer: str, clock: Clock) -> None:
        ring = list(dict.fromkeys(secrets))
        if not ring or any(len(secret) < LEAST for secret in ring):
            raise ValueError(f"each secret must have at least {LEAST} bytes, and there must be one")
        self._codecs = {
            purpose: AESGCMRequestStateCodec([derive(secret, purpose) for secret in ring])
            for purpose in PURPOSES
        }
        self._issuer = issuer
        self._clock = clock

    def seal(
        self, purpose: Purpose, claims: Mapping[str, Any], seconds: float | None = None
    ) -> str:
        """Text of `A-Z a-z 0-9 - _ .` that opens for so many seconds, or for good."""
        until = None if seconds is None else self._clock.now().timestamp() + seconds
        sealed = {**claims, "iss": self._issuer, "exp": until}
        return self._codecs[purpose].seal(json.dumps(sealed, separators=(",", ":")).encode())

    def open(self, purpose: Purpose, text: str) -> dict[str, Any] | None:
        """The claims. None if this server did not seal them for `purpose`, or they have expired."""
        try:
            claims: dict[str, Any] = json.loads(self._codecs[purpose].unseal(text))
        except (InvalidRequestState, ValueError):
            return None
        until = claims["exp"]
        expired = until is not None and until <= self._clock.now().timestamp()
        return None if expired or claims["iss"] != self._issuer else claims


def derive(secret: bytes, purpose: str) -> bytes:
    """The key for one purpose, from which neither the secret nor another key can be had.

    The 1 is the form of the claims: a release that changes them counts on, and opens none of old.
    """
    return HKDF(SHA256(), 32, None, b"famulor-mcp/sign-in/1/" + purpose.encode()).derive(secret)

"""Grants: a short text that stands for "this very call may be made", once and for ten minutes.

It is bound by a keyed digest to a call and to what it was given for; without the key none can be
made, and the call cannot be read from it. Nothing is stored until one is used, so several
processes with the same secret and store take each other's; with a store of their own each, one of
them might take it a second time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Literal, NamedTuple

from famulor_mcp.guard.store import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.store import Store

LIFE = 600.0
"""Seconds."""

SKEW = 60.0
"""Seconds by which the clocks of two processes may differ. A grant is remembered that much longer
than it is good: else one could take it again by whose clock it is still good.
"""

NONCE = 10
TAG = 16
HEAD = NONCE + 8
Fault = Literal["", "other", "expired", "used"]


class Terms(NamedTuple):
    """What a grant is for: `use` (how it was given) and the digest of a call."""

    use: str
    call: str


class Grants:
    """Makes grants, and takes each once. The first secret makes, every one takes."""

    def __init__(self, keys: Sequence[bytes], store: Store, clock: Clock) -> None:
        self._keys = [*keys] or [secrets.token_bytes(32)]
        self._store = store
        self._clock = clock

    def make(self, terms: Terms) -> str:
        """A grant for `terms`."""
        until = struct.pack(">d", self._clock.now().timestamp() + LIFE)
        head = secrets.token_bytes(NONCE) + until
        return urlsafe_b64encode(head + tag(self._keys[0], head, terms)).decode().rstrip("=")

    async def take(self, grant: str, terms: Terms) -> Fault:
        """Use a grant up. Answers what is wrong with it; nothing, if it holds for `terms`."""
        head = self._head(grant, terms)
        if head is None:
            return "other"
        (until,) = struct.unpack(">d", head[NONCE:])
        left = until - self._clock.now().timestamp()
        if left <= 0:
            return "expired"
        mark = f"grant:{hashlib.sha256(head).hexdigest()}"
        return "used" if await asked(self._store.claim(mark, b"1", left + SKEW)) else ""

    def _head(self, grant: str, terms: Terms) -> bytes | None:
        """What a grant says, if it was made here for `terms`."""
        try:
            raw = urlsafe_b64decode(grant + "=" * (-len(grant) % 4))
        except ValueError:
            return None
        head, given = raw[:HEAD], raw[HEAD:]
        fits = [hmac.compare_digest(given, tag(key, head, terms)) for key in self._keys]
        return head if len(head) == HEAD and any(fits) else None


def tag(key: bytes, head: bytes, terms: Terms) -> bytes:
    """The keyed digest that binds a grant to its terms."""
    text = "\0".join(["famulor-mcp grant", *terms]).encode()
    return hmac.new(key, head + text, hashlib.sha256).digest()[:TAG]

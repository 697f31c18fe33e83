"""Seals what is kept outside this process, so that nobody else reads, changes or moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mcp.server.request_state import AESGCMRequestStateCodec, InvalidRequestState

from famulor_mcp.guard.refusals import StoreFault

if TYPE_CHECKING:
    from collections.abc import Sequence

PURPOSE = b"famulor-mcp/v1/store"


class Sealer:
    """Seals with the first secret and opens with every one (AES-256-GCM)."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._codec = AESGCMRequestStateCodec([derived(secret) for secret in secrets])

    def seal(self, key: str, value: bytes) -> bytes:
        """`value` as it may lie under `key`; other bytes each time."""
        return self._codec.seal(key.encode() + b"\0" + value).encode()

    def open(self, key: str, sealed: bytes) -> bytes:
        """The value. Raises `StoreFault` where it was not sealed for `key` with one of ours."""
        try:
            name, _, value = self._codec.unseal(sealed.decode()).partition(b"\0")
        except (InvalidRequestState, ValueError):
            name = value = b""
        if name != key.encode():
            raise StoreFault("its store holds what another FAMULOR_MCP_SECRET has sealed")
        return value


def derived(secret: bytes) -> bytes:
    """A key for this purpose alone."""
    return HKDF(SHA256(), 32, None, PURPOSE).derive(secret)

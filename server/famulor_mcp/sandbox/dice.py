"""Chance without chance: what is rolled depends on nothing but the parts named."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def roll(sides: int, *parts: object) -> int:
    """A number from 0 to `sides` - 1, the same for the same parts on any machine."""
    return int.from_bytes(_digest(parts)[:8], "big") % sides


def pick(options: Sequence[T], *parts: object) -> T:
    """One of the options."""
    return options[roll(len(options), *parts)]


def uuid(*parts: object) -> str:
    """A valid version 4 UUID."""
    return str(UUID(bytes=_digest(parts)[:16], version=4))


def token(length: int, *parts: object) -> str:
    """So many hexadecimal digits."""
    return sha256(_digest(parts)).hexdigest()[:length]


def _digest(parts: tuple[object, ...]) -> bytes:
    return sha256("\x1f".join(map(str, parts)).encode()).digest()

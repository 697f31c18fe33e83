"""One Famulor account as the gateway sees it: its key, its pace, and what it remembers.

Kept apart from the connection to the API, because a hosted gateway serves many accounts over one.
"""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from famulor_mcp.errors import MissingKey
from famulor_mcp.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Container

    from famulor_mcp.pace import Pacing

SENDABLE = re.compile(r"[\x21-\x7e]+")
SHORTEST_SECRET = 8


@dataclass(slots=True)
class Kept:
    """The rows that `tool` listed, good until a time on the clock. Whoever reads holds the lock."""

    tool: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = -math.inf
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class Account:
    """The holder of one API key. Two calls with one account share its rate limits.

    `kept` is what lookups read, by the read. `known` is whether the API has taken the key.
    """

    key: str | None = field(default=None, repr=False)
    pace: Pacing = field(default_factory=Pace, repr=False)
    kept: dict[str, Kept] = field(default_factory=dict, repr=False)
    known: bool = False

    def __post_init__(self) -> None:
        self.key = (self.key or "").strip()

    def authorization(self, advice: str) -> str:
        """The value of the `Authorization` header. Raises `MissingKey`, with `advice`."""
        if not self.key:
            raise MissingKey(f"There is no API key, so nothing was sent. {advice}".rstrip())
        if not SENDABLE.fullmatch(self.key):
            raise MissingKey(
                "The API key holds characters that no key has (a space, a line break or the like). "
                f"Nothing was sent. {advice}".rstrip()
            )
        return f"Bearer {self.key}"

    def conceal(self, text: str) -> str:
        """`text` without the key, should anyone have put it there."""
        key = self.key or ""
        return text.replace(key, "[key]") if len(key) >= SHORTEST_SECRET else text

    def forget(self, tools: Container[str]) -> None:
        """Let the next lookup by one of these tools read anew: there may be something new."""
        for kept in self.kept.values():
            if kept.tool in tools:
                kept.until = -math.inf

"""Asks the person at the terminal, for `famulor-mcp call`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from famulor_mcp.guard.confirm import Answer, Reply


@dataclass(frozen=True, slots=True)
class Terminal:
    """Asks on standard error, unless the answer was given beforehand."""

    agreed: bool = False
    answer: Answer | None = None
    patient: bool = True

    @property
    def able(self) -> bool:
        """Whether someone is there, or has said yes already."""
        return self.agreed or (sys.stdin.isatty() and sys.stderr.isatty())

    async def ask(self, question: str, grant: str, seconds: float) -> Reply:  # noqa: ARG002
        """Yes is "y" or "yes", and anything else is no. There is no hurry at a terminal."""
        if self.agreed:
            return "accepted"
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        said = await asyncio.to_thread(sys.stdin.readline)
        return "accepted" if said.strip().lower() in {"y", "yes"} else "declined"

"""Asks the person at the terminal, for `famulor-mcp call`."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        with _interruptible():
            sys.stderr.write(f"{question} [y/N] ")
            sys.stderr.flush()
            said = sys.stdin.readline()  # nothing else is to be done meanwhile
        return "accepted" if said.strip().lower() in {"y", "yes"} else "declined"


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a read at once: asyncio's handler would wait for the line to end."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("\nNothing was sent.\n")
        raise
    finally:
        signal.signal(signal.SIGINT, before)

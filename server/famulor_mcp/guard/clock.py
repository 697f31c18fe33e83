"""The time, as something that a test can set."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day, and measures how long something takes."""

    def now(self) -> datetime:
        """The time in UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The time in UTC, aware."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

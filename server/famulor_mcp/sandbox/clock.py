"""The sandbox's time: every life cycle is a function of it, so a test can move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time in UTC, aware."""
        ...


class RealClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The time in UTC, aware."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved; by default at 23 June 2026, 10:00 UTC."""

    def __init__(self, start: datetime = datetime(2026, 6, 23, 10, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """The time in UTC, aware."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        self._now += timedelta(seconds=seconds)


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds, as the framework prints a model's timestamps."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS`, the other form that occurs in the API's answers."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")

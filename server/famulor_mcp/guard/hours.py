"""When people may be contacted: weekly windows by the clock on the wall of one time zone.

A window is open while that clock shows a time in it, so it follows every change of daylight saving:
an hour that the clock shows twice is open twice, one that it skips is never. A window that ends at
or before its start ends on the next day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EXAMPLE = "mon-fri 09:00-18:00"
MIDNIGHT = 24 * 60
AHEAD = 15
"""Days in which a window opens that is skipped once."""

OPENING = re.compile(r"([a-z,-]+) +(\d\d):([0-5]\d) ?- ?(\d\d):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Opening:
    """A window on each of `days` (0 is Monday), in minutes from midnight, without its end."""

    days: tuple[int, ...]
    start: int
    end: int

    @property
    def overnight(self) -> bool:
        """Whether it ends on the next day."""
        return self.end <= self.start

    def has(self, day: int, minute: int) -> bool:
        """Whether the window is open at a minute of a day of the week."""
        if not self.overnight:
            return day in self.days and self.start <= minute < self.end
        late = day in self.days and minute >= self.start
        return late or ((day - 1) % 7 in self.days and minute < self.end)

    def __str__(self) -> str:
        days = ", ".join(DAY_NAMES[day] for day in self.days)
        next_day = " the next day" if self.overnight else ""
        return f"{days} {clock(self.start)} to {clock(self.end)}{next_day}"


@dataclass(frozen=True, slots=True)
class Hours:
    """The windows of one time zone."""

    zone: ZoneInfo
    openings: tuple[Opening, ...]

    def is_open(self, moment: datetime) -> bool:
        """Whether people may be contacted at `moment`, which is aware."""
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(opening.has(local.weekday(), minute) for opening in self.openings)

    def opens(self, moment: datetime) -> datetime | None:
        """When a window opens next, in UTC; `moment` if one is open."""
        if self.is_open(moment):
            return moment.astimezone(UTC)
        starts = (start for start in self._starts(moment) if start > moment)
        return min(filter(self.is_open, starts), default=None)

    def _starts(self, moment: datetime) -> Iterator[datetime]:
        """The moments of the next days at which a window may open: its starts, and clock changes.

        Where the clock skips a start, the window opens with the change.
        """
        today = moment.astimezone(self.zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(AHEAD)):
            for opening in self.openings:
                yield from self._moments(day, opening.start)
            if change := self._change(day):
                yield change

    def _moments(self, day: date, minute: int) -> Iterator[datetime]:
        """When the clock shows a minute of a day: once, or twice."""
        shown = datetime.combine(day, time(*divmod(minute, 60)), self.zone)
        yield from (shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1))

    def _change(self, day: date) -> datetime | None:
        """When the clock is changed on a day, to the minute."""
        early = datetime.combine(day, time(), self.zone).astimezone(UTC)
        late = datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)
        if self._offset(early) == self._offset(late):
            return None
        while late - early > timedelta(minutes=1):
            middle = early + (late - early) // 2
            if self._offset(middle) == self._offset(early):
                early = middle
            else:
                late = middle
        return late.replace(second=0, microsecond=0)

    def _offset(self, moment: datetime) -> timedelta | None:
        return moment.astimezone(self.zone).utcoffset()


def opening(text: str) -> Opening:
    """The window that a text such as "mon-fri 09:00-18:00" names. Else `ValueError`, with why."""
    match = OPENING.fullmatch(text.strip().lower())
    if not match:
        raise ValueError("must be days and times")
    days, *numbers = match.groups()
    hour, minute, end_hour, end_minute = map(int, numbers)
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if start >= MIDNIGHT or end > MIDNIGHT:
        raise ValueError("has a time that no day has")
    if start == end:
        raise ValueError("ends when it begins (a whole day is 00:00-24:00)")
    return Opening(tuple(sorted(set(days_of(days)))), start, end)


def days_of(text: str) -> Iterator[int]:
    """The days that "mon", "mon-fri", "sat,sun" or "daily" names."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        if part == "daily":
            yield from range(7)
        elif first in DAYS and (last or first) in DAYS:
            start = DAYS.index(first)
            length = (DAYS.index(last or first) - start) % 7
            yield from ((start + step) % 7 for step in range(length + 1))
        else:
            raise ValueError(f"names days that are not {', '.join(DAYS)} or daily")


def clock(minute: int) -> str:
    """A minute of the day as clocks show it."""
    return f"{minute // 60:02}:{minute % 60:02}"

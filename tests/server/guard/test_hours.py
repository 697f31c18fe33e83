"""Hours follow the clock on the wall, through midnight and both changes of daylight saving."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from famulor_mcp.guard.hours import Hours, opening

BERLIN = ZoneInfo("Europe/Berlin")


def hours(*texts: str, zone: ZoneInfo = BERLIN) -> Hours:
    return Hours(zone, tuple(map(opening, texts)))


def at(text: str, fold: int = 0) -> datetime:
    """A moment by the clock in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-06-23 08:59:59", False),
        ("2026-06-23 09:00:00", True),
        ("2026-06-23 17:59:59", True),
        ("2026-06-23 18:00:00", False),
        ("2026-06-27 12:00:00", True),
        ("2026-06-27 14:00:00", False),
        ("2026-06-28 12:00:00", False),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(moment: str, expected: bool) -> None:
    week = hours("mon-fri 09:00-18:00", "sat 10:00-14:00")
    assert week.is_open(at(moment)) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-06-26 21:59", False),
        ("2026-06-26 22:00", True),
        ("2026-06-27 00:00", True),
        ("2026-06-27 01:59", True),
        ("2026-06-27 02:00", False),
        ("2026-06-26 01:00", False),
        ("2026-06-27 23:00", False),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_it_begins(
    moment: str,
    expected: bool,
) -> None:
    assert hours("fri 22:00-02:00").is_open(at(moment)) is expected


def test_sunday_night_reaches_into_monday() -> None:
    assert hours("sun 23:00-01:00").is_open(at("2026-06-29 00:30"))


@pytest.mark.parametrize("text", ["daily 00:00-24:00", "mon-sun 00:00-24:00"])
def test_a_whole_day_has_no_gap(text: str) -> None:
    assert all(hours(text).is_open(at(f"2026-06-23 {hour}")) for hour in ("00:00", "23:59:59"))


def test_days_may_wrap_around_the_week() -> None:
    assert opening("sat-mon 09:00-10:00").days == (0, 5, 6)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-06-23 12:00", "2026-06-23 12:00"),
        ("2026-06-23 07:00", "2026-06-23 09:00"),
        ("2026-06-26 18:00", "2026-06-29 09:00"),
    ],
)
def test_the_next_opening_is_told(moment: str, expected: str) -> None:
    assert hours("mon-fri 09:00-18:00").opens(at(moment)) == at(expected)


def test_the_next_opening_is_the_same_moment_in_every_zone() -> None:
    moment = datetime(2026, 6, 23, 5, tzinfo=UTC)
    opens = hours("daily 09:00-18:00").opens(moment)
    assert opens == datetime(2026, 6, 23, 7, tzinfo=UTC)


def test_opening_by_the_wall_clock_moves_with_daylight_saving() -> None:
    week = hours("daily 09:00-18:00")
    assert week.opens(at("2026-03-28 20:00")) == datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert week.opens(at("2026-03-27 20:00")) == datetime(2026, 3, 28, 8, tzinfo=UTC)


def test_a_window_in_the_hour_that_is_skipped_waits_for_the_next_day() -> None:
    """On 29 March 2026 clocks in Berlin go from 02:00 to 03:00, at 01:00 UTC."""
    night = hours("daily 02:15-02:45")
    assert night.opens(at("2026-03-28 12:00")) == at("2026-03-30 02:15")


def test_a_window_whose_start_is_skipped_opens_with_the_change() -> None:
    night = hours("daily 02:15-04:00")
    assert night.opens(at("2026-03-29 01:00")) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_window_in_the_hour_that_comes_twice_opens_twice() -> None:
    """On 25 October 2026 clocks in Berlin go from 03:00 back to 02:00, at 01:00 UTC."""
    night = hours("daily 02:15-02:45")
    assert night.is_open(at("2026-10-25 02:30", fold=0))
    assert night.is_open(at("2026-10-25 02:30", fold=1))
    between = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    assert not night.is_open(between)
    assert night.opens(between) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


def test_a_zone_with_a_change_of_half_an_hour_is_followed() -> None:
    """Lord Howe Island goes from 02:00 to 02:30 on 4 October 2026, at 15:30 UTC the day before."""
    island = hours("daily 02:10-05:00", zone=ZoneInfo("Australia/Lord_Howe"))
    moment = datetime(2026, 10, 3, 12, tzinfo=UTC)
    assert island.opens(moment) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)

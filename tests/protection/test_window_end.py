"""When a window ends: calendar days later, at the same time on the organisation's wall clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from people.models import Policy
from protection.window import window_end, window_end_from_now

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

# Half-hour changes, changes at midnight, a month of them, and a whole day that never was.
ZONES = [
    "America/New_York",
    "America/Phoenix",
    "Pacific/Honolulu",
    "Europe/London",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]


def plainly(start, days, zone):
    """Return the window's end, found by trying every offset that the zone has around that day."""
    zone = ZoneInfo(zone)
    wall = start.astimezone(zone).replace(tzinfo=None) + days * DAY
    hours = [wall.replace(tzinfo=UTC) + n * HOUR for n in range(-60, 61)]
    offsets = {hour.astimezone(zone).utcoffset() for hour in hours}
    instants = sorted((wall - offset).replace(tzinfo=UTC) for offset in offsets)
    there = [one for one in instants if one.astimezone(zone).replace(tzinfo=None) == wall]
    if there:
        return there[0]
    # The clocks skipped it: as far after the change as it would have been without one.
    before = min(hours, key=lambda hour: hour).astimezone(zone).utcoffset()
    return (wall - before).replace(tzinfo=UTC)


FIRST, LAST = datetime(2005, 1, 1, tzinfo=UTC), datetime(2037, 12, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), LAST - FIRST).map(lambda after: FIRST + after)


@given(moments, st.integers(0, 400), st.sampled_from(ZONES))
def test_it_is_what_trying_every_offset_finds(start, days, zone):
    assert window_end(start, days, ZoneInfo(zone)) == plainly(start, days, zone)


def changes_of(zone, years):
    """Return the hours in which a zone changes its clocks."""
    zone = ZoneInfo(zone)
    hour, end = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[1], 1, 1, tzinfo=UTC)
    while hour < end:
        if hour.astimezone(zone).utcoffset() != (hour + HOUR).astimezone(zone).utcoffset():
            yield hour
        hour += HOUR


CHANGES = [(zone, change) for zone in ZONES for change in changes_of(zone, (2010, 2012))]


@given(st.sampled_from(CHANGES), st.timedeltas(-3 * HOUR, 3 * HOUR), st.integers(0, 90))
def test_so_it_is_when_the_clocks_change(change, away, days):
    """Both for windows that end near a change and, with no days, for those that begin there."""
    zone, hour = change
    start = hour + away - days * DAY

    assert window_end(start, days, ZoneInfo(zone)) == plainly(start, days, zone)


@given(moments, st.integers(1, 90), st.sampled_from(ZONES))
def test_it_is_that_many_days_give_or_take_the_change_of_the_clocks(start, days, zone):
    end = window_end(start, days, ZoneInfo(zone))

    assert end.utcoffset() == timedelta(0)
    if zone != "Pacific/Apia":
        assert abs(end - start - days * DAY) <= 2 * HOUR


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        # Winter to winter, through both changes.
        ("2026-01-05 10:00 -0500", 45, "2026-02-19 10:00 -0500"),
        ("2026-02-01 10:00 -0500", 45, "2026-03-18 10:00 -0400"),
        ("2026-10-01 10:00 -0400", 45, "2026-11-15 10:00 -0500"),
        # 02:30 is skipped on 8 March: an hour later by the clock, the same by the sun.
        ("2026-01-22 02:30 -0500", 45, "2026-03-08 03:30 -0400"),
        ("2026-01-22 03:00 -0500", 45, "2026-03-08 03:00 -0400"),
        # 01:30 comes twice on 1 November: the first.
        ("2026-09-17 01:30 -0400", 45, "2026-11-01 01:30 -0400"),
        ("2026-09-17 02:00 -0400", 45, "2026-11-01 02:00 -0500"),
        # Begun in the second 01:30.
        ("2025-11-02 01:30 -0500", 45, "2025-12-17 01:30 -0500"),
        # Leap years.
        ("2027-01-31 10:00 -0500", 30, "2027-03-02 10:00 -0500"),
        ("2028-01-15 10:00 -0500", 45, "2028-02-29 10:00 -0500"),
        ("2028-02-29 10:00 -0500", 45, "2028-04-14 10:00 -0400"),
        ("2027-01-15 10:00 -0500", 45, "2027-03-01 10:00 -0500"),
        ("2028-02-29 10:00 -0500", 365, "2029-02-28 10:00 -0500"),
        ("2027-12-31 23:59 -0500", 45, "2028-02-14 23:59 -0500"),
    ],
)
def test_the_days_are_the_calendars(start, days, end):
    def instant(text):
        return datetime.strptime(text, "%Y-%m-%d %H:%M %z")

    assert window_end(instant(start), days) == instant(end)


def test_it_begins_now_and_lasts_as_long_as_policy_says(db, move_clock):
    with acting_as(SYSTEM):
        assert window_end_from_now() == window_end(clock(), 45)
        move_clock(20 * DAY)
        Policy.objects.update(protection_days=10)
        assert window_end_from_now() == window_end(clock(), 10)

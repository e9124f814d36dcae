"""What slots.py should find, worked out the slow way: from every quarter of an hour there is.

It goes from instants to wall times, the product from wall times to instants.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)  # every offset from UTC is a multiple of it
SLOT = timedelta(minutes=30)
HOUR = timedelta(hours=1)


def wall_of(instant, zone):
    return instant.astimezone(zone).replace(tzinfo=None)


def opens_a_window(instant, zone):
    """Is it :00 or :30 on the wall clock, for the first time at that wall time?"""
    wall = wall_of(instant, zone)
    earlier = [wall_of(instant - QUARTER * back, zone) for back in range(1, 17)]
    return wall.minute in (0, 30) and wall not in earlier


def rounded_up(instant):
    begun = instant.replace(minute=0, second=0, microsecond=0)
    while begun < instant:
        begun += QUARTER
    return begun


def quarters(start, end):
    instant = rounded_up(start.astimezone(UTC))
    while instant < end:
        yield instant
        instant += QUARTER


def windows_of_day(day, zone):
    """Return the instants at which the windows of a day open."""
    midday = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return [
        instant
        for instant in quarters(midday - 18 * HOUR, midday + 18 * HOUR)
        if wall_of(instant, zone).date() == day and opens_a_window(instant, zone)
    ]


def next_free(rep, after, now, busy):
    """Return the first free window of `rep` from `after`; `busy` are starts of half hours."""
    since = max(after, now)
    last_day = wall_of(now, rep.zone).date() + timedelta(days=180)
    for instant in quarters(since, now + timedelta(days=183)):
        wall = wall_of(instant, rep.zone)
        if (
            wall.date() <= last_day
            and works_then(rep, wall)
            and opens_a_window(instant, rep.zone)
            and not any(abs(instant - other) < SLOT for other in busy)
        ):
            return instant
    return None


def works_then(rep, wall):
    ends = wall + SLOT
    return (
        wall.isoweekday() in rep.working_days
        and wall.time() >= rep.work_starts
        and ends.date() == wall.date()
        and ends.time() <= rep.work_ends
    )


@cache
def transitions(name, first_year=2024, last_year=2037):
    """Return the instants at which a zone's clocks are put forward or back."""
    zone, found = ZoneInfo(name), []
    hour = datetime(first_year, 1, 1, tzinfo=UTC)
    while hour.year <= last_year:
        if hour.astimezone(zone).utcoffset() != (hour + HOUR).astimezone(zone).utcoffset():
            found.append(
                next(
                    minute
                    for minute in (hour + timedelta(minutes=m) for m in range(1, 61))
                    if minute.astimezone(zone).utcoffset() != hour.astimezone(zone).utcoffset()
                )
            )
        hour += HOUR
    return found

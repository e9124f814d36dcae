"""The windows in which a callback can be booked: half hours of a rep's wall clock.

Python alone turns wall times into instants: another machine's PostgreSQL may know other rules of
the same zone, and then the two would not offer the same windows.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from backoffice.clock import clock
from backoffice.refusals import Refused
from callbacks.models import SLOT

DAY = timedelta(days=1)
# The last day on which a callback may be booked, counted from today.
DAYS_AHEAD = 180
HALF_HOURS = [time(minutes // 60, minutes % 60) for minutes in range(0, 24 * 60, 30)]


class BadWindow(Refused):
    """Nobody can book this window, whoever has time."""


# --- one window ---------------------------------------------------------------


def first_instant(day, half_hour, zone):
    """Return the instant of a wall time: of one that comes twice the first, of one skipped None."""
    there = datetime.combine(day, half_hour, zone)
    instant = there.astimezone(UTC)
    # A time that is skipped is counted by the clock that it comes back on no more.
    return instant if instant.astimezone(zone).utcoffset() == there.utcoffset() else None


def window_at(wall, zone):
    """Return the instant at which the window of a naive wall time opens, or refuse."""
    instant = first_instant(wall.date(), wall.time(), zone)
    if instant is None:
        raise BadWindow(
            f"There is no {wall:%H:%M} on {day_of(wall)}: the clocks are put forward over it."
        )
    return instant


def slot_from(text, rep):
    """Return the instant that a form says: with an offset, or as a wall time of `rep`'s."""
    try:
        said = datetime.fromisoformat(text)
        return window_at(said, rep.zone) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadWindow("Choose a window.") from None


def check_window(starts_at, rep, now):
    """Return the wall time of an instant at which `rep` can have a window; refuse any other."""
    # In UTC: Python holds a time that comes twice equal to none of another zone.
    starts_at = starts_at.astimezone(UTC)
    wall = starts_at.astimezone(rep.zone).replace(tzinfo=None, fold=0)
    first = first_instant(wall.date(), wall.time(), rep.zone)
    if wall.time() not in HALF_HOURS or starts_at != first:
        raise BadWindow("A callback starts on the hour or at half past, in your time.")
    if starts_at < now:
        raise BadWindow(f"{wall:%H:%M} on {day_of(wall)} has passed already.")
    if wall.date() > last_day(rep, now):
        raise BadWindow(f"A callback can be booked up to {DAYS_AHEAD} days ahead.")
    return wall


def last_day(rep, now):
    return now.astimezone(rep.zone).date() + timedelta(days=DAYS_AHEAD)


def day_of(wall):
    return f"{wall:%a} {wall.day} {wall:%b %Y}"


def is_working(rep, day, half_hour):
    return day.isoweekday() in rep.working_days and is_in_hours(rep, half_hour)


def is_in_hours(rep, half_hour):
    """Does the whole window that opens then lie in the rep's working hours?"""
    some_day = date(2000, 1, 1)
    closes = datetime.combine(some_day, half_hour) + SLOT
    return rep.work_starts <= half_hour and closes <= datetime.combine(some_day, rep.work_ends)


def comes_twice(day, half_hour, zone):
    first = datetime.combine(day, half_hour, zone)
    return first.replace(fold=1).astimezone(UTC) > first.astimezone(UTC)


# --- the next free one --------------------------------------------------------

# Windows that touch come as one: a diary that is full for months is still a short answer.
TAKEN_RUNS = """
SELECT lower(run), upper(run) FROM unnest((
  SELECT range_agg(slot) FROM callbacks_callback
   WHERE rep_id = %s AND status = 'open' AND starts_at > %s)) AS run"""


def next_free_slot(rep, after=None):
    """Return when the first free window of `rep`'s working hours opens, from `after` or now.

    Working hours and zone are as they are now; None where every window up to DAYS_AHEAD is taken.
    """
    now = clock()
    since = max(after or now, now)
    with connection.cursor() as cursor:
        cursor.execute(TAKEN_RUNS, [rep.pk, since - SLOT])
        runs = cursor.fetchall()
    windows = working_windows(rep, since, last_day(rep, now))
    return next((starts_at for starts_at in windows if is_free(starts_at, runs)), None)


def working_windows(rep, since, until):
    """Yield when the windows of `rep`'s working hours open, from `since` to the day `until`."""
    zone = rep.zone
    half_hours = [half_hour for half_hour in HALF_HOURS if is_in_hours(rep, half_hour)]
    day = since.astimezone(zone).date()
    while day <= until:
        if day.isoweekday() in rep.working_days:
            instants = [first_instant(day, each, zone) for each in half_hours]
            yield from (instant for instant in instants if instant and instant >= since)
        day += DAY


def is_free(starts_at, runs):
    """Is no part of the window taken? `runs` are stretches (from, to) in order, apart."""
    following = bisect_right(runs, starts_at, key=closing)
    return following == len(runs) or runs[following][0] >= starts_at + SLOT


def closing(run):
    return run[1]

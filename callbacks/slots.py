"""The windows in which a callback can be booked: half hours of a rep's wall clock."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from psycopg.types.range import Range

from backoffice.clock import clock
from backoffice.refusals import Refused
from callbacks.models import SLOT, Callback

UTC = ZoneInfo("UTC")
DAY = timedelta(days=1)
# The last day on which a callback may be booked, counted from today.
DAYS_AHEAD = 180
HALF_HOURS = [time(minutes // 60, minutes % 60) for minutes in range(0, 24 * 60, 30)]


class BadWindow(Refused):
    """Nobody can book this window, whoever has time."""


# --- one window ---------------------------------------------------------------


def first_instant(wall, zone):
    """Return the instant of a wall time: of one that comes twice the first, of one skipped None."""
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == wall else None


def window_at(wall, zone):
    """Return the instant at which the window of a naive wall time opens, or refuse."""
    instant = first_instant(wall, zone)
    if instant is None:
        raise BadWindow(
            f"There is no {wall:%H:%M} on {day_of(wall)}: the clocks are put forward over it."
        )
    return instant


def check_window(starts_at, rep, now):
    """Return the wall time of an instant at which `rep` can have a window; refuse any other."""
    wall = starts_at.astimezone(rep.zone).replace(tzinfo=None)
    if wall.time() not in HALF_HOURS or first_instant(wall, rep.zone) != starts_at:
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


# --- the windows of a day -----------------------------------------------------


class State(StrEnum):
    FREE = "free"
    PAST = "past"
    TAKEN = "taken"
    OWN = "own"  # the window that the lead has now


class Taken(NamedTuple):
    """What stands in a rep's diary. `facility` is "" where the rep does not see that lead."""

    slot: Range
    lead_id: int
    facility: str

    def overlaps(self, starts_at):
        return self.slot.lower < starts_at + SLOT and starts_at < self.slot.upper


@dataclass(frozen=True)
class Window:
    """One half hour of a rep's day: when it opens, in UTC, on the rep's clock and over there."""

    starts_at: datetime
    wall: datetime
    there: datetime
    state: State
    is_working: bool
    taken_by: str = ""

    @property
    def is_bookable(self):
        return self.state in {State.FREE, State.OWN}


@dataclass(frozen=True)
class DayGrid:
    """All windows of a rep's day, and the wall times that this day lacks or has twice."""

    day: date
    windows: list[Window]
    skipped: list[time]
    doubled: list[time]

    @property
    def working(self):
        return [window for window in self.windows if window.is_working]

    @property
    def others(self):
        return [window for window in self.windows if not window.is_working]


def day_grid(rep, day, facility_zone, *, lead=None):
    """Return the windows of `rep` on `day` of their wall clock (three queries).

    `facility_zone` says what time it is there then; `lead` is the one that is to be called.
    """
    now, taken = clock(), taken_around(rep, day)
    walls = [datetime.combine(day, half_hour) for half_hour in HALF_HOURS]
    instants = {wall: first_instant(wall, rep.zone) for wall in walls}
    return DayGrid(
        day,
        windows=[
            Window(
                starts_at,
                wall,
                starts_at.astimezone(facility_zone),
                is_working=is_working(rep, wall),
                **standing(starts_at, now, taken, lead),
            )
            for wall, starts_at in instants.items()
            if starts_at
        ],
        skipped=[wall.time() for wall, starts_at in instants.items() if not starts_at],
        doubled=[wall.time() for wall in walls if comes_twice(wall, rep.zone)],
    )


def taken_around(rep, day):
    """Return what is Taken of `rep` on `day` and the days beside it."""
    midnight = datetime.combine(day, time(), rep.zone)
    around = Callback.objects.open().filter(rep=rep.pk).between(midnight - DAY, midnight + 2 * DAY)
    # Asked apart: a join would leave out the windows of leads that are out of sight.
    names = dict(around.values_list("pk", "lead__facility__name"))
    rows = around.values_list("pk", "slot", "lead_id")
    return [Taken(slot, lead_id, names.get(pk, "")) for pk, slot, lead_id in rows]


def standing(starts_at, now, taken, lead):
    """Return the state of a window, and the facility that it is taken by."""
    here = [other for other in taken if other.overlaps(starts_at)]
    strangers = [other for other in here if lead is None or other.lead_id != lead.pk]
    state = State.TAKEN if strangers else State.OWN if here else State.FREE
    return {
        "state": State.PAST if starts_at < now else state,
        "taken_by": next((other.facility for other in strangers or here), ""),
    }


def is_working(rep, wall):
    """Does the whole window at this wall time lie in the rep's working hours?"""
    return (
        wall.isoweekday() in rep.working_days
        and rep.work_starts <= wall.time()
        and wall + SLOT <= datetime.combine(wall.date(), rep.work_ends)
    )


def comes_twice(wall, zone):
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first > second


# --- the next free one --------------------------------------------------------

# Wall times of the rep's working hours, turned into instants; range_agg makes one sorted value of
# all that is taken, so that each of them costs a look into it and none a look at the table.
NEXT_FREE = f"""
WITH rep AS (
  SELECT time_zone AS zone, working_days, greatest(%(after)s, app.clock()) AS since,
         (app.clock() AT TIME ZONE time_zone)::date + {DAYS_AHEAD} AS last_day,
         ceil(date_part('epoch', work_starts) / 1800)::int AS first_half_hour,
         floor(date_part('epoch', work_ends) / 1800)::int - 1 AS last_half_hour
    FROM people_user WHERE id = %(rep)s),
taken AS (
  SELECT coalesce(range_agg(slot), '{{}}') AS slots FROM callbacks_callback
   WHERE rep_id = %(rep)s AND status = 'open'
     AND starts_at > (SELECT since FROM rep) - interval '30 minutes'),
windows AS MATERIALIZED (
  SELECT app.first_instant(day + half_hour * interval '30 minutes', zone) AS starts_at, since
    FROM rep,
         generate_series((since AT TIME ZONE zone)::date::timestamp,
           least((since AT TIME ZONE zone)::date + %(days)s, last_day), '1 day') AS day,
         generate_series(first_half_hour, last_half_hour) AS half_hour
   WHERE date_part('isodow', day) = ANY (working_days))
SELECT starts_at FROM windows, taken
 WHERE starts_at >= since
   AND NOT tstzrange(starts_at, starts_at + interval '30 minutes') && slots
 ORDER BY starts_at LIMIT 1"""


def next_free_slot(rep, after=None):
    """Return when the first free window of `rep`'s working hours opens, from `after` or now.

    Working hours and zone are as they are now; None where every window up to DAYS_AHEAD is taken.
    """
    for days in (21, DAYS_AHEAD):
        with connection.cursor() as cursor:
            cursor.execute(NEXT_FREE, {"rep": rep.pk, "after": after, "days": days})
            found = cursor.fetchone()
        if found:
            return found[0]
    return None

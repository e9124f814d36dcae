"""A rep's day as the picker shows it: each window free, past or taken, and by whom."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from psycopg.types.range import Range

from backoffice.clock import clock
from callbacks.models import SLOT, Callback
from callbacks.slots import DAY, HALF_HOURS, comes_twice, first_instant, is_working


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
    """One half hour of a rep's day: when it opens, by UTC, the rep's clock and the facility's."""

    starts_at: datetime
    here: datetime
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
    instants = {half_hour: first_instant(day, half_hour, rep.zone) for half_hour in HALF_HOURS}
    return DayGrid(
        day,
        windows=[
            Window(
                starts_at,
                here=starts_at.astimezone(rep.zone),
                there=starts_at.astimezone(facility_zone),
                is_working=is_working(rep, day, half_hour),
                **standing(starts_at, now, taken, lead),
            )
            for half_hour, starts_at in instants.items()
            if starts_at
        ],
        skipped=[half_hour for half_hour, starts_at in instants.items() if not starts_at],
        doubled=[half_hour for half_hour in HALF_HOURS if comes_twice(day, half_hour, rep.zone)],
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

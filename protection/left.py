"""How long a window has still to go: one answer for chip, card, list and CSV.

Days are calendar days by the organisation's clock on the wall, as those of the window itself: one
that has just opened has 45 left, also where an hour more or less is among them. Instants come in
as aware datetimes together with `now`, the database's clock.
"""

from datetime import timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from backoffice.clock import Clock

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def days_left(now, until):
    """Return the days left, a day begun counting whole; 0 from the end on, and only then."""
    if until <= now:
        return 0
    return max(-((wall_clock(now) - wall_clock(until)) // DAY), 1)


def wall_clock(instant):
    return instant.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(tzinfo=None)


class DaysLeft(models.Func):
    """SQL: days_left() of an instant at this moment."""

    function = "app.days_left"
    output_field = models.IntegerField()

    def __init__(self, until):
        super().__init__(until, models.Value(settings.TIME_ZONE))


def no_later_than(days):
    """SQL: an instant that ends of windows with so many days left never come after."""
    # The day more makes up for clocks that change.
    return Clock() + (days + 1) * DAY


def urgency(now, until, soon_days):
    """Return how loud a window's end should be: "", "soon" or "last" (its last day).

    `soon_days` is the policy's.
    """
    days = days_left(now, until)
    if days <= 1:
        return "last"
    return "soon" if days <= soon_days else ""


def time_left(now, until):
    """Return what is left on the last day: "18 h", "40 min"."""
    left = until - now
    if left > HOUR:
        return f"{ceil(left / HOUR)} h"
    return f"{max(ceil(left / MINUTE), 0)} min"

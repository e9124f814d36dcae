"""How long a window has still to go: one answer for chip, card, list and CSV.

Instants come in as aware datetimes together with `now`, the database's clock.
"""

from datetime import timedelta
from math import ceil

from django.db import models

from backoffice.clock import Clock

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def days_left(now, until):
    """Return the days left, a day begun counting whole: 45 for a window that has just opened."""
    return max(-((now - until) // DAY), 0)


class DaysLeft(models.Func):
    """SQL: days_left() of an instant at this moment."""

    arity = 1
    template = "greatest(ceil(extract(epoch FROM %(expressions)s - app.clock()) / 86400), 0)::int"
    output_field = models.IntegerField()


def is_soon(now, until, soon_days):
    """Is the end near enough to stand out? `soon_days` is the policy's."""
    return days_left(now, until) <= soon_days


def last_of_soon(soon_days):
    """SQL: the latest end that is_soon()."""
    return Clock() + soon_days * DAY


def urgency(now, until, soon_days):
    """Return how loud a window's end should be: "", "soon" or "last" (its last day)."""
    if days_left(now, until) <= 1:
        return "last"
    return "soon" if is_soon(now, until, soon_days) else ""


def time_left(now, until):
    """Return what is left on the last day: "18 h", "40 min"."""
    left = until - now
    if left > HOUR:
        return f"{ceil(left / HOUR)} h"
    return f"{max(ceil(left / MINUTE), 0)} min"

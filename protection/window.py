"""How long a window lasts: calendar days at the same wall-clock time in the organisation's zone."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection


def window_end(start, days, zone=None):
    """Return the instant `days` calendar days after `start` at the same wall-clock time (UTC).

    Of a wall-clock time that comes twice the first is meant; one that is skipped moves later by
    the gap. `zone` defaults to the organisation's (settings.TIME_ZONE).
    """
    zone = zone or ZoneInfo(settings.TIME_ZONE)
    wall_clock = start.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return wall_clock.replace(tzinfo=zone, fold=0).astimezone(ZoneInfo("UTC"))


def day_there(instant):
    """Return the date in the organisation's zone, by whose clock on the wall windows end."""
    there = instant.astimezone(ZoneInfo(settings.TIME_ZONE))
    return f"{there.day} {there:%b %Y}"


def window_end_from_now():
    """Return when a window that opens in this transaction will end (policy: protection days)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.clock(), protection_days FROM people_policy")
        return window_end(*cursor.fetchone())

"""The one clock: PostgreSQL's. Web servers and workers never ask their own."""

from django.db import connection, models


class Clock(models.Func):
    """SQL: the moment at which this transaction began."""

    function = "app.clock"
    template = "%(function)s()"
    output_field = models.DateTimeField()


class WallClock(Clock):
    """SQL: this very moment, for deadlines that must not wait for a long transaction."""

    function = "app.wall_clock"


def clock():
    """Return the moment at which this transaction began, as the database knows it (aware, UTC)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.clock()")
        return cursor.fetchone()[0]

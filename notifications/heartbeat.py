"""Every sweep says that it ran; /readyz reads when each last did."""

from functools import wraps

from django.db import connection

from backoffice.rls import SYSTEM, acting_as

BEAT = """
INSERT INTO notifications_heartbeat (name, at) VALUES (%s, app.clock())
  ON CONFLICT (name) DO UPDATE SET at = excluded.at"""


def beating(sweep):
    """Write down when the sweep has run to its end; its name is its module's and its own."""
    name = f"{sweep.__module__}.{sweep.__name__}"

    @wraps(sweep)
    def run(*args, **kwargs):
        sweep(*args, **kwargs)
        with acting_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(BEAT, [name])

    return run

"""Sweeps: what happens by itself, a transaction at a time, and never two of a kind at once."""

from contextlib import contextmanager

from django.db import connection

from backoffice.rls import SYSTEM, acting_as

# Ends with the transaction, however that ends. Who comes second has nothing to wait for: whoever
# is at it finds the same rows.
TAKE = "SELECT pg_try_advisory_xact_lock(hashtextextended('sweep ' || %s, 0))"


@contextmanager
def sweep(name):
    """Open a transaction of the system's; yield its cursor, or None where another is at it."""
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(TAKE, [name])
        (alone,) = cursor.fetchone()
        yield cursor if alone else None

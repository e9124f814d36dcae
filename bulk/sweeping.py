"""Finishing bulk actions whose page has gone away, as the people who began them."""

import time

from django.db import OperationalError

from backoffice.middleware import BUSY
from backoffice.rls import SYSTEM, acting_as
from bulk.actions import go_on, left_alone, stop

# A task has 45 seconds; what is left waits for the next one.
BEGIN_NO_MORE_AFTER = 25  # seconds


def finish_what_was_left():
    """Go on with every bulk action that nobody is at; return how many have come to an end."""
    until = time.monotonic() + BEGIN_NO_MORE_AFTER
    with acting_as(SYSTEM):
        found = list(left_alone())
    return sum(finish(bulk, until) for bulk in found)


def finish(bulk, until):
    if not bulk.actor.is_active:
        with acting_as(SYSTEM):
            stop(bulk)
        return True
    while not bulk.has_ended and time.monotonic() < until:
        try:
            # A transaction for each chunk.
            with acting_as(bulk.actor):
                bulk = go_on(bulk.pk, by=bulk.actor)
        except OperationalError as problem:
            if not isinstance(problem.__cause__, BUSY):
                raise
            return False  # The next sweep tries again.
    return bulk.has_ended

"""Finishing bulk actions whose page has gone away, as the people who began them."""

import time

import structlog
from django.db import OperationalError

from backoffice.middleware import BUSY
from backoffice.rls import SYSTEM, acting_as
from bulk.actions import go_on, left_alone, stop

log = structlog.get_logger(__name__)

# A task has 45 seconds; what is left waits for the next one.
BEGIN_NO_MORE_AFTER = 25  # seconds


def finish_what_was_left():
    """Go on with every bulk action that nobody is at; return how many have come to an end."""
    until = time.monotonic() + BEGIN_NO_MORE_AFTER
    with acting_as(SYSTEM):
        found = list(left_alone())
    ended = 0
    for bulk in found:
        try:
            ended += finish(bulk, until)
        except Exception:
            # One that cannot go on holds up no other.
            log.exception("bulk_action_failed", bulk=str(bulk.pk))
    return ended


def finish(bulk, until):
    if not bulk.actor.is_active:
        with acting_as(SYSTEM):
            stop(bulk)
        return True
    while not bulk.has_ended and time.monotonic() < until:
        try:
            # A transaction for each chunk.
            with acting_as(bulk.actor):
                found = go_on(bulk.pk, by=bulk.actor)
        except OperationalError as problem:
            if not isinstance(problem.__cause__, BUSY):
                raise
            return False  # The next sweep tries again.
        if not found.has_ended and found.tally == bulk.tally:
            return False  # Somebody else is at it.
        bulk = found
    return bulk.has_ended

"""Giving back the leads whose protection has ended.

Such a lead is in the pool from that instant, by every query's own predicate; this only writes it
down. Batches lock what they take and skip what others hold, so that any number may run at once and
one that is killed half-way leaves nothing half done.
"""

from backoffice.sweeps import sweep

BATCH = 500
# A task has 45 seconds; what is left waits for the next minute.
AT_MOST = 20_000

LOCK_BATCH = """
SELECT id FROM leads_lead
 WHERE status = 'open' AND owner_id IS NOT NULL AND protected_until <= app.clock()
 ORDER BY protected_until, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"""

# A statement of its own: it sees what the last transaction to hold one of these locks has written,
# a callback perhaps.
GIVE_BACK = "SELECT app.give_back(%s)"


def release_expired(at_most=AT_MOST):
    """Release the leads whose window has ended; return how many (one transaction a batch)."""
    released = 0
    while released < at_most and (count := release_batch()):
        released += count
    return released


def release_batch():
    with sweep("leads.expiry") as cursor:
        if cursor is None:
            return 0
        cursor.execute(LOCK_BATCH, [BATCH])
        locked = [lead for (lead,) in cursor]
        cursor.execute(GIVE_BACK, [locked])
        return cursor.fetchone()[0]

"""Giving back the leads whose protection has ended.

Such a lead is in the pool from that instant, by every query's own predicate; this only writes it
down. Batches lock what they take and skip what others hold, so that any number may run at once and
one that is killed half-way leaves nothing half done.
"""

from backoffice.rls import SYSTEM_ID
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
RELEASE_BATCH = """
WITH due AS (
  SELECT id, owner_id, protected_until FROM leads_lead WHERE id = ANY (%(locked)s)
), released AS (
  UPDATE leads_lead l
     SET owner_id = NULL, owned_at = NULL, protected_until = NULL, pool_since = due.protected_until,
         hot_at = NULL, follow_up_on = NULL, callback_at = NULL, queued_at = NULL,
         version = version + 1
    FROM due WHERE l.id = due.id
  RETURNING l.id, l.facility_id, due.owner_id, due.protected_until
), callbacks AS (
  UPDATE callbacks_callback c SET status = 'cancelled', ended_at = app.clock()
    FROM due WHERE c.lead_id = due.id AND c.status = 'open'
), tasks AS (
  UPDATE leads_task t SET status = 'cancelled', ended_at = app.clock()
    FROM due WHERE t.lead_id = due.id AND t.status = 'open'
), told AS (
  SELECT r.id AS lead_id, u.id AS recipient_id, u.mail_off, u.name AS owner_name,
         'Your protection of ' || f.name || ' has ended; it is back in the pool.' AS sentence,
         'expired:' || r.id || ':' || extract(epoch FROM r.protected_until) AS key
    FROM released r JOIN people_user u ON u.id = r.owner_id
    JOIN leads_facility f ON f.id = r.facility_id
), bell AS (
  INSERT INTO notifications_notice (recipient_id, kind, sentence, lead_id, key)
    SELECT recipient_id, 'lead_released', sentence, lead_id, key FROM told
  ON CONFLICT DO NOTHING
), mail AS (
  INSERT INTO notifications_email
      (recipient_id, kind, sentence, lead_id, key, state, attempts, error)
    SELECT recipient_id, 'lead_released', sentence, lead_id, key, 'pending', 0, '' FROM told
     WHERE NOT 'lead_released' = ANY (mail_off)
  ON CONFLICT DO NOTHING
)
INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail)
  SELECT 'expired', %(system)s, s.name, lead_id,
         'The protection of ' || owner_name || ' ended; the lead went back into the pool.', '', '{}'
    FROM told, people_user s WHERE s.id = %(system)s"""


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
        cursor.execute(RELEASE_BATCH, {"locked": locked, "system": SYSTEM_ID})
        return cursor.rowcount

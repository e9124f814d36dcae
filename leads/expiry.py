"""Giving back the leads whose protection has ended.

Such a lead is in the pool from that instant, by every query's own predicate; this only writes it
down. Batches lock what they take and skip what others hold, so that any number may run at once and
one that is killed half-way leaves nothing half done.
"""

from django.db import connection

from backoffice.rls import SYSTEM, SYSTEM_ID, acting_as

BATCH = 500

RELEASE_BATCH = """
WITH due AS (
  SELECT id, owner_id, protected_until FROM leads_lead
   WHERE status = 'open' AND owner_id IS NOT NULL AND protected_until <= app.clock()
   ORDER BY protected_until, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
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


def release_expired():
    """Release every lead whose window has ended; return how many (one transaction a batch)."""
    released = 0
    while count := release_batch():
        released += count
    return released


def release_batch():
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(RELEASE_BATCH, {"batch": BATCH, "system": SYSTEM_ID})
        return cursor.rowcount

"""Ringing the bell when a callback's window opens: once, and when nobody can undo it any more."""

from backoffice.sweeps import sweep

# Longer ago than this, the queue says it better than a bell.
LATEST = "1 day"
# What a disposition has just booked can be undone for 6 seconds; what leaves the building waits 8.
UNTIL_FINAL = "8 seconds"

RING = f"""
WITH due AS (
  SELECT c.lead_id, u.id AS recipient_id, u.mail_off, 'callback:' || c.id AS key,
         'Call ' || f.name || ': callback '
         || to_char(c.starts_at AT TIME ZONE u.time_zone, 'HH24:MI') || '-'
         || to_char(upper(c.slot) AT TIME ZONE u.time_zone, 'HH24:MI') || '.' AS sentence
    FROM callbacks_callback c JOIN people_user u ON u.id = c.rep_id
    JOIN leads_lead l ON l.id = c.lead_id JOIN leads_facility f ON f.id = l.facility_id
   WHERE c.status = 'open' AND c.starts_at <= app.clock()
     AND c.starts_at > app.clock() - interval '{LATEST}'
     AND c.booked_at <= app.clock() - interval '{UNTIL_FINAL}'
     AND NOT EXISTS (SELECT FROM notifications_notice n WHERE n.key = 'callback:' || c.id)
), mail AS (
  INSERT INTO notifications_email
      (recipient_id, kind, sentence, lead_id, key, state, attempts, error)
    SELECT recipient_id, 'callback_open', sentence, lead_id, key, 'pending', 0, '' FROM due
     WHERE NOT 'callback_open' = ANY (mail_off)
  ON CONFLICT DO NOTHING
)
INSERT INTO notifications_notice (recipient_id, kind, sentence, lead_id, key)
  SELECT recipient_id, 'callback_open', sentence, lead_id, key FROM due
ON CONFLICT DO NOTHING"""


def ring_open_callbacks():
    """Tell each rep of the callbacks whose window has opened; return how many rang."""
    with sweep("callbacks.ringing") as cursor:
        if cursor is None:
            return 0
        cursor.execute(RING)
        return cursor.rowcount

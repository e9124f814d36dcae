"""Mailing that a callback's window has opened: once, to who wants it by e-mail.

The bell needs nobody for that: its line is there since the booking, and counts from that moment
(callbacks 0003).
"""

from backoffice.sweeps import sweep
from notifications.models import SHOWN_FOR

# As far back as the bell shows, the mail comes late rather than never.
MAIL = f"""
INSERT INTO notifications_email
    (recipient_id, kind, sentence, lead_id, key, state, attempts, error)
  SELECT n.recipient_id, n.kind, n.sentence, n.lead_id, n.key, 'pending', 0, ''
    FROM callbacks_callback c JOIN notifications_notice n ON n.key = 'callback:' || c.id
    JOIN people_user u ON u.id = n.recipient_id
   WHERE c.status = 'open' AND c.starts_at <= app.clock()
     AND c.starts_at > app.clock() - interval '{SHOWN_FOR.days} days'
     AND n.due_at <= app.clock() AND NOT n.kind = ANY (u.mail_off)
     AND NOT EXISTS (SELECT FROM notifications_email e WHERE e.key = n.key)
ON CONFLICT DO NOTHING"""


def mail_open_callbacks():
    """Mail each rep about the callbacks whose window has opened; return how many."""
    with sweep("callbacks.ringing") as cursor:
        if cursor is None:
            return 0
        cursor.execute(MAIL)
        return cursor.rowcount

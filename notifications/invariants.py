"""What holds for e-mails: they leave in time, as long as somebody sends them."""

from backoffice.invariants import Invariant

INVARIANTS = [
    Invariant(
        "No e-mail is late while the worker runs",
        """
        SELECT format('e-mail %s', e.id)
          FROM notifications_email e, notifications_heartbeat h
         WHERE e.state = 'pending' AND e.next_attempt_at < app.clock() - interval '5 minutes'
           AND h.name = 'notifications.tasks.send_due'
           AND h.at > app.clock() - interval '1 minute'""",
    ),
]

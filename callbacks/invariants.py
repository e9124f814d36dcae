"""What holds for callbacks: a rep is at one place at a time, and the lead says the same."""

from backoffice.invariants import Invariant

INVARIANTS = [
    Invariant(
        "A rep's open callbacks do not overlap",
        """
        SELECT format('callback %s of %s', id, rep_id) FROM (
          SELECT id, rep_id, lower(slot) < max(upper(slot)) OVER (
                   PARTITION BY rep_id ORDER BY lower(slot), id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS is_too_early
            FROM callbacks_callback WHERE status = 'open') AS in_order
         WHERE is_too_early""",
    ),
    Invariant(
        "A lead has one open callback, and it is its owner's",
        """
        SELECT format('lead %s', c.lead_id)
          FROM callbacks_callback c JOIN leads_lead l ON l.id = c.lead_id
         WHERE c.status = 'open'
         GROUP BY c.lead_id
        HAVING count(*) > 1
            OR bool_or(l.status <> 'open' OR l.owner_id IS DISTINCT FROM c.rep_id)""",
    ),
    Invariant(
        "A lead says when its open callback is",
        """
        SELECT format('lead %s', l.id)
          FROM leads_lead l LEFT JOIN callbacks_callback c
               ON c.lead_id = l.id AND c.status = 'open'
         WHERE l.callback_at IS DISTINCT FROM lower(c.slot)""",
    ),
    Invariant(
        "The bell will ring for each open callback when its window opens, and for no other",
        """
        SELECT coalesce('callback ' || c.id, 'line ' || n.id)
          FROM (SELECT id, rep_id, greatest(starts_at, booked_at + interval '8 seconds') AS due_at
                  FROM callbacks_callback WHERE status = 'open') AS c
          FULL JOIN (SELECT * FROM notifications_notice WHERE kind = 'callback_open') AS n
               ON n.key = 'callback:' || c.id
         WHERE greatest(c.due_at, n.due_at) > app.clock()
           AND (c.rep_id, c.due_at) IS DISTINCT FROM (n.recipient_id, n.due_at)""",
    ),
]

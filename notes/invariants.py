"""What holds for notes: each has its event, and each edit the text that it replaced."""

from backoffice.invariants import Invariant

INVARIANTS = [
    Invariant(
        "A note's edits are as many as the texts that it has kept, and as their events",
        """
        SELECT format('note %s', n.id) FROM notes_note n
          LEFT JOIN (SELECT note_id, count(*) AS texts FROM notes_earliertext GROUP BY 1) t
                 ON t.note_id = n.id
          LEFT JOIN (SELECT note_id, count(*) AS events FROM history_event
                      WHERE kind = 'note_edited' GROUP BY 1) e
                 ON e.note_id = n.id
         WHERE coalesce(texts, 0) <> n.version - 1 OR coalesce(events, 0) <> n.version - 1""",
    ),
    Invariant(
        "A note and the event of its writing are one",
        """
        SELECT format('note %s', coalesce(n.id, e.note_id))
          FROM notes_note n
               FULL JOIN (SELECT * FROM history_event WHERE kind = 'noted') e
                 ON e.note_id = n.id AND e.at = n.written_at AND e.actor_id = n.author_id
                    AND e.lead_id IS NOT DISTINCT FROM n.lead_id
                    AND e.client_id IS NOT DISTINCT FROM n.client_id
                    AND e.person_id IS NOT DISTINCT FROM n.person_id
         WHERE n.id IS NULL OR e.id IS NULL""",
    ),
]

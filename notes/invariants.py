"""What holds for notes: each has its event, and each edit the text that it replaced."""

from backoffice.invariants import Invariant

INVARIANTS = [
    Invariant(
        "A note's edits are as many as the texts that it has kept, and as their events",
        """
        SELECT format('note %s', n.id) FROM notes_note n
         WHERE n.version - 1 <> (SELECT count(*) FROM notes_earliertext t WHERE t.note_id = n.id)
            OR n.version > 1 AND n.version - 1 <> (
               SELECT count(*) FROM history_event e
                WHERE e.kind = 'note_edited' AND e.note_id = n.id)""",
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

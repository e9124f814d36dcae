"""What holds for history: every change of a lead's standing has its event, and every event its
change. Both are written in one transaction, so that they carry the same moment.
"""

from backoffice.invariants import Invariant

# How the end of a window is told. A window that ran out may be told of later, by whoever noticed.
TOLD = [
    ("released", "released"),
    ("handed over", "reassigned"),
]


RELEASED_THEN = """w.ended_at = e.at AND w."end" = 'released'"""


def has_event(kinds, window_time):
    """Return the SQL condition that such an event of window `w` was written at that time."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"""EXISTS (
        SELECT FROM history_event e
         WHERE e.lead_id = w.lead_id AND e.at = {window_time} AND e.kind IN ({listed}))"""


def has_window(condition):
    return f"EXISTS (SELECT FROM protection_window w WHERE w.lead_id = e.lead_id AND {condition})"


INVARIANTS = [
    Invariant(
        "A lead has the event of its making",
        """
        SELECT format('lead %s', id) FROM leads_lead l
         WHERE NOT EXISTS (
           SELECT FROM history_event e
            WHERE e.lead_id = l.id AND e.kind IN ('created', 'imported'))""",
    ),
    Invariant(
        "A window has the event that opened it",
        f"""
        SELECT format('window %s of lead %s', id, lead_id) FROM protection_window w
         WHERE NOT {has_event(["claimed", "reassigned"], "w.started_at")}""",
    ),
    Invariant(
        "A claim has opened the actor's window",
        f"""
        SELECT format('event %s of lead %s', id, lead_id) FROM history_event e
         WHERE kind = 'claimed'
           AND NOT {has_window("w.started_at = e.at AND w.owner_id = e.actor_id")}""",
    ),
    Invariant(
        "A reassignment has opened a window",
        f"""
        SELECT format('event %s of lead %s', id, lead_id) FROM history_event e
         WHERE kind = 'reassigned' AND NOT {has_window("w.started_at = e.at")}
           AND EXISTS (SELECT FROM leads_lead l WHERE l.id = e.lead_id)""",
    ),
    *[
        Invariant(
            f"A window that was {end} has the event of it",
            f"""
            SELECT format('window %s of lead %s', id, lead_id) FROM protection_window w
             WHERE "end" = '{end}' AND NOT {has_event([kind], "w.ended_at")}""",
        )
        for end, kind in TOLD
    ],
    Invariant(
        "A release has ended a window",
        f"""
        SELECT format('event %s of lead %s', id, lead_id) FROM history_event e
         WHERE kind = 'released' AND NOT {has_window(RELEASED_THEN)}""",
    ),
    Invariant(
        "A window that was stopped or closed has the outcome or stage that did it",
        f"""
        SELECT format('window %s of lead %s', id, lead_id) FROM protection_window w
         WHERE "end" IN ('stopped', 'closed')
           AND NOT {has_event(["dispositioned", "stage_moved"], "w.ended_at")}""",
    ),
    Invariant(
        "Windows that ran out and the events that say so are as many",
        """
        SELECT format('lead %s', lead_id) FROM (
          SELECT lead_id, 1 AS counted FROM protection_window WHERE "end" = 'expired'
          UNION ALL
          SELECT lead_id, -1 FROM history_event WHERE kind = 'expired') AS both_sides
         GROUP BY lead_id HAVING sum(counted) <> 0""",
    ),
    Invariant(
        "Whoever moves a lead on has kept it by that, once in their time with it",
        """
        SELECT format('event %s of lead %s', e.id, e.lead_id)
          FROM history_event e
               CROSS JOIN (
                 SELECT ARRAY['qualified', 'discovery', 'gameplan', 'contract']) AS s (stages)
               CROSS JOIN LATERAL unnest(ARRAY[
                 CASE WHEN array_position(s.stages, e.detail->'stage'->>1)
                           > coalesce(array_position(s.stages, e.detail->'stage'->>0), 0)
                      THEN e.detail->'stage'->>1 END,
                 CASE WHEN e.detail->'gameplan_on'->>1 <> 'None' THEN 'gameplan_call' END,
                 CASE WHEN e.detail->'contract_sent_on'->>1 <> 'None' THEN 'contract_sent' END
               ]) AS done (activity)
         WHERE e.kind IN ('stage_moved', 'planned') AND done.activity IS NOT NULL
           AND NOT EXISTS (
             SELECT FROM protection_extension x JOIN protection_window w
                    ON w.lead_id = x.lead_id AND w.owner_id = x.owner_id
                       AND w.started_at = x.owned_at
              WHERE x.lead_id = e.lead_id AND x.owner_id = e.actor_id
                AND x.activity = done.activity AND x.at <= e.at
                AND e.at BETWEEN w.started_at AND coalesce(w.ended_at, e.at))""",
    ),
    Invariant(
        "An extension and its event are one",
        """
        SELECT format('lead %s', coalesce(x.lead_id, e.lead_id))
          FROM (SELECT lead_id, at FROM protection_extension WHERE until > until_before) x
               FULL JOIN (SELECT lead_id, at FROM history_event WHERE kind = 'extended') e
                 ON e.lead_id = x.lead_id AND e.at = x.at
         WHERE x.lead_id IS NULL OR e.lead_id IS NULL""",
    ),
]

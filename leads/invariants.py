"""What holds for every lead: the state table of product.md section 2, and what follows from it."""

from backoffice.invariants import Invariant

INVARIANTS = [
    Invariant(
        "A lead has what goes with its status",
        """
        SELECT format('lead %s is %s', id, status) FROM leads_lead
         WHERE NOT CASE
           WHEN status = 'open' AND owner_id IS NOT NULL
             THEN owned_at IS NOT NULL AND protected_until IS NOT NULL AND pool_since IS NULL
                  AND protection_left IS NULL
           WHEN status = 'open'
             THEN owned_at IS NULL AND protected_until IS NULL AND pool_since IS NOT NULL
                  AND protection_left IS NULL
           WHEN status = 'flagged'
             THEN owner_id IS NOT NULL AND owned_at IS NOT NULL AND protected_until IS NULL
                  AND pool_since IS NULL AND protection_left IS NOT NULL
           WHEN status = 'disqualified'
             THEN protected_until IS NULL AND pool_since IS NULL
                  AND num_nonnulls(protection_left, merged_into_id) IN (0, 2)
           WHEN status IN ('won', 'lost')
             THEN owner_id IS NOT NULL AND protected_until IS NULL AND pool_since IS NULL
                  AND protection_left IS NULL
           ELSE false END
            OR (merged_into_id IS NOT NULL AND status <> 'disqualified')""",
    ),
    Invariant(
        "A merged lead has the event of it, and no later one that takes it back",
        """
        SELECT format('lead %s', coalesce(l.id, e.lead_id))
          FROM (SELECT id, merged_into_id FROM leads_lead WHERE merged_into_id IS NOT NULL) AS l
               FULL JOIN (
                 SELECT DISTINCT ON (lead_id) lead_id, kind, (detail->>'into')::bigint AS into_id
                   FROM history_event WHERE kind IN ('merged', 'unmerged')
                  ORDER BY lead_id, id DESC) AS e
                 ON e.lead_id = l.id AND e.kind = 'merged' AND e.into_id = l.merged_into_id
         WHERE l.id IS NULL AND e.kind = 'merged' OR e.lead_id IS NULL""",
    ),
    Invariant(
        "A lead is won or lost in status and stage alike",
        """
        SELECT format('lead %s is %s in stage %s', id, status, stage) FROM leads_lead
         WHERE (status IN ('won', 'lost') OR stage IN ('won', 'lost')) AND status <> stage""",
    ),
    Invariant(
        "A facility has one live lead of an opportunity type",
        """
        SELECT format('facility %s has leads %s', facility_id, string_agg(id::text, ', '))
          FROM leads_lead WHERE status NOT IN ('won', 'lost')
         GROUP BY facility_id, opportunity_type_id HAVING count(*) > 1""",
    ),
    Invariant(
        "A lead's scope is its opportunity type in its facility's state",
        """
        SELECT format('lead %s', l.id)
          FROM leads_lead l JOIN leads_facility f ON f.id = l.facility_id
               JOIN people_workscope s ON s.id = l.scope_id
         WHERE s.state <> f.state OR s.opportunity_type_id <> l.opportunity_type_id""",
    ),
    Invariant(
        "A lead carries the team of its owner",
        """
        SELECT format('lead %s', l.id)
          FROM leads_lead l LEFT JOIN people_user u ON u.id = l.owner_id
         WHERE l.owner_team_id IS DISTINCT FROM u.team_id""",
    ),
    Invariant(
        "Nothing is planned for a lead that nobody works",
        """
        SELECT format('lead %s', id) FROM leads_lead
         WHERE (owner_id IS NULL OR status <> 'open')
           AND num_nonnulls(callback_at, follow_up_on, hot_at, queued_at) > 0""",
    ),
    Invariant(
        "A lead's follow-up is its open task",
        """
        SELECT format('lead %s', l.id)
          FROM leads_lead l LEFT JOIN leads_task t
               ON t.lead_id = l.id AND t.kind = 'follow_up' AND t.status = 'open'
         WHERE l.follow_up_on IS DISTINCT FROM t.due_on""",
    ),
    Invariant(
        "A hot lead has its qualification task open",
        """
        SELECT format('lead %s', id) FROM leads_lead l
         WHERE hot_at IS NOT NULL AND NOT EXISTS (
           SELECT FROM leads_task t
            WHERE t.lead_id = l.id AND t.kind = 'qualification' AND t.status = 'open')""",
    ),
    Invariant(
        "A facility is found by its names and phones",
        """
        SELECT format('facility %s', f.id)
          FROM leads_facility f LEFT JOIN leads_facilitysearch s ON s.facility_id = f.id
         WHERE s.doc IS NULL
            OR strpos(s.doc, lower(f.name)) = 0
            OR strpos(s.doc, ltrim(f.phone, '+')) = 0""",
    ),
]

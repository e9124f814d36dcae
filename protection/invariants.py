"""What holds for the protection list: it says what the leads say."""

from backoffice.invariants import Invariant

# A lead as the list shows it.
HELD = """
SELECT l.id AS lead_id, f.name AS facility_name, f.city, f.state, t.code AS opportunity, l.owner_id,
       u.name AS owner_name, l.protected_until AS expires_at
  FROM leads_lead l JOIN leads_facility f ON f.id = l.facility_id
       JOIN people_opportunitytype t ON t.id = l.opportunity_type_id
       JOIN people_user u ON u.id = l.owner_id
 WHERE l.status = 'open'"""
LISTED = """
SELECT lead_id, facility_name, city, state, opportunity, owner_id, owner_name, expires_at
  FROM protection_window WHERE ended_at IS NULL"""

INVARIANTS = [
    Invariant(
        "The protection list says what the leads say",
        f"""
        SELECT format('lead %s', coalesce(listed.lead_id, held.lead_id))
          FROM ({LISTED}) AS listed FULL JOIN ({HELD}) AS held USING (lead_id)
         WHERE listed IS DISTINCT FROM held""",
    ),
    Invariant(
        "A window ends once it has begun, and no later than its expiry",
        """
        SELECT format('window %s', id) FROM protection_window
         WHERE NOT started_at <= coalesce(ended_at, started_at)
            OR NOT coalesce(ended_at, expires_at) <= expires_at""",
    ),
    Invariant(
        "A window is stopped for as long as its lead remembers what was left of it",
        """
        SELECT format('lead %s', coalesce(w.lead_id, l.id))
          FROM (SELECT lead_id, owner_id, started_at FROM protection_window
                 WHERE "end" = 'stopped') AS w
               FULL JOIN (SELECT id, owner_id, owned_at FROM leads_lead
                           WHERE protection_left IS NOT NULL) AS l
                 ON l.id = w.lead_id AND l.owner_id = w.owner_id AND l.owned_at = w.started_at
         WHERE w.lead_id IS NULL OR l.id IS NULL""",
    ),
    Invariant(
        "A lead has one window at a time",
        """
        SELECT format('window %s', id) FROM (
          SELECT id, started_at, lag(coalesce(ended_at, 'infinity')) OVER (
                   PARTITION BY lead_id ORDER BY started_at, ended_at, id) AS last_ended_at
            FROM protection_window WHERE "end" <> 'undone') AS windows
         WHERE started_at < last_ended_at""",
    ),
]

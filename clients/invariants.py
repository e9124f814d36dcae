"""What holds for every client."""

from backoffice.invariants import Invariant

INVARIANTS = [
    Invariant(
        "A client has won leads, and who won them is who sees it",
        """
        SELECT format('client %s', c.facility_id)
          FROM clients_client c LEFT JOIN leads_lead l
               ON l.facility_id = c.facility_id AND l.status = 'won'
         GROUP BY c.facility_id
        HAVING count(l.id) = 0
            OR c.sellers <> array_agg(DISTINCT l.owner_id)
            OR c.seller_teams <> coalesce(array_agg(DISTINCT l.owner_team_id)
                 FILTER (WHERE l.owner_team_id IS NOT NULL), '{}')""",
    ),
    Invariant(
        "A won lead has its client, and both the event of it",
        """
        SELECT format('lead %s', coalesce(l.id, e.lead_id))
          FROM (SELECT l.id, c.facility_id AS client_id
                  FROM leads_lead l LEFT JOIN clients_client c USING (facility_id)
                 WHERE l.status = 'won') l
               FULL JOIN (SELECT lead_id, client_id FROM history_event
                           WHERE kind = 'became_client') e
                 ON e.lead_id = l.id AND e.client_id = l.client_id
         WHERE l.id IS NULL OR e.lead_id IS NULL""",
    ),
]

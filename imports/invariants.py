"""What holds for every import: its counters, and what history tells of leads that are gone."""

from backoffice.invariants import Invariant

INVARIANTS = [
    Invariant(
        "An import counts the rows that it has read",
        # Of what has ended long ago, or before anything was written, rows are being forgotten.
        """
        SELECT format('import %s counts %s of %s rows', i.id, i.counted, i.there) FROM (
          SELECT id, new + known + changed + rejected AS counted,
                 (SELECT count(*) FROM imports_row r WHERE r.of_id = imports_import.id) AS there
            FROM imports_import
           WHERE state NOT IN ('cancelled', 'reverted')
             AND (ended_at IS NULL OR ended_at > app.clock() - interval '29 days')) AS i
         WHERE i.counted <> i.there""",
    ),
    Invariant(
        "An import has created the leads that history tells of",
        """
        SELECT format('import %s counts %s of %s leads', i.id, i.created, i.told) FROM (
          SELECT id, created, (SELECT count(*) FROM history_event e
                                WHERE e.bulk_id = imports_import.bulk_id AND e.kind = 'imported'
                              ) AS told
            FROM imports_import) AS i
         WHERE i.created <> i.told""",
    ),
    Invariant(
        "History tells of leads that are there, or that a reverted import took back",
        """
        SELECT format('lead %s', e.lead_id)
          FROM history_event e LEFT JOIN leads_lead l ON l.id = e.lead_id
         WHERE e.lead_id IS NOT NULL AND l.id IS NULL
           AND NOT EXISTS (SELECT FROM history_event r
                            WHERE r.lead_id = e.lead_id AND r.kind = 'import_reverted')
         GROUP BY e.lead_id""",
    ),
]

"""What holds for bulk actions: every number can be counted again, every row has its event."""

from backoffice.invariants import Invariant

KINDS = {"reassign": "reassigned", "not_interested": "dispositioned", "queue": "queued"}
KIND_OF = " ".join(f"WHEN '{deed}' THEN '{kind}'" for deed, kind in KINDS.items())

INVARIANTS = [
    Invariant(
        "A bulk action's tally is what counting its rows gives",
        """
        SELECT format('bulk %s', b.id)
          FROM bulk_bulkaction b CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_object_agg(word, number), '{}') AS words
              FROM (SELECT CASE result WHEN 'skipped' THEN reason ELSE result END AS word,
                           count(*) AS number
                      FROM bulk_bulkrow r
                     WHERE r.bulk_id = b.id AND result <> 'waiting' AND reason <> 'unseen'
                     GROUP BY 1) AS by_word) AS counted
         WHERE words <> (
                 SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(b.tally)
                  WHERE value <> '0' AND key NOT IN ('unseen', 'claimed'))
            OR chosen - coalesce((b.tally->>'unseen')::int, 0) <> (
                 SELECT count(*) FROM bulk_bulkrow r WHERE r.bulk_id = b.id AND reason <> 'unseen')
        """,
    ),
    Invariant(
        "A bulk action that is done waits for no row",
        """
        SELECT format('bulk %s', b.id) FROM bulk_bulkaction b
         WHERE state IN ('done', 'undone') AND EXISTS (
           SELECT FROM bulk_bulkrow r WHERE r.bulk_id = b.id AND r.result = 'waiting')""",
    ),
    Invariant(
        "What was done to a lead in a bulk action is one event with its id",
        f"""
        SELECT format('lead %s of bulk %s', r.lead_id, r.bulk_id)
          FROM bulk_bulkrow r JOIN bulk_bulkaction b ON b.id = r.bulk_id
         WHERE (r.result IN ('done', 'undone', 'kept')) <> (1 = (
           SELECT count(*) FROM history_event e
            WHERE e.bulk_id = r.bulk_id AND e.lead_id = r.lead_id
              AND e.kind = CASE b.deed {KIND_OF} END))""",
    ),
    Invariant(
        "What was undone in a bulk action is one event with its id",
        """
        SELECT format('lead %s of bulk %s', r.lead_id, r.bulk_id) FROM bulk_bulkrow r
         WHERE (r.result = 'undone') <> (1 = (
           SELECT count(*) FROM history_event e
            WHERE e.bulk_id = r.bulk_id AND e.lead_id = r.lead_id AND e.kind = 'undone'))""",
    ),
]

"""What holds for outcomes: what was taken back is gone, and counters can be counted again."""

from backoffice.invariants import Invariant
from leads.outcomes import Outcome

CONNECTS = ", ".join(f"'{outcome}'" for outcome in Outcome if outcome.traits.is_connect)
NO_ANSWERS = ", ".join(f"'{outcome}'" for outcome in Outcome if outcome.traits.counts_as_no_answer)
STANDS = "state IN ('applied', 'final')"
CREATED = """
SELECT d.id AS disposition, d.state, e.what, e.id
  FROM dispositions_disposition d,
       jsonb_to_recordset(d.effects) AS e (did text, what text, id bigint)
 WHERE e.did = 'created' AND d.state IN ('undone', 'superseded')"""


def each_has_the_other(kind, dispositions):
    """Return the SQL of a disposition without its event, or an event without its disposition."""
    return f"""
        SELECT format('disposition %s', coalesce(d.id, e.id))
          FROM (SELECT id FROM dispositions_disposition WHERE {dispositions}) AS d
               FULL JOIN (SELECT (detail->>'disposition')::bigint AS id FROM history_event
                           WHERE kind = '{kind}' AND detail ? 'disposition') AS e USING (id)
         WHERE d.id IS NULL OR e.id IS NULL"""


INVARIANTS = [
    Invariant(
        "Nothing that an outcome set off outlives its being taken back",
        f"""
        SELECT format('%s %s of disposition %s', what, id, disposition) FROM ({CREATED}) AS made
         WHERE (what = 'task' AND EXISTS (
                 SELECT FROM leads_task t
                  WHERE t.id = made.id AND (made.state = 'undone' OR t.status = 'open')))
            OR (what = 'callback' AND EXISTS (
                 SELECT FROM callbacks_callback c
                  WHERE c.id = made.id AND (made.state = 'undone' OR c.status = 'open')))""",
    ),
    Invariant(
        "The no-answer counter is what counting the calls again gives",
        f"""
        SELECT format('lead %s says %s, counted %s', l.id, l.no_answer_count, counted)
          FROM leads_lead l CROSS JOIN LATERAL (
            SELECT count(*) AS counted FROM dispositions_disposition d
             WHERE d.lead_id = l.id AND {STANDS} AND d.outcome IN ({NO_ANSWERS})
               AND d.id > coalesce((SELECT max(id) FROM dispositions_disposition
                    WHERE lead_id = l.id AND {STANDS} AND outcome IN ({CONNECTS})), 0)) AS calls
         WHERE l.no_answer_count <> counted""",
    ),
    Invariant(
        "An outcome and its event are one",
        each_has_the_other("dispositioned", "true"),
    ),
    Invariant(
        "An Undo and its event are one",
        each_has_the_other("undone", "state = 'undone'"),
    ),
]

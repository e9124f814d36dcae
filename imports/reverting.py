"""Taking an import back: the leads that it made and nobody has touched since, and their facilities.

Touched is whatever has a history of its own, a version of its own, or anything that hangs on it.
History stays: it tells that the lead was there, and who took it back.
"""

from functools import cache

from django.db import connection

from backoffice.rls import joined_by
from leads.models import Facility, Lead

CHUNK = 1_000

# The lines by which the import told of what it made, in their order.
MADE = """
DROP TABLE IF EXISTS pg_temp.made;
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
  SELECT lead_id, (detail ->> 'row')::int AS number, l.facility_id, false AS removed,
         l.facility_id = (detail ->> 'facility')::bigint AS is_ours
    FROM (SELECT lead_id, detail, kind FROM history_event
           WHERE bulk_id = %(bulk)s AND id > %(after)s ORDER BY id LIMIT %(chunk)s) AS told
    LEFT JOIN leads_lead l ON l.id = lead_id
   WHERE kind = 'imported' AND lead_id IS NOT NULL;
ANALYZE made"""
LAST = """
SELECT max(id) FROM (SELECT id FROM history_event
  WHERE bulk_id = %(bulk)s AND id > %(after)s ORDER BY id LIMIT %(chunk)s) AS told"""

LOCK_LEADS = """
SELECT id FROM leads_lead WHERE id IN (SELECT lead_id FROM made) ORDER BY id FOR UPDATE"""
LOCK_FACILITIES = """
SELECT id FROM leads_facility WHERE id IN (SELECT facility_id FROM made) ORDER BY id FOR UPDATE"""

# After the locks, in a statement of its own: it sees what whoever had them has written.
CHOOSE = """
UPDATE made SET removed = true
  FROM leads_lead l
 WHERE l.id = made.lead_id AND l.version = 1 AND l.status = 'open'
   AND NOT EXISTS (SELECT FROM history_event e
                    WHERE e.lead_id = l.id AND e.bulk_id IS DISTINCT FROM %(bulk)s)
   AND NOT EXISTS (SELECT FROM protection_window w
                    WHERE w.lead_id = l.id AND w.ended_at IS NOT NULL)
   {untouched}"""

TELL = """
INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
  SELECT 'import_reverted', %(actor)s, %(actor_name)s, lead_id,
         %(actor_name)s || ' reverted the import of ' || f.name || '; the lead is gone.', '',
         '{}', %(bulk)s
    FROM made JOIN leads_lead l ON l.id = made.lead_id JOIN leads_facility f ON f.id = l.facility_id
   WHERE removed ORDER BY lead_id"""
DELETE_LEADS = """
DELETE FROM protection_window WHERE lead_id IN (SELECT lead_id FROM made WHERE removed);
DELETE FROM leads_lead WHERE id IN (SELECT lead_id FROM made WHERE removed)"""
# Those that it made, and those that others made which have been taken back and which were left
# for its leads: the last to go takes the facility along.
DELETE_FACILITIES = """
WITH gone AS MATERIALIZED (
  SELECT f.id FROM made JOIN leads_facility f ON f.id = made.facility_id
   WHERE removed AND f.version = 1
     AND (is_ours OR EXISTS (SELECT FROM history_change c JOIN imports_import i USING (bulk_id)
                              WHERE c.facility_id = f.id AND c.subject = 'facility'
                                AND c.deed = 'added' AND i.state IN ('reverting', 'reverted')))
     {untouched}
), texts AS (
  DELETE FROM leads_facilitysearch WHERE facility_id IN (SELECT id FROM gone)
)
DELETE FROM leads_facility WHERE id IN (SELECT id FROM gone)"""
KEEP = """
UPDATE imports_row r SET verdict = 'kept', lead_id = made.lead_id
  FROM made WHERE r.of_id = %(import)s AND r.number = made.number AND NOT made.removed"""
COUNT = "SELECT count(*) FILTER (WHERE removed), count(*) FILTER (WHERE NOT removed) FROM made"

# What goes with its lead or its facility.
OURS = {"protection_window", "leads_facilitysearch"}


def last_of_chunk(cursor, found):
    """Return the last of the next lines of history; None where there is none left."""
    cursor.execute(LAST, {"bulk": found.bulk_id, "after": found.reverted_to, "chunk": CHUNK})
    return cursor.fetchone()[0]


def revert(cursor, found, *, upto, by):
    """Take back what the next lines of history tell of; return {counter: how many more}."""
    values = {
        "import": found.pk,
        "bulk": found.bulk_id,
        "after": found.reverted_to,
        "chunk": CHUNK,
        "actor": by.pk,
        "actor_name": by.name,
    }
    joined_by(found.bulk_id, by=by)
    of_leads = CHOOSE.format(untouched=nothing_hangs_on(Lead, "l"))
    of_facilities = DELETE_FACILITIES.format(untouched=nothing_hangs_on(Facility, "f"))
    for statement in (MADE, LOCK_LEADS, LOCK_FACILITIES, of_leads, TELL, DELETE_LEADS):
        cursor.execute(statement, values)
    cursor.execute(of_facilities)
    cursor.execute(KEEP, values)
    cursor.execute(COUNT)
    removed, kept = cursor.fetchone()
    return {"removed": removed, "kept": kept}


@cache
def nothing_hangs_on(model, alias):
    """SQL: no row of another table holds a foreign key to the row called `alias`."""
    quote = connection.ops.quote_name
    links = {
        (link.field.model._meta.db_table, link.field.column)
        for link in model._meta.get_fields(include_hidden=True)
        if link.auto_created and not link.concrete and link.field.db_constraint
    }
    return " ".join(
        f"AND NOT EXISTS (SELECT FROM {quote(table)} x WHERE x.{quote(column)} = {alias}.id)"
        for table, column in sorted(links)
        if table not in OURS
    )

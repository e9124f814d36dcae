"""From staged rows to facilities and leads in the pool, a chunk and a transaction at a time."""

from backoffice.commands import at_work
from leads.importing.staging import FACILITY, ROWS

CHUNK = 10_000  # rows of the file

# Two imports take turns, chunk by chunk, so that neither waits for a row of the other's.
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtext('leads.importing'))"

NEW = """number > %(after)s AND number <= %(upto)s
   AND number IN (SELECT number FROM import_verdict WHERE NOT is_duplicate)"""

ADD_FACILITIES = f"""
INSERT INTO leads_facility (source, external_id, name, address, city, state, postcode, phone,
    time_zone, version)
  SELECT %(source)s, external_id, name, address, city, state, postcode, phone, time_zone, 1
    FROM import_row
   WHERE {NEW} AND number IN (SELECT number FROM import_verdict WHERE facility_id IS NULL)
   ORDER BY number
  ON CONFLICT DO NOTHING"""

ADD_LEADS = f"""
WITH made AS (
  INSERT INTO leads_lead (facility_id, opportunity_type_id, scope_id, source, stage, status,
      pool_since, last_outcome, no_answer_count, unreached, version)
    SELECT facility.id, scope.opportunity_type_id, scope.id, %(source)s, 'new', 'open',
           app.clock(), '', 0, false, 1
      FROM {ROWS} {FACILITY}
      JOIN leads_facility f ON f.id = facility.id
      JOIN people_workscope scope
        ON scope.opportunity_type_id = %(type)s AND scope.state = f.state
     WHERE {NEW}
     ORDER BY r.number
    ON CONFLICT DO NOTHING
  RETURNING id
)
INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
  SELECT 'imported', %(actor)s, %(actor_name)s, id, %(sentence)s, '', '{{}}', %(bulk)s
    FROM made ORDER BY id"""


def merge(source, opportunity_type, *, by, bulk_id):
    """Put the staged rows that are new into the pool; return how many leads that made."""
    values = {
        "source": source,
        "type": opportunity_type.pk,
        "actor": by.pk,
        "actor_name": by.name,
        "sentence": f"Imported from {source}.",
        "bulk": bulk_id,
    }
    return sum(
        merge_rows(values | {"after": after, "upto": after + CHUNK})
        for after in range(0, last_row(), CHUNK)
    )


def last_row():
    with at_work() as cursor:
        cursor.execute("SELECT coalesce(max(number), 0) FROM import_row")
        return cursor.fetchone()[0]


def merge_rows(values):
    with at_work() as cursor:
        cursor.execute(TAKE_TURNS)
        cursor.execute(ADD_FACILITIES, values)
        cursor.execute(ADD_LEADS, values)
        return cursor.rowcount

"""The rows of one import in temporary tables, and what is to become of each."""

from contextlib import contextmanager

from backoffice.commands import at_work
from leads.importing.validating import Row

CREATE = """
DROP TABLE IF EXISTS pg_temp.import_row, pg_temp.import_verdict;
CREATE TEMPORARY TABLE import_row (number int PRIMARY KEY, external_id text, name text,
  address text, city text, state text, postcode text, phone text, time_zone text)"""

ROWS = "(SELECT *, app.facility_key(name, address, postcode) AS key FROM import_row) r"
# The facility that a row means, where it is known: what its source calls it, else what has the same
# name, address and postcode, unless both have external ids and so are two.
# (id + 0: else the planner may look for the smallest id along the primary key.)
FACILITY = """
  LEFT JOIN LATERAL (
    SELECT id FROM leads_facility
     WHERE source = %(source)s AND external_id = r.external_id AND external_id <> '') by_id ON true
  LEFT JOIN LATERAL (
    SELECT min(id + 0) AS id FROM leads_facility
     WHERE identity_key = r.key AND (external_id = '' OR r.external_id = '')
       AND by_id.id IS NULL) by_text ON true
  CROSS JOIN LATERAL (SELECT coalesce(by_id.id, by_text.id) AS id) facility"""

# Rows of one `place` are one facility: the first is a new lead, unless the lead is there.
# A phone is shared by the later of two facilities, so that importing again says the same.
JUDGE = f"""
CREATE TEMPORARY TABLE import_verdict AS
WITH placed AS (
  SELECT r.number, r.phone, facility.id AS facility_id,
         coalesce('known ' || facility.id, 'id ' || nullif(r.external_id, ''), 'text ' || r.key)
           AS place
    FROM {ROWS} {FACILITY}
)
SELECT number, facility_id,
       row_number() OVER (PARTITION BY place ORDER BY number) > 1
         OR EXISTS (SELECT FROM leads_lead l
                     WHERE l.facility_id = placed.facility_id AND l.opportunity_type_id = %(type)s
                       AND l.status NOT IN ('won', 'lost')) AS is_duplicate,
       phone <> '' AND CASE
         WHEN facility_id IS NULL THEN
           first_value(place) OVER (PARTITION BY phone ORDER BY number) <> place
           OR EXISTS (SELECT FROM leads_facility f WHERE f.phone <> '' AND f.phone = placed.phone)
         ELSE EXISTS (SELECT FROM leads_facility f WHERE f.phone <> '' AND f.phone = placed.phone
                         AND f.id < placed.facility_id)
       END AS shares_phone
  FROM placed"""

TIDY = """
ALTER TABLE import_verdict ADD PRIMARY KEY (number);
ANALYZE import_verdict"""


@contextmanager
def staging():
    """Hold the rows of one import for as long as it takes; only this connection sees them."""
    with at_work() as cursor:
        cursor.execute(CREATE)
    yield
    with at_work() as cursor:
        cursor.execute("DROP TABLE import_row, import_verdict")


def stage(rows: list[Row]):
    columns = ", ".join(Row._fields)
    with (
        at_work() as cursor,
        cursor.copy(f"COPY import_row ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def judge(source, opportunity_type):
    """Decide which rows are new leads; return how many are and how many are not."""
    with at_work() as cursor:
        cursor.execute("ANALYZE import_row")
        cursor.execute(JUDGE, {"source": source, "type": opportunity_type.pk})
        cursor.execute(TIDY)
        cursor.execute(
            """SELECT count(*) FILTER (WHERE NOT is_duplicate),
                      count(*) FILTER (WHERE is_duplicate) FROM import_verdict"""
        )
        return cursor.fetchone()


def shared_phones():
    """Yield (row number, phone) of each row whose phone is another facility's as well."""
    last = 0
    while page := shared_phones_after(last):
        yield from page
        last = page[-1][0]


def shared_phones_after(number):
    with at_work() as cursor:
        cursor.execute(
            """SELECT number, phone FROM import_verdict JOIN import_row USING (number)
                WHERE shares_phone AND number > %s ORDER BY number LIMIT 1000""",
            [number],
        )
        return cursor.fetchall()

"""Judging a file's rows: what is new, known, changed or rejected, and what one should look at.

Each chunk is read, judged against the database and the rows before it, and kept with its
checkpoint, in one transaction. Nothing that is kept here is a lead yet.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from imports.facilities import DIFFERS, FACILITY, KEY, KNOWN, LISTED
from imports.limits import MOST_COLUMNS
from imports.validating import Bad, Row

CHUNK = 5_000
# Of a rejected row's cells we keep what a person can correct; of all rows at once, what fits.
CELL = 2_000
CELLS = 10_000
WEIGHT = 16_000_000

UNSTORABLE = re.compile("[\0\ud800-\udfff]")

ARRIVED = """
DROP TABLE IF EXISTS pg_temp.arrived;
CREATE TEMPORARY TABLE arrived (number int PRIMARY KEY, external_id text, name text, address text,
  city text, state text, postcode text, phone text, time_zone text, owner text, problem text,
  cells jsonb) ON COMMIT DROP"""

# Who was named as an owner, what they may work and for how many more leads they have room.
OWNERS = """
DROP TABLE IF EXISTS pg_temp.named;
CREATE TEMPORARY TABLE named ON COMMIT DROP AS
  SELECT said.owner, u.id, u.name,
         CASE WHEN u.role = 'inside_rep' AND u.is_active THEN app.scopes_of(u.id) ELSE '{{}}' END
           AS scopes,
         p.open_leads_per_rep
           - (SELECT count(*) FROM leads_lead l
               WHERE l.owner_id = u.id AND l.status = 'open' AND l.protected_until > app.clock())
           AS room
    FROM (SELECT DISTINCT owner FROM {rows} WHERE owner <> '') said
    LEFT JOIN people_user u ON u.email = said.owner
    CROSS JOIN people_policy p"""

# Rows of one `place` are one facility: the first is a new lead, unless the lead is there.
# A phone is shared by the later of two facilities, so that importing again says the same.
JUDGE = f"""
WITH placed AS MATERIALIZED (
  SELECT r.*, facility.id AS facility_id,
         md5(%(import)s || ' ' || coalesce('known ' || facility.id,
             'id ' || nullif(r.external_id, ''), 'text ' || r.key))::uuid AS place
    FROM (SELECT *, {KEY} FROM arrived WHERE problem = '' OFFSET 0) r {FACILITY}
), judged AS MATERIALIZED (
  SELECT r.*, l.id AS lead_id, scope.id AS scope_id,
         coalesce(before.number,
                  nullif(first_value(r.number) OVER (PARTITION BY r.place ORDER BY r.number),
                         r.number)) AS twin,
         f.id IS NOT NULL AND ({DIFFERS}) AS differs,
         r.phone <> '' AND CASE
           WHEN f.id IS NOT NULL THEN listed.id < f.id
           ELSE listed.id IS NOT NULL OR r.place <> coalesce(
             caller.place, first_value(r.place) OVER (PARTITION BY r.phone ORDER BY r.number))
         END AS shares_phone,
         client.facility_id IS NOT NULL AS is_client
    FROM placed r {KNOWN} {LISTED}
    LEFT JOIN LATERAL (
      SELECT number FROM imports_row WHERE place = r.place ORDER BY number LIMIT 1) before ON true
    LEFT JOIN LATERAL (
      SELECT place FROM imports_row
       WHERE hashtextextended(phone, of_id) = hashtextextended(r.phone, %(import)s)
         AND phone <> '' AND r.phone <> ''
       ORDER BY hashtextextended(phone, of_id), number LIMIT 1) caller ON true
    LEFT JOIN LATERAL (
      SELECT facility_id FROM clients_client
       WHERE facility_id = r.facility_id LIMIT 1) client ON true
    JOIN people_workscope scope ON scope.opportunity_type_id = %(type)s
                               AND scope.state = coalesce(f.state, r.state)
), said AS MATERIALIZED (
  SELECT j.*, CASE WHEN twin IS NOT NULL THEN 'known'
                   WHEN lead_id IS NULL THEN 'new'
                   WHEN %(updates)s AND differs THEN 'changed'
                   ELSE 'known' END AS verdict
    FROM judged j
), owned AS (
  SELECT s.number, named.name AS owner_name, named.id AS named_id, named.room,
         named.scopes && ARRAY[s.scope_id] AS may_work,
         coalesce(last.nth, 0) + count(*) FILTER (WHERE named.scopes && ARRAY[s.scope_id]) OVER (
           PARTITION BY s.owner ORDER BY s.number) AS nth
    FROM said s JOIN named ON named.owner = s.owner
    LEFT JOIN LATERAL (
      SELECT nth FROM imports_row
       WHERE hashint8extended(owner_id, of_id) = hashint8extended(named.id, %(import)s)
         AND owner_id IS NOT NULL
       ORDER BY hashint8extended(owner_id, of_id) DESC, number DESC LIMIT 1) last ON true
   WHERE s.verdict = 'new'
)
INSERT INTO imports_row (of_id, number, external_id, name, address, city, state, postcode, phone,
    time_zone, owner, place, verdict, problem, cells, warnings, lead_id, twin, owner_id, nth)
  SELECT %(import)s, s.number, s.external_id, s.name, s.address, s.city, s.state, s.postcode,
         s.phone, s.time_zone, s.owner, s.place, s.verdict, '', NULL,
         to_jsonb(array_remove(ARRAY[
           CASE WHEN s.shares_phone THEN 'another facility has the phone ' || s.phone || ' too' END,
           CASE WHEN s.is_client THEN 'the facility is a client already' END,
           CASE WHEN o.number IS NULL THEN NULL
                WHEN o.named_id IS NULL
                  THEN 'goes to the pool: nobody here has the address ' || s.owner
                WHEN NOT o.may_work THEN 'goes to the pool: ' || o.owner_name || ' may not work it'
                WHEN o.nth > o.room
                  THEN 'goes to the pool: ' || o.owner_name || ' owns as many as one rep may' END
         ], NULL)),
         s.lead_id, s.twin, CASE WHEN o.may_work AND o.nth <= o.room THEN o.named_id END, o.nth
    FROM said s LEFT JOIN owned o USING (number)
  UNION ALL
  SELECT %(import)s, number, '', '', '', '', '', '', '', '', '', NULL, 'rejected', problem,
         cells, '[]', NULL, NULL, NULL, NULL
    FROM arrived WHERE problem <> ''"""


COUNT = """
SELECT count(*) FILTER (WHERE verdict = 'new'), count(*) FILTER (WHERE verdict = 'known'),
       count(*) FILTER (WHERE verdict = 'changed'), count(*) FILTER (WHERE verdict = 'rejected'),
       count(*) FILTER (WHERE warnings <> '[]')
  FROM imports_row WHERE of_id = %(import)s AND number BETWEEN %(first)s AND %(last)s"""
COUNTED = ["new", "known", "changed", "rejected", "warned"]


def judge(cursor, found, lines):
    """Judge some lines of an import and keep them; return {counter: how many more}."""
    cursor.execute(ARRIVED)
    with cursor.copy(f"COPY arrived ({COLUMNS}) FROM STDIN") as copy:
        for line in lines:
            copy.write_row(line)
    cursor.execute(OWNERS.format(rows="arrived"))
    values = {
        "import": found.pk,
        "source": found.source,
        "type": found.opportunity_type_id,
        "updates": found.updates,
        "first": lines[0][0],
        "last": lines[-1][0],
    }
    cursor.execute(JUDGE, values)
    cursor.execute(COUNT, values)
    return dict(zip(COUNTED, cursor.fetchone(), strict=True))


COLUMNS = ", ".join([*Row._fields, "problem", "cells"])
NOTHING = [""] * (len(Row._fields) - 1)


class Chunk(NamedTuple):
    """Some lines of a file, and how far it had been read by then."""

    lines: list[tuple]
    mark: int
    share: int


def chunks(table, reader, *, after):
    """Yield chunks of the rows after that number, none of them too large for memory."""
    lines: list[tuple] = []
    weight = 0
    for record in table:
        if record.number <= after:
            continue
        line = line_of(record, reader)
        lines.append(line)
        weight += sum(len(cell) for cell in line[1:] if cell)
        if len(lines) == CHUNK or weight > WEIGHT:
            yield Chunk(lines, table.mark, table.share)
            lines, weight = [], 0
    if lines:
        yield Chunk(lines, table.mark, table.share)


def ahead(chunks):
    """Yield chunks, each read in another thread while the database is busy with the one before."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, chunks, None)
            yield chunk


def line_of(record, reader):
    """Return a row as it is copied into the database."""
    if record.problem:
        return rejected(record, record.problem)
    try:
        return (*reader.read(record.number, record.cells), "", None)
    except Bad as problem:
        return rejected(record, str(problem))


def rejected(record, problem):
    return (record.number, *NOTHING, problem, json.dumps(kept(record.cells)))


def kept(cells):
    """Return the cells as far as they can and need be stored."""
    left, parts = CELLS, []
    for cell in cells[:MOST_COLUMNS]:
        part = storable(cell[: min(CELL, left)])
        left -= len(part)
        parts.append(part)
    return parts


def storable(text):
    return UNSTORABLE.sub("\ufffd", text)

"""From judged rows to facilities and leads, a chunk and a transaction at a time.

What the check foretold is judged again: others have worked meanwhile. A row's verdict becomes what
was really done with it.
"""

from backoffice.rls import joined_by
from imports.checking import OWNERS
from imports.facilities import CHANGES, DIFFERS, FACILITY, KEY, KNOWN

CHUNK = 5_000

# Two imports take turns, chunk by chunk, so that neither waits for a row of the other's.
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtext('imports.merging'))"

LAST = """
SELECT max(number) FROM (SELECT number FROM imports_row
  WHERE of_id = %(import)s AND number > %(after)s ORDER BY number LIMIT %(chunk)s) AS chunk"""

TO_DO = f"""
DROP TABLE IF EXISTS pg_temp.todo, pg_temp.made, pg_temp.given, pg_temp.added;
CREATE TEMPORARY TABLE todo ON COMMIT DROP AS
  SELECT number, external_id, name, address, city, state, postcode, phone, time_zone, owner,
         verdict, {KEY}
    FROM imports_row
   WHERE of_id = %(import)s AND number > %(after)s AND number <= %(upto)s
     AND verdict IN ('new', 'changed');
CREATE TEMPORARY TABLE made (facility_id bigint PRIMARY KEY) ON COMMIT DROP;
CREATE TEMPORARY TABLE given (facility_id bigint PRIMARY KEY, number int, scope_id int,
  owner_id bigint, owner_name text, refusal text) ON COMMIT DROP;
CREATE TEMPORARY TABLE added (number int PRIMARY KEY, lead_id bigint, facility_id bigint,
  owner_id bigint, owner_name text, refusal text) ON COMMIT DROP"""

# People before leads, leads before facilities, each by id: the order of locks of every action.
LOCK_OWNERS = """
SELECT id FROM people_user WHERE email IN (SELECT owner FROM todo WHERE owner <> '')
 ORDER BY id FOR NO KEY UPDATE"""
LOCK_LEADS = f"""
SELECT id FROM leads_lead
 WHERE facility_id = ANY (ARRAY(SELECT facility.id FROM todo r {FACILITY}))
 ORDER BY id FOR NO KEY UPDATE"""
LOCK_FACILITIES = f"""
SELECT id FROM leads_facility
 WHERE id = ANY (ARRAY(SELECT facility.id FROM todo r {FACILITY}))
 ORDER BY id FOR NO KEY UPDATE"""

ADD_FACILITIES = f"""
WITH made AS (
  INSERT INTO leads_facility (source, external_id, name, address, city, state, postcode, phone,
      time_zone, version)
    SELECT %(source)s, external_id, name, address, city, state, postcode, phone, time_zone, 1
      FROM todo r {FACILITY}
     WHERE verdict = 'new' AND facility.id IS NULL AND (external_id <> '') = %(by_id)s
     ORDER BY number
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO pg_temp.made SELECT id FROM made"""

# Whose leads the rows become.
GIVE = f"""
WITH placed AS MATERIALIZED (
  -- What the check took for two may be one after all.
  SELECT DISTINCT ON (f.id) r.number, r.owner, f.id AS facility_id, scope.id AS scope_id
    FROM (SELECT r.*, facility.id AS facility_id FROM todo r {FACILITY}
           WHERE r.verdict = 'new') r {KNOWN}
    JOIN people_workscope scope
      ON scope.opportunity_type_id = %(type)s AND scope.state = f.state
   WHERE l.id IS NULL
   ORDER BY f.id, r.number
), judged AS (
  SELECT p.*, named.id AS named_id, named.name AS named,
         CASE WHEN p.owner = '' THEN NULL
              WHEN named.id IS NULL
                THEN 'goes to the pool: nobody here has the address ' || p.owner
              WHEN NOT named.scopes && ARRAY[p.scope_id]
                THEN 'goes to the pool: ' || named.name || ' may not work it'
              WHEN count(*) FILTER (WHERE named.scopes && ARRAY[p.scope_id]) OVER (
                     PARTITION BY p.owner ORDER BY p.number) > named.room
                THEN 'goes to the pool: ' || named.name || ' owns as many as one rep may'
         END AS refusal
    FROM placed p LEFT JOIN named ON named.owner = p.owner AND p.owner <> ''
)
INSERT INTO given (facility_id, number, scope_id, owner_id, owner_name, refusal)
  SELECT facility_id, number, scope_id, CASE WHEN refusal IS NULL THEN named_id END, named, refusal
    FROM judged"""
ADD_LEADS = """
WITH leads AS (
  INSERT INTO leads_lead (facility_id, opportunity_type_id, scope_id, source, stage, status,
      owner_id, owned_at, protected_until, pool_since, last_outcome, no_answer_count, unreached,
      version)
    SELECT facility_id, %(type)s, scope_id, %(source)s, 'new', 'open', owner_id,
           CASE WHEN owner_id IS NOT NULL THEN app.clock() END,
           CASE WHEN owner_id IS NOT NULL THEN %(until)s END,
           CASE WHEN owner_id IS NULL THEN app.clock() END, '', 0, false, 1
      FROM given ORDER BY number
    ON CONFLICT DO NOTHING
  RETURNING id, facility_id
)
INSERT INTO added (number, lead_id, facility_id, owner_id, owner_name, refusal)
  SELECT g.number, l.id, g.facility_id, g.owner_id, g.owner_name, g.refusal
    FROM leads l JOIN given g USING (facility_id)"""

TELL = """
INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
  SELECT kind, %(actor)s, %(actor_name)s, lead_id, sentence, '', detail, %(bulk)s
    FROM (
      SELECT a.number, 1 AS step, 'imported' AS kind, a.lead_id, %(sentence)s AS sentence,
             jsonb_build_object('row', a.number)
               || CASE WHEN m.facility_id IS NULL THEN '{}'
                       ELSE jsonb_build_object('facility', m.facility_id) END AS detail
        FROM added a LEFT JOIN made m ON m.facility_id = a.facility_id
      UNION ALL
      SELECT number, 2, 'reassigned', lead_id,
             %(actor_name)s || ' gave the lead to ' || owner_name || '.', '{}'
        FROM added WHERE owner_id IS NOT NULL
      UNION ALL
      SELECT number, 3, 'protected', lead_id,
             'Protected for ' || owner_name || ' until ' || %(day)s || '.',
             jsonb_build_object('until', %(until_iso)s::text)
        FROM added WHERE owner_id IS NOT NULL
    ) AS told
   ORDER BY number, step"""

SET = ", ".join(
    f"{column} = CASE WHEN {condition} THEN r.{column} ELSE f.{column} END"
    for column, condition in CHANGES.items()
)
CHANGE_FACILITIES = f"""
WITH named AS MATERIALIZED (
  SELECT DISTINCT ON (f.id) r.*
    FROM (SELECT r.*, facility.id AS facility_id FROM todo r {FACILITY}) r {KNOWN}
   WHERE l.id IS NOT NULL AND NOT EXISTS (SELECT FROM made WHERE made.facility_id = f.id)
   ORDER BY f.id, r.number
), old AS MATERIALIZED (
  SELECT f.*, r.number
    FROM named r JOIN LATERAL (SELECT * FROM leads_facility WHERE id = r.facility_id LIMIT 1) f
      ON {DIFFERS}
), changed AS (
  UPDATE leads_facility f
     SET {SET},
         version = f.version + 1
    FROM named r JOIN old ON old.number = r.number
   WHERE f.id = r.facility_id AND f.id = ANY (ARRAY(SELECT id FROM old)) AND ({DIFFERS})
  RETURNING f.*
), told AS (
  SELECT l.id AS lead_id, old.number,
         (SELECT jsonb_object_agg(c.key, jsonb_build_array(c.value, to_jsonb(f) -> c.key))
            FROM jsonb_each(to_jsonb(old)) c
           WHERE c.key IN ({", ".join(f"'{c}'" for c in CHANGES)})
             AND c.value <> to_jsonb(f) -> c.key) AS detail
    FROM changed f JOIN old ON old.id = f.id
    JOIN leads_lead l ON l.facility_id = f.id AND l.opportunity_type_id = %(type)s
                     AND l.status NOT IN ('won', 'lost')
), written AS (
  INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
    SELECT 'facility_edited', %(actor)s, %(actor_name)s, lead_id,
           %(actor_name)s || ' edited the facility by an import: '
             || (SELECT string_agg(replace(key, '_', ' '), ', ' ORDER BY key)
                   FROM jsonb_object_keys(detail) key) || '.',
           '', detail, %(bulk)s
      FROM told ORDER BY number
)
SELECT number FROM told"""

# From here on a verdict tells what was done.
SETTLE = """
UPDATE imports_row SET verdict = 'known'
 WHERE of_id = %(import)s AND number > %(after)s AND number <= %(upto)s
   AND (verdict = 'new' AND number NOT IN (SELECT number FROM added)
        OR verdict = 'changed' AND NOT number = ANY (%(changed)s))"""
SETTLE_OWNERS = """
UPDATE imports_row r SET owner_id = a.owner_id, warnings = said.warnings
  FROM added a CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(w ORDER BY w), '[]') AS warnings
      FROM (SELECT jsonb_array_elements(x.warnings) AS w FROM imports_row x
             WHERE x.of_id = %(import)s AND x.number = a.number
            UNION SELECT to_jsonb(a.refusal) WHERE a.refusal IS NOT NULL) AS w
     WHERE NOT starts_with(w #>> '{}', 'goes to the pool') OR w #>> '{}' = a.refusal) said
 WHERE r.of_id = %(import)s AND r.number > %(after)s AND r.number <= %(upto)s
   AND r.number = a.number AND r.owner <> ''
   AND (r.owner_id IS DISTINCT FROM a.owner_id OR r.warnings <> said.warnings)"""
COUNT = """
SELECT count(*) FILTER (WHERE verdict = 'new'), count(*) FILTER (WHERE verdict = 'changed'),
       count(*) FILTER (WHERE verdict = 'known')
  FROM imports_row WHERE of_id = %(import)s AND number > %(after)s AND number <= %(upto)s"""
WRITTEN = ["created", "updated", "duplicate"]


def last_of_chunk(cursor, found):
    """Return the number of the last row of the next chunk; None where there is none left."""
    values = {"import": found.pk, "after": found.merged_to, "chunk": CHUNK}
    cursor.execute(LAST, values)
    return cursor.fetchone()[0]


def merge(cursor, found, *, upto, until, day):
    """Write the leads of the rows up to that number; return {counter: how many more}.

    What is owned from now on is protected `until`, which is that `day`.
    """
    values = {
        "import": found.pk,
        "after": found.merged_to,
        "upto": upto,
        "source": found.source,
        "type": found.opportunity_type_id,
        "actor": found.by_id,
        "actor_name": found.by.name,
        "sentence": f"Imported from {found.source}.",
        "bulk": found.bulk_id,
        "until": until,
        "until_iso": until.isoformat(),
        "day": day,
    }
    joined_by(found.bulk_id, by=found.by)
    for statement in (TAKE_TURNS, TO_DO, LOCK_OWNERS, OWNERS.format(rows="todo")):
        cursor.execute(statement, values)
    if found.updates:
        cursor.execute(LOCK_LEADS, values)
        cursor.execute(LOCK_FACILITIES, values)
    # A row without an id may be of a facility that another one has just brought with its id.
    for by_id in (True, False):
        cursor.execute(ADD_FACILITIES, values | {"by_id": by_id})
    for statement in (GIVE, ADD_LEADS, TELL):
        cursor.execute(statement, values)
    values["changed"] = change_facilities(cursor, values) if found.updates else []
    cursor.execute(SETTLE, values)
    if "owner" in found.columns:
        cursor.execute(SETTLE_OWNERS, values)
    cursor.execute(COUNT, values)
    return dict(zip(WRITTEN, cursor.fetchone(), strict=True))


def change_facilities(cursor, values):
    cursor.execute(CHANGE_FACILITIES, values)
    return [number for (number,) in cursor]


def owners(cursor):
    """Return who was given leads by the chunk that was merged last."""
    cursor.execute("SELECT DISTINCT owner_id FROM added WHERE owner_id IS NOT NULL ORDER BY 1")
    return [owner for (owner,) in cursor]

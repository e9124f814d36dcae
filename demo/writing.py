"""The pages of a chunk of stories become rows: copied into temporary tables, then inserted as sets.

COPY can't write to tables under row security, and a set is inserted far faster than rows are. No
statement reads a big table: new rows have no statistics yet, and a bad plan would cost minutes.
"""

from django.db import connection

from backoffice.commands import at_work

SOURCE = "Demo"  # of the facilities; their leads say how they came
PREFIX = "demo-"  # of the facilities' external ids

TABLES = {
    "facilities": """number int, name text, address text, city text, state text, postcode text,
        phone text, time_zone text""",
    "contacts": "facility int, name text, title text, phone text, email text, decides bool",
    "leads": """number int, type int, scope int, source text, stage text, status text,
        owner int, created int, owned int, pool_since int, protected_until int, protection_left int,
        last_contact int, last_outcome text, no_answers int, unreached bool, hot_at int,
        follow_up_on date, queued_at int, discovery_on date, close_on date, value int,
        version int""",
    "windows": "number int, owner int, started int, expires int, ended int, how text",
    "extensions": """number int, owner int, owned int, activity text, at int, before int,
        until int""",
    "callbacks": """number int, rep int, starts int, local_date date, local_time time,
        time_zone text, status text, booked int, ended int""",
    "tasks": "number int, kind text, due_on date, status text, created int, ended int",
    "dispositions": """number int, at int, actor int, outcome text, reason text, detail text,
        before jsonb, effect text, version int""",
    "notes": "number int, at int, author int, tier int, text text",
    "events": """number int, line int, at int, kind text, actor int, actor_name text,
        sentence text, why text, detail jsonb""",
    "facility_ids": "number int PRIMARY KEY, id bigint",
    "lead_ids": "number int PRIMARY KEY, id bigint",
    "effect_ids": "lead_id bigint, effect text, what text, id bigint",
    "disposition_ids": "lead_id bigint, at timestamptz, id bigint",
    "note_ids": "lead_id bigint, at timestamptz, author bigint, id bigint",
}

# In this order. Facilities and contacts in one statement, so that their search text is made once.
INSERTS = [
    f"""
WITH made AS (
  INSERT INTO leads_facility (source, external_id, name, address, city, state, postcode, phone,
      time_zone, version)
    SELECT '{SOURCE}', '{PREFIX}' || number, name, address, city, state, postcode, phone,
           time_zone, 1
      FROM demo_facilities ORDER BY number
  RETURNING id, substr(external_id, {len(PREFIX) + 1})::int AS number
), contacts AS (
  INSERT INTO leads_contact (facility_id, name, title, phone, email, is_decision_maker, version)
    SELECT made.id, name, title, phone, email, decides, 1
      FROM demo_contacts c JOIN made ON made.number = c.facility
)
INSERT INTO demo_facility_ids SELECT number, id FROM made""",
    """
INSERT INTO clients_client (facility_id, created_at)
  SELECT f.id, to_timestamp(e.at) FROM demo_events e JOIN demo_facility_ids f USING (number)
   WHERE kind = 'became_client' ORDER BY e.at""",
    """
WITH made AS (
  INSERT INTO leads_lead (facility_id, opportunity_type_id, scope_id, source, stage, status,
      owner_id, created_at, owned_at, pool_since, protected_until, protection_left, last_contact_at,
      last_outcome, no_answer_count, unreached, hot_at, follow_up_on, queued_at, discovery_on,
      expected_close_on, expected_value, version)
    SELECT f.id, type, scope, source, stage, status, owner, to_timestamp(created),
           to_timestamp(owned), to_timestamp(pool_since), to_timestamp(protected_until),
           make_interval(secs => protection_left), to_timestamp(last_contact), last_outcome,
           no_answers, unreached, to_timestamp(hot_at), follow_up_on, to_timestamp(queued_at),
           discovery_on, close_on, value, version
      FROM demo_leads l JOIN demo_facility_ids f ON f.number = l.number ORDER BY l.number
  RETURNING id, facility_id
)
INSERT INTO demo_lead_ids
  SELECT f.number, made.id FROM made JOIN demo_facility_ids f ON f.id = made.facility_id""",
    """
INSERT INTO protection_window (lead_id, facility_name, city, state, opportunity, owner_id,
    owner_name, started_at, expires_at, ended_at, "end")
  SELECT l.id, f.name, f.city, f.state, t.code, u.id, u.name, to_timestamp(started),
         to_timestamp(expires), to_timestamp(ended), how
    FROM demo_windows w JOIN demo_lead_ids l USING (number) JOIN demo_leads d USING (number)
    JOIN demo_facilities f USING (number)
    JOIN people_opportunitytype t ON t.id = d.type JOIN people_user u ON u.id = w.owner
   ORDER BY started""",
    """
INSERT INTO protection_extension (lead_id, owner_id, owned_at, activity, at, until_before, until)
  SELECT l.id, owner, to_timestamp(owned), activity, to_timestamp(at), to_timestamp(before),
         to_timestamp(until)
    FROM demo_extensions JOIN demo_lead_ids l USING (number) ORDER BY at""",
    """
WITH made AS (
INSERT INTO callbacks_callback (lead_id, rep_id, slot, local_date, local_time, time_zone, status,
    booked_by_id, booked_at, ended_at)
  SELECT l.id, rep, tstzrange(to_timestamp(starts), to_timestamp(starts) + interval '30 minutes'),
         local_date, local_time, time_zone, status, rep, to_timestamp(booked), to_timestamp(ended)
    FROM demo_callbacks JOIN demo_lead_ids l USING (number) ORDER BY booked
  RETURNING id, lead_id, status
)
INSERT INTO demo_effect_ids
  SELECT lead_id, 'callback', 'callback', id FROM made WHERE status = 'open'""",
    """
WITH made AS (
INSERT INTO leads_task (lead_id, kind, due_on, status, created_at, ended_at)
  SELECT l.id, kind, due_on, status, to_timestamp(created), to_timestamp(ended)
    FROM demo_tasks JOIN demo_lead_ids l USING (number) ORDER BY created
  RETURNING id, lead_id, kind, status
)
INSERT INTO demo_effect_ids
  SELECT lead_id, kind, 'task', id FROM made WHERE status = 'open'""",
    """
WITH made AS (
INSERT INTO dispositions_disposition (lead_id, actor_id, outcome, reason, detail, note, at,
    applied_at, state, lead_before, effects, version_after)
  SELECT l.id, actor, outcome, reason, detail, '', to_timestamp(d.at), to_timestamp(d.at),
         'final', before,
         CASE WHEN s.id IS NULL THEN '[]' ELSE jsonb_build_array(
           jsonb_build_object('did', 'created', 'what', s.what, 'id', s.id)) END,
         version
    FROM demo_dispositions d JOIN demo_lead_ids l USING (number)
    LEFT JOIN demo_effect_ids s ON s.lead_id = l.id AND s.effect = d.effect
   ORDER BY d.at
  RETURNING id, lead_id, at
)
INSERT INTO demo_disposition_ids SELECT lead_id, at, id FROM made""",
    """
WITH made AS (
INSERT INTO notes_note (lead_id, subject_name, author_id, tier, text, written_at, version)
  SELECT l.id, f.name, author, tier, text, to_timestamp(at), 1
    FROM demo_notes JOIN demo_lead_ids l USING (number) JOIN demo_facilities f USING (number)
   ORDER BY at
  RETURNING lead_id, written_at, author_id, id
)
INSERT INTO demo_note_ids SELECT * FROM made""",
    """
INSERT INTO history_event (at, kind, actor_id, actor_name, lead_id, client_id, note_id, sentence,
    why, detail)
  SELECT to_timestamp(e.at), e.kind, e.actor, actor_name, l.id,
         CASE WHEN e.kind = 'became_client' THEN f.id END, n.id, sentence, why,
         CASE WHEN d.id IS NULL THEN e.detail ELSE jsonb_build_object('disposition', d.id) END
    FROM demo_events e JOIN demo_lead_ids l USING (number)
    JOIN demo_facility_ids f USING (number)
    LEFT JOIN demo_disposition_ids d
      ON e.kind = 'dispositioned' AND d.lead_id = l.id AND d.at = to_timestamp(e.at)
    LEFT JOIN demo_note_ids n
      ON e.kind = 'noted' AND n.lead_id = l.id AND n.at = to_timestamp(e.at) AND n.author = e.actor
   ORDER BY e.at, line""",
]


def write(pages):
    """Insert what stands on the pages of one chunk; everything gets its id here."""
    with at_work() as cursor:
        for name, columns in TABLES.items():
            cursor.execute(f"CREATE TEMPORARY TABLE demo_{name} ({columns}) ON COMMIT DROP")
        for name, rows in vars(pages).items():
            with cursor.copy(f"COPY demo_{name} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        for statement in INSERTS:
            cursor.execute(statement)


def write_apart(pages):
    """write() in a transaction of its own, for a thread of its own."""
    try:
        write(pages)
    finally:
        connection.close()

"""`manage.py invariants` names whatever is broken, one line each."""

from datetime import timedelta

import pytest
from django.db import connection

from backoffice.invariants import all_invariants
from backoffice.rls import SYSTEM, acting_as
from tests.database import as_owner
from tests.test_invariants import add, check

DAY = timedelta(days=1)

# What keeps these rules day by day, out of the way.
GUARDS = [
    "an_open_lead_is_owned_or_in_the_pool",
    "only_open_leads_have_a_window_or_a_pool",
    "only_flagged_leads_have_a_stopped_window",
    "a_flagged_lead_keeps_its_owner_and_their_time",
    "won_and_lost_leads_keep_their_owner",
    "won_and_lost_are_stage_and_status",
    "no_two_open_callbacks_of_a_rep_overlap",
    "a_won_lead_has_a_client",
    "a_merged_lead_is_closed_and_keeps_its_time",
]


INDEX = "one_live_lead_per_facility_and_type"


@pytest.fixture(scope="module")
def unguarded(django_db_setup, django_db_blocker):
    """A database whose constraints would let the sabotage through."""
    with django_db_blocker.unblock():
        guards = constraints()
        ((index,),) = rows("SELECT pg_get_indexdef(%s::regclass)", [INDEX])
        connection.close()
        as_owner(
            *[f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _ in guards],
            f"DROP INDEX {INDEX}",
            "ALTER TABLE people_user DISABLE TRIGGER copy_team_to_leads",
        )
        yield
        as_owner(
            *[f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}" for table, name, rule in guards],
            index,
            "ALTER TABLE people_user ENABLE TRIGGER copy_team_to_leads",
        )


def constraints():
    return rows(
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conname = ANY (%s)""",
        [GUARDS],
    )


def rows(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


EVENT = """INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail)
    VALUES ('{kind}', %(ana)s, 'Ana', %(held)s, 'It is said.', '', '{{}}')"""
TASK = """INSERT INTO leads_task (lead_id, kind, due_on, status)
    VALUES (%(held)s, 'follow_up', now(), 'open')"""
BOOKING = """INSERT INTO callbacks_callback (lead_id, rep_id, slot, local_date, local_time,
      time_zone, status, booked_by_id)
    VALUES (%(held)s, %(ana)s, tstzrange('2030-01-07 15:00Z', '2030-01-07 15:30Z'), '2030-01-07',
      '10:00', 'America/New_York', 'open', %(ana)s)"""
NOTE = """INSERT INTO notes_note (lead_id, subject_name, author_id, tier, text, version)
    VALUES (%(held)s, 'Held', %(ana)s, 0, 'They asked.', 1)"""
DISPOSITION = """INSERT INTO dispositions_disposition (lead_id, actor_id, outcome, reason, detail,
    note, lead_before, version_after, state, effects)"""
OUTCOME = "%(held)s, %(ana)s, 'no_answer', '', '', '', '{}'::jsonb, 1"
WITHOUT_OWNER = "owner_id = NULL, owned_at = NULL, protected_until = NULL"

CLIENT = """INSERT INTO clients_client (facility_id)
    SELECT facility_id FROM leads_lead WHERE id = %(held)s"""
WON = """UPDATE leads_lead SET status = 'won', stage = 'won', protected_until = NULL
    WHERE id = %(held)s"""

MERGED = """UPDATE leads_lead SET status = 'disqualified', protected_until = NULL,
    protection_left = '1 day', merged_into_id = %(waiting)s WHERE id = %(held)s"""
BULK = """
INSERT INTO bulk_bulkaction (id, actor_id, deed, why, chosen_in, state, chosen, tally)
  VALUES (gen_random_uuid(), %(ana)s, 'queue', '', '', 'running', 1, '{}');"""
ROW = """
INSERT INTO bulk_bulkrow (bulk_id, actor_id, place, lead_id, result, reason, before, version_after)
  SELECT id, actor_id, 1, %(held)s, '{result}', '{reason}', '{{}}', 1 FROM bulk_bulkaction"""


IMPORT = """INSERT INTO imports_import (by_id, name, content, attended, size, encoding, header,
      samples, columns, source, updates, state, problem, bulk_id, read_to, read_mark, read_share,
      merged_to, reverted_to, tries, new, known, changed, rejected, warned, created, updated,
      duplicate, removed, kept)
    VALUES (%(ana)s, 'x', '', false, 0, '', '[]', '[]', '{}', '', false, 'done', '',
      gen_random_uuid(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"""
# Each rule, and what breaks it.
SABOTAGE = {
    "Wherever somebody works, somebody is a sales admin": [
        "UPDATE people_user SET role = 'senior_manager' WHERE role = 'sales_admin'",
        "UPDATE people_user SET is_active = false WHERE role = 'sales_admin'",
    ],
    "A lead has what goes with its status": [
        "UPDATE leads_lead SET owned_at = NULL WHERE id = %(held)s",
        "UPDATE leads_lead SET protected_until = NULL WHERE id = %(held)s",
        "UPDATE leads_lead SET pool_since = now() WHERE id = %(held)s",
        "UPDATE leads_lead SET pool_since = NULL WHERE id = %(waiting)s",
        "UPDATE leads_lead SET protection_left = '1 day' WHERE id = %(held)s",
        "UPDATE leads_lead SET status = 'flagged' WHERE id = %(held)s",
        "UPDATE leads_lead SET status = 'flagged', protected_until = NULL WHERE id = %(held)s",
        "UPDATE leads_lead SET status = 'disqualified' WHERE id = %(held)s",
        "UPDATE leads_lead SET status = 'disqualified' WHERE id = %(waiting)s",
        f"UPDATE leads_lead SET status = 'won', stage = 'won', {WITHOUT_OWNER} WHERE id = %(held)s",
        "UPDATE leads_lead SET status = 'lost', stage = 'lost' WHERE id = %(held)s",
        "UPDATE leads_lead SET status = 'asleep' WHERE id = %(held)s",
        "UPDATE leads_lead SET merged_into_id = %(waiting)s WHERE id = %(held)s",
        """UPDATE leads_lead SET merged_into_id = %(waiting)s, status = 'disqualified',
             protected_until = NULL WHERE id = %(held)s""",
    ],
    "A merged lead has the event of it, and no later one that takes it back": [
        MERGED,
        EVENT.format(kind="merged").replace("{}", '{"into": 0}'),
        f"""{MERGED}; {EVENT.format(kind="merged").replace("{}", '{"into": 0}')}""",
    ],
    "A lead is won or lost in status and stage alike": [
        "UPDATE leads_lead SET stage = 'won' WHERE id = %(held)s",
        "UPDATE leads_lead SET status = 'won', protected_until = NULL WHERE id = %(held)s",
    ],
    "A facility has one live lead of an opportunity type": [
        """UPDATE leads_lead SET facility_id = (SELECT facility_id FROM leads_lead
             WHERE id = %(held)s) WHERE id = %(waiting)s""",
    ],
    "A lead's scope is its opportunity type in its facility's state": [
        """UPDATE leads_lead SET scope_id = (SELECT s.id FROM people_workscope s
             JOIN people_opportunitytype t ON t.id = s.opportunity_type_id
             WHERE s.state = 'NY' AND t.code = 'BMD')""",
        """UPDATE leads_lead SET scope_id = (SELECT id FROM people_workscope
             WHERE state = 'TX' AND opportunity_type_id = leads_lead.opportunity_type_id)""",
    ],
    "A lead carries the team of its owner": [
        "UPDATE people_user SET team_id = NULL WHERE id = %(ana)s",
    ],
    "Nothing is planned for a lead that nobody works": [
        "UPDATE leads_lead SET hot_at = now() WHERE id = %(waiting)s",
        "UPDATE leads_lead SET callback_at = now() WHERE id = %(waiting)s",
        "UPDATE leads_lead SET follow_up_on = now() WHERE id = %(waiting)s",
        """UPDATE leads_lead SET queued_at = now(), status = 'disqualified',
             protected_until = NULL WHERE id = %(held)s""",
    ],
    "A lead's follow-up is its open task": [
        "UPDATE leads_lead SET follow_up_on = now() WHERE id = %(held)s",
        TASK,
    ],
    "A hot lead has its qualification task open": [
        "UPDATE leads_lead SET hot_at = now() WHERE id = %(held)s",
    ],
    "A facility is found by its names and phones": [
        "UPDATE leads_facilitysearch SET doc = 'mercy'",
        "UPDATE leads_facilitysearch SET doc = '15185550100'",
        "DELETE FROM leads_facilitysearch",
    ],
    "The protection list says what the leads say": [
        "UPDATE protection_window SET owner_name = 'Ben'",
        "UPDATE protection_window SET owner_id = %(ben)s",
        "UPDATE protection_window SET facility_name = 'Mercy'",
        "UPDATE protection_window SET city = 'Troy'",
        "UPDATE protection_window SET state = 'MA'",
        "UPDATE protection_window SET opportunity = 'BMD'",
        "UPDATE protection_window SET expires_at = expires_at + interval '1 microsecond'",
        "UPDATE protection_window SET lead_id = %(waiting)s",
        "UPDATE protection_window SET ended_at = now(), \"end\" = 'released'",
        "DELETE FROM protection_window",
    ],
    "A window ends once it has begun, and no later than its expiry": [
        "UPDATE protection_window SET ended_at = started_at - interval '1 s', \"end\" = 'released'",
        "UPDATE protection_window SET ended_at = expires_at + interval '1 s', \"end\" = 'expired'",
    ],
    "A window is stopped for as long as its lead remembers what was left of it": [
        "UPDATE protection_window SET ended_at = started_at, \"end\" = 'stopped'",
        MERGED + "; UPDATE protection_window SET \"end\" = 'closed'",
    ],
    "A lead has one window at a time": [
        """INSERT INTO protection_window (lead_id, facility_name, city, state, opportunity,
             owner_id, owner_name, started_at, expires_at, ended_at, "end")
           SELECT lead_id, facility_name, city, state, opportunity, owner_id, owner_name,
             started_at - interval '1 day', expires_at, now() + interval '1 s', 'released'
             FROM protection_window""",
    ],
    "A lead has the event of its making": [
        """INSERT INTO leads_lead (facility_id, opportunity_type_id, scope_id, source, stage,
             status, pool_since, last_outcome, no_answer_count, unreached, version)
           SELECT l.facility_id, t.id, s.id, 'x', 'new', 'open', now(), '', 0, false, 1
             FROM leads_lead l, people_opportunitytype t
             JOIN people_workscope s ON s.opportunity_type_id = t.id AND s.state = 'NY'
            WHERE l.id = %(held)s AND t.code = 'BMD'""",
    ],
    "A window has the event that opened it": [
        "UPDATE protection_window SET started_at = started_at - interval '1 microsecond'",
        "UPDATE protection_window SET lead_id = %(waiting)s",
    ],
    "A claim has opened the actor's window": [
        EVENT.format(kind="claimed").replace("%(held)s", "%(waiting)s"),
        "UPDATE protection_window SET owner_id = %(ben)s",
        "DELETE FROM protection_window",
    ],
    "A reassignment has opened a window": [
        EVENT.format(kind="reassigned").replace("%(held)s", "%(waiting)s"),
    ],
    "A window that was released has the event of it": [
        f"UPDATE leads_lead SET pool_since = now(), {WITHOUT_OWNER} WHERE id = %(held)s",
    ],
    "A window that was handed over has the event of it": [
        "UPDATE leads_lead SET owner_id = %(ben)s WHERE id = %(held)s",
    ],
    "A release has ended a window": [EVENT.format(kind="released")],
    "A window that was stopped or closed has the outcome or stage that did it": [
        """UPDATE leads_lead SET status = 'flagged', protected_until = NULL,
             protection_left = '1 day' WHERE id = %(held)s""",
        """UPDATE leads_lead SET status = 'disqualified', protected_until = NULL
            WHERE id = %(held)s""",
    ],
    "Windows that ran out and the events that say so are as many": [
        EVENT.format(kind="expired"),
        "UPDATE protection_window SET ended_at = expires_at, \"end\" = 'expired'",
    ],
    "Whoever moves a lead on has kept it by that, once in their time with it": [
        EVENT.format(kind="stage_moved").replace("{}", '{"stage": ["new", "qualified"]}'),
        EVENT.format(kind="stage_moved").replace("{}", '{"stage": ["gameplan", "contract"]}'),
        EVENT.format(kind="planned").replace("{}", '{"gameplan_on": ["None", "2030-01-01"]}'),
        EVENT.format(kind="planned").replace("{}", '{"contract_sent_on": ["x", "2030-01-01"]}'),
    ],
    "An extension and its event are one": [
        EVENT.format(kind="extended"),
        """INSERT INTO protection_extension (lead_id, owner_id, owned_at, activity, until_before,
             until) VALUES (%(held)s, %(ana)s, now(), 'qualified', now(), now() + '1 day')""",
    ],
    "A client has won leads, and who won them is who sees it": [
        CLIENT,
        f"{CLIENT}; {WON}; UPDATE clients_client SET sellers = '{{}}'",
        f"{CLIENT}; {WON}; UPDATE clients_client SET seller_teams = '{{}}'",
    ],
    "A won lead has its client, and both the event of it": [
        WON,
        f"{CLIENT}; {WON}",
        f"{CLIENT}; {EVENT.format(kind='became_client')}",
    ],
    "A rep's open callbacks do not overlap": [
        BOOKING
        + "; "
        + BOOKING.replace("%(held)s", "%(waiting)s").replace(":00Z", ":10Z").replace(":30Z", ":40Z")
    ],
    "A lead has one open callback, and it is its owner's": [
        BOOKING.replace("%(held)s", "%(waiting)s"),
        BOOKING.replace("%(ana)s", "%(ben)s"),
    ],
    "A lead says when its open callback is": [
        "UPDATE leads_lead SET callback_at = now() WHERE id = %(held)s",
        BOOKING + "; UPDATE leads_lead SET callback_at = NULL WHERE id = %(held)s",
    ],
    "The bell will ring for each open callback when its window opens, and for no other": [
        BOOKING + "; DELETE FROM notifications_notice",
        BOOKING + "; UPDATE notifications_notice SET due_at = due_at + interval '1 hour'",
        BOOKING + "; UPDATE notifications_notice SET recipient_id = %(ben)s",
        BOOKING + "; UPDATE notifications_notice SET key = 'callback:0' WHERE lead_id = %(held)s"
        " AND kind = 'callback_open'",
    ],
    "Nothing that an outcome set off outlives its being taken back": [
        f"""WITH made AS ({TASK} RETURNING id)
            {DISPOSITION} SELECT {OUTCOME}, 'undone', jsonb_build_array(jsonb_build_object(
              'did', 'created', 'what', 'task', 'id', id)) FROM made""",
    ],
    "The no-answer counter is what counting the calls again gives": [
        "UPDATE leads_lead SET no_answer_count = 1 WHERE id = %(held)s",
        f"{DISPOSITION} SELECT {OUTCOME}, 'applied', '[]'",
    ],
    "An outcome and its event are one": [
        f"{DISPOSITION} SELECT {OUTCOME}, 'undone', '[]'",
        EVENT.format(kind="dispositioned").replace("{}", '{"disposition": 0}'),
    ],
    "An Undo and its event are one": [
        f"{DISPOSITION} SELECT {OUTCOME}, 'undone', '[]'",
        EVENT.format(kind="undone").replace("{}", '{"disposition": 0}'),
    ],
    "A note's edits are as many as the texts that it has kept, and as their events": [
        f"""{NOTE}; UPDATE notes_note SET version = 2, edited_at = now()""",
        f"""{NOTE}; INSERT INTO notes_earliertext (note_id, version, text, tier, since)
             SELECT id, 1, 'x', 0, now() FROM notes_note""",
    ],
    "A note and the event of its writing are one": [
        NOTE,
        f"""{NOTE}; INSERT INTO history_event (kind, actor_id, actor_name, lead_id, note_id,
              sentence, why, detail)
            SELECT 'noted', %(ben)s, 'Ben', lead_id, id, '', '', '{{}}' FROM notes_note""",
    ],
    "No e-mail is late while the worker runs": [
        """INSERT INTO notifications_heartbeat VALUES ('notifications.tasks.send_due', app.clock());
           INSERT INTO notifications_email (recipient_id, kind, sentence, key, state, attempts,
             error, next_attempt_at)
           VALUES (%(ana)s, 'x', 'x', 'x', 'pending', 0, '', app.clock() - interval '5 min 1 s')""",
    ],
    "A bulk action's tally is what counting its rows gives": [
        BULK + ROW.format(result="skipped", reason="closed"),
        BULK.replace("'{}'", """'{"done": 1}'""") + ROW.format(result="waiting", reason=""),
    ],
    "A bulk action that is done waits for no row": [
        BULK.replace("running", "done") + ROW.format(result="waiting", reason=""),
    ],
    "What was done to a lead in a bulk action is one event with its id": [
        BULK + ROW.format(result="done", reason=""),
    ],
    "What was undone in a bulk action is one event with its id": [
        BULK + ROW.format(result="undone", reason=""),
    ],
}
SABOTAGE |= {
    "An import counts the rows that it has read": [f"{IMPORT}; UPDATE imports_import SET new = 1"],
    "An import has created the leads that history tells of": [
        f"{IMPORT}; UPDATE imports_import SET created = 1"
    ],
    "History tells of leads that are there, or that a reverted import took back": [
        EVENT.format(kind="emailed").replace("%(held)s", "0")
    ],
}
BROKEN = [(rule, deed) for rule, deeds in SABOTAGE.items() for deed in deeds]


@pytest.mark.parametrize(("rule", "deed"), BROKEN)
def test_what_is_broken_is_named(unguarded, cast, move_clock, rule, deed):
    held, waiting = add(cast.ana, "Held", take=True), add(cast.ana, "Waiting")
    move_clock(DAY)
    ids = {"held": held.pk, "waiting": waiting.pk, "ana": cast.ana.pk, "ben": cast.ben.pk}
    with acting_as(SYSTEM):
        rows(deed, ids)

    code, lines = check()

    assert code == 1
    assert rule in {line.partition(": ")[0] for line in lines}
    assert all(" " in line.partition(": ")[2] for line in lines)


def test_every_rule_has_been_broken_here():
    assert {invariant.rule for invariant in all_invariants()} == set(SABOTAGE)

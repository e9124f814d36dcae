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
]


INDEX = "one_live_lead_per_facility_and_type"


@pytest.fixture(scope="module")
def unguarded(django_db_setup, django_db_blocker):
    """A database whose constraints would let the sabotage through."""
    with django_db_blocker.unblock():
        guards = [f"ADD CONSTRAINT {name} {definition}" for name, definition in constraints()]
        ((index,),) = rows("SELECT pg_get_indexdef(%s::regclass)", [INDEX])
        connection.close()
        as_owner(
            *[f"ALTER TABLE leads_lead DROP CONSTRAINT {name}" for name in GUARDS],
            f"DROP INDEX {INDEX}",
            "ALTER TABLE people_user DISABLE TRIGGER copy_team_to_leads",
        )
        yield
        as_owner(
            *[f"ALTER TABLE leads_lead {guard}" for guard in guards],
            index,
            "ALTER TABLE people_user ENABLE TRIGGER copy_team_to_leads",
        )


def constraints():
    return rows(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = ANY (%s)",
        [GUARDS],
    )


def rows(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


EVENT = """INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail)
    VALUES ('{kind}', %(ana)s, 'Ana', %(held)s, 'It is said.', '', '{{}}')"""
WITHOUT_OWNER = "owner_id = NULL, owned_at = NULL, protected_until = NULL"

# Each rule, and what breaks it.
SABOTAGE = {
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
        """INSERT INTO leads_task (lead_id, kind, due_on, status)
             VALUES (%(held)s, 'follow_up', now(), 'open')""",
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
    "An extension and its event are one": [
        EVENT.format(kind="extended"),
        """INSERT INTO protection_extension (lead_id, owner_id, owned_at, activity, until_before,
             until) VALUES (%(held)s, %(ana)s, now(), 'qualified', now(), now() + '1 day')""",
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

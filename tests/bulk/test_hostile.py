"""A bulk action by statements of one's own: nothing is undone that one has not done."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.rls import SYSTEM, acting_as
from bulk import actions
from bulk.models import BulkAction, BulkRow
from callbacks.models import Callback
from leads.actions import claim_lead
from tests.bulk.starting import book, many, owners_of

BEGIN = """
INSERT INTO bulk_bulkaction (id, actor_id, deed, why, chosen_in, state, chosen, tally)
  VALUES (%(bulk)s, %(me)s, 'queue', '', '', 'running', 1, '{}')"""
ROW = """
INSERT INTO bulk_bulkrow (bulk_id, actor_id, place, lead_id)
  VALUES (%(bulk)s, %(me)s, 1, %(lead)s)"""
NOTE = "SELECT app.note_bulk_rows(%(bulk)s, ARRAY[%(lead)s]::bigint[], 1)"
QUEUE = """
UPDATE leads_lead SET queued_at = app.clock(), version = version + 1 WHERE id = %(lead)s"""
SETTLE = """
SELECT app.settle_bulk_rows(%(bulk)s, jsonb_build_array(jsonb_build_object(
  'lead', %(lead)s::bigint, 'word', 'done', 'effects', %(effects)s::jsonb)), 0)"""
BEGIN_UNDO = "SELECT app.begin_undo_of_bulk(%(bulk)s)"
UNDO = "SELECT app.undo_bulk_rows(%(bulk)s, 100, '')"
WRITES = [
    f"UPDATE bulk_bulkaction SET {change}"
    for change in ("state = 'done'", "touched_at = app.wall_clock()", "tally = '{}'")
]
WRITES += [
    f"UPDATE bulk_bulkrow SET {change}"
    for change in ("result = 'done'", "effects = '[]'", "before = '{}'", "disposition_id = NULL")
]
WRITES += ["DELETE FROM bulk_bulkrow", "DELETE FROM bulk_bulkaction"]


def run(who, *statements, **said):
    """Run statements as somebody, one transaction; return the last one's rows, or its error."""
    try:
        with acting_as(who), transaction.atomic(), connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql, {"me": who.pk, "effects": "[]"} | said)
            return cursor.fetchall() if cursor.description else []
    except DatabaseError as refusal:
        return refusal


def is_refused(answer):
    return isinstance(answer, DatabaseError)


@pytest.fixture
def begun(cast, make):
    """A bulk action of Ana's on a lead of her pool, made by hand and noted."""
    (lead,) = many(make, 1)
    said = {"bulk": uuid4(), "lead": lead.pk}
    assert run(cast.ana, BEGIN, ROW, NOTE, **said) == [("",)]
    return lead, said


def test_nobody_writes_what_became_of_rows(cast, begun):
    for who in (cast.ana, cast.sol):
        for sql in WRITES:
            assert is_refused(run(who, sql)), sql


@pytest.mark.usefixtures("transactional_db")
def test_only_what_was_done_where_it_was_noted_is_done_and_undone(cast, begun):
    """Neither nothing, nor what somebody else did since."""
    lead, said = begun
    assert is_refused(run(cast.ana, SETTLE, **said))
    with acting_as(cast.ben):
        claim_lead(lead.pk, by=cast.ben)
    assert is_refused(run(cast.ana, SETTLE, **said))
    assert run(cast.ana, BEGIN_UNDO, **said) == [(False,)]
    assert is_refused(run(cast.ana, UNDO, **said))
    run(cast.ana, SETTLE.replace("'done'", "'protected'"), BEGIN_UNDO, UNDO, **said)

    assert owners_of([lead]) == [cast.ben.pk]


def test_a_lead_that_has_left_sight_is_not_looked_at(cast, make):
    (lead,) = many(make, 1)
    said = {"bulk": uuid4(), "lead": lead.pk}
    run(cast.ana, BEGIN, ROW, **said)
    with acting_as(cast.ben):
        claim_lead(lead.pk, by=cast.ben)

    run(cast.ana, NOTE, **said)

    with acting_as(SYSTEM):
        assert BulkRow.objects.get().before is None


def test_nobody_adds_to_somebody_elses(cast, make, begun):
    (lead,) = many(make, 1, owner=cast.ben)
    said = {"bulk": begun[1]["bulk"], "lead": lead.pk}

    assert is_refused(run(cast.ben, ROW.replace("1, ", "2, "), **said))
    assert run(cast.ben, "SELECT app.lock_bulk(%(bulk)s)", **said) == [(False,)]


def test_undo_is_late_for_the_database_too(cast, make):
    leads = many(make, 2, owner=cast.ana)
    ids = [lead.pk for lead in leads]
    with acting_as(cast.cleo):
        bulk = actions.begin("reassign", ids, by=cast.cleo, target=cast.ben)
    said = {"bulk": bulk.pk}
    assert run(cast.ben, BEGIN_UNDO, **said) == [(False,)]
    with acting_as(SYSTEM):
        BulkAction.objects.update(touched_at=bulk.at - timedelta(seconds=7))

    assert run(cast.cleo, BEGIN_UNDO, **said) == [(False,)]
    assert is_refused(run(cast.cleo, UNDO, **said))
    assert owners_of(leads) == [cast.ben.pk] * 2


def test_a_callback_that_ended_long_ago_is_not_opened_again(cast, make):
    (lead,) = many(make, 1, owner=cast.ana)
    booked = book(cast.ana, lead)
    with acting_as(SYSTEM):
        ended = {"status": "cancelled", "ended_at": booked.starts_at - timedelta(days=3)}
        Callback.objects.filter(pk=booked.pk).update(**ended)
    said = {"bulk": uuid4(), "lead": lead.pk}
    forged = f'[{{"what": "callback", "id": {booked.pk}}}]'

    run(cast.ana, BEGIN, ROW, NOTE, QUEUE, SETTLE, effects=forged, **said)

    with acting_as(SYSTEM):
        row = BulkRow.objects.get()
        assert (row.result, row.effects) == ("done", None)

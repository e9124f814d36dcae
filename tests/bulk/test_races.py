"""Bulk actions against each other and against single deeds, on real connections."""

from functools import partial

import pytest
from django.core.management import call_command
from django.http import Http404

from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from bulk import actions
from bulk.models import BulkAction
from dispositions.actions import disposition_lead
from history.models import Event
from leads.actions import claim_lead
from leads.models import Lead
from leads.outcomes import Outcome
from tests.bulk.starting import many, owners_of

ROUNDS = range(6)

pytestmark = pytest.mark.usefixtures("transactional_db")


def bulk(deed, leads, by, target=None):
    with acting_as(by):
        return actions.begin(deed, [lead.pk for lead in leads], by=by, target=target)


def fine(results):
    return all(not isinstance(r, Exception) or isinstance(r, Refused | Http404) for r in results)


def moves(leads):
    with acting_as(SYSTEM):
        rows = Event.objects.filter(lead__in=[lead.pk for lead in leads], kind="reassigned")
        return sorted(rows.values_list("lead_id", "actor_id"))


def test_two_who_reassign_overlapping_selections(cast, make, at_once):
    """Each lead moves once by each who could move it; the counts are those of the history."""
    for _ in ROUNDS:
        leads = many(make, 12, owner=cast.ana)
        results = at_once(
            partial(bulk, "reassign", leads[:9], cast.cleo, cast.ben),
            partial(bulk, "reassign", leads[:2:-1], cast.sol, cast.ben),
        )
        assert fine(results), results
        assert owners_of(leads) == [cast.ben.pk] * 12
        assert [lead for lead, _ in moves(leads)] == [lead.pk for lead in leads]
        assert sum(result.tally["done"] for result in results) == 12
    call_command("invariants")


def test_a_bulk_against_a_claim_and_an_outcome(cast, make, at_once):
    for _ in ROUNDS:
        mine, waiting = many(make, 4, owner=cast.ana), many(make, 4)

        def call_one(lead=mine[2]):
            with acting_as(cast.ana):
                disposition_lead(lead.pk, Outcome.NO_ANSWER, by=cast.ana, version=lead.version)

        def claim_one(lead=waiting[2]):
            with acting_as(cast.ben):
                claim_lead(lead.pk, by=cast.ben)

        results = at_once(
            partial(bulk, "queue", [*mine, *waiting], cast.ana),
            partial(bulk, "reassign", mine, cast.cleo, cast.ben),
            call_one,
            claim_one,
        )
        assert fine(results), results
        with acting_as(SYSTEM):
            for action in BulkAction.objects.all():
                events = Event.objects.filter(bulk_id=action.pk).exclude(kind="undone")
                assert events.count() == action.tally.get("done", 0)
    call_command("invariants")


def test_undo_against_a_deed_of_the_new_owner(cast, make, at_once):
    for _ in ROUNDS:
        leads = many(make, 3, owner=cast.ana)
        made = bulk("reassign", leads, cast.cleo, cast.ben)

        def undo(made=made):
            with acting_as(cast.cleo):
                return actions.undo_bulk(made.pk, by=cast.cleo)

        def call_one(lead=leads[1]):
            with acting_as(cast.ben):
                version = lead.version + 1
                disposition_lead(lead.pk, Outcome.INTERESTED, by=cast.ben, version=version)

        results = at_once(undo, undo, call_one)
        assert fine(results), results
        with acting_as(SYSTEM):
            lead = Lead.objects.get(pk=leads[1].pk)
        assert (lead.owner_id == cast.ana.pk) == (lead.last_outcome == "")
    call_command("invariants")


def test_two_who_go_on_with_one_do_each_row_once(cast, make, at_once, monkeypatch):
    monkeypatch.setattr(actions, "CHUNK", 3)
    leads = many(make, 9, owner=cast.ana)
    made = bulk("reassign", leads, cast.cleo, cast.ben)

    def go_on():
        with acting_as(cast.cleo):
            return actions.go_on(made.pk, by=cast.cleo)

    while not go_on().has_ended:
        assert fine(at_once(go_on, go_on))

    assert [lead for lead, _ in moves(leads)] == [lead.pk for lead in leads]
    call_command("invariants")


def test_a_chunk_that_breaks_off_leaves_nothing(cast, make, monkeypatch):
    leads = many(make, 3, owner=cast.ana)
    monkeypatch.setattr(actions, "settle", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        bulk("reassign", leads, cast.cleo, cast.ben)

    assert owners_of(leads) == [cast.ana.pk] * 3
    assert moves(leads) == []

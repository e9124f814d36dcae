"""What would wait for each other in any other order of locks: user, lead, facility, window, task.

Each pair runs on connections of its own, again and again; a deadlock would be neither a result nor
a refusal.
"""

from datetime import timedelta

import pytest
from django.http import Http404

from backoffice.clock import clock
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import disposition_lead
from leads.actions import claim_lead, complete_task, edit_facility, reassign_lead
from leads.models import Lead, Task
from leads.outcomes import Outcome
from review.actions import resolve_flag
from tests.factories import LeadFactory

ROUNDS = range(15)
EXPIRED = timedelta(days=46)
REST = timedelta(days=9)

pytestmark = pytest.mark.usefixtures("transactional_db")


def deed(actor, action, *arguments, **said):
    """Return an action of somebody's, ready to run on a connection of its own."""

    def run():
        with acting_as(actor):
            action(*arguments, by=actor, **said)

    return run


def one_at_least_is_done(results):
    assert all(r is None or isinstance(r, Refused | Http404) for r in results), results
    assert None in results


def test_a_claim_and_a_reassignment_to_the_same_rep(cast, make, at_once):
    for _ in ROUNDS:
        lead = make(LeadFactory, owner=cast.ana, held_for=EXPIRED)
        one_at_least_is_done(
            at_once(
                deed(cast.ben, claim_lead, lead.pk),
                deed(cast.sol, reassign_lead, lead.pk, to=cast.ben),
            )
        )


def test_a_task_is_completed_and_its_lead_dispositioned(cast, make, at_once):
    with acting_as(SYSTEM):
        today = clock().date()
    for _ in ROUNDS:
        lead = make(LeadFactory, owner=cast.ana, follow_up_on=today)
        task = make(Task.objects.create, lead=lead, kind=Task.Kind.FOLLOW_UP, due_on=today)
        with acting_as(SYSTEM):
            lead = Lead.objects.with_display().get(pk=lead.pk)
        said = {"version": lead.version}
        one_at_least_is_done(
            at_once(
                deed(cast.ana, complete_task, lead, task),
                deed(cast.ana, disposition_lead, lead.pk, Outcome.NOT_NOW, **said),
            )
        )


def test_a_facility_is_renamed_while_another_lead_there_is_claimed(cast, make, at_once):
    for number in ROUNDS:
        mine = make(LeadFactory, owner=cast.ana)
        there = {"facility": mine.facility, "opportunity": "BMD"}
        theirs = make(LeadFactory, owner=cast.ana, held_for=EXPIRED, **there)
        with acting_as(SYSTEM):
            mine = Lead.objects.with_display().get(pk=mine.pk)
        named = {"version": 1, "name": f"Lourdes {number}", "state": "MA"}
        one_at_least_is_done(
            at_once(
                deed(cast.ana, edit_facility, mine, **named),
                deed(cast.ben, claim_lead, theirs.pk),
            )
        )


def test_a_facility_is_corrected_in_review_and_through_another_lead(cast, make, at_once):
    for number in ROUNDS:
        mine = make(LeadFactory, owner=cast.ana)
        there = {"facility": mine.facility, "opportunity": "BMD", "protection_left": REST}
        flagged = make(LeadFactory, owner=cast.ana, status="flagged", **there)
        with acting_as(SYSTEM):
            mine = Lead.objects.with_display().get(pk=mine.pk)
        named = {"version": 1, "name": f"Saint Anne {number}"}
        one_at_least_is_done(
            at_once(
                deed(cast.ana, edit_facility, mine, **named),
                resolved(cast.ada, flagged, named),
            )
        )


def resolved(admin, lead, facility):
    """Return a correction; what it returns is of no interest here."""

    def run():
        with acting_as(admin):
            resolve_flag(lead.pk, by=admin, version=lead.version, facility=facility)

    return run

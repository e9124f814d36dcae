"""What each outcome sets off, at once and in the same transaction."""

from datetime import timedelta

import pytest

from backoffice.clock import clock
from backoffice.refusals import Forbidden, Refused
from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import disposition_lead
from leads.models import Lead, Task
from leads.outcomes import Outcome
from protection.models import Window
from tests.dispositions.conftest import reload
from tests.factories import LeadFactory


def test_interested_opens_a_qualification_task_and_is_hot(ana, lead, dispose):
    dispose(ana, lead, Outcome.INTERESTED)

    after = reload(lead)
    assert after.hot_at == after.last_contact_at == clock()
    assert after.stage == Lead.Stage.CONTACTED
    with acting_as(SYSTEM):
        assert [task.kind for task in after.tasks.all()] == [Task.Kind.QUALIFICATION]


def test_interested_twice_keeps_one_task(ana, lead, dispose):
    dispose(ana, lead, Outcome.INTERESTED)
    dispose(ana, lead, Outcome.INTERESTED)

    with acting_as(SYSTEM):
        assert Task.objects.filter(lead=lead).count() == 1


def test_not_now_follows_up_in_thirty_days_of_the_reps_own_calendar(ana, lead, dispose):
    disposition = dispose(ana, lead, Outcome.NOT_NOW)

    due_on = clock().astimezone(ana.zone).date() + timedelta(days=30)
    assert reload(lead).follow_up_on == due_on
    with acting_as(SYSTEM):
        task = Task.objects.get(lead=lead)
        assert (task.kind, task.due_on, task.status) == ("follow_up", due_on, "open")
        event = lead.events.get(kind="dispositioned")
        assert str(event) == f"Ana: Connected - not now. Follow-up on {due_on:%-d %b}."
        assert event.detail == {"disposition": disposition.pk}


def test_a_new_follow_up_replaces_the_old_one(ana, lead, dispose, move_clock):
    dispose(ana, lead, Outcome.NOT_NOW)
    move_clock(timedelta(days=3))
    dispose(ana, lead, Outcome.NOT_NOW)

    with acting_as(SYSTEM):
        assert list(Task.objects.order_by("id").values_list("status", flat=True)) == [
            "cancelled",
            "open",
        ]
        assert reload(lead).follow_up_on == Task.objects.get(status="open").due_on


def test_a_call_completes_the_due_follow_up(ana, lead, dispose, move_clock):
    dispose(ana, lead, Outcome.NOT_NOW)
    move_clock(timedelta(days=31))
    dispose(ana, lead, Outcome.NO_ANSWER)

    with acting_as(SYSTEM):
        assert Task.objects.get(lead=lead).status == Task.Status.DONE
    assert reload(lead).follow_up_on is None


def test_not_a_fit_disqualifies_and_says_why(ana, lead, dispose):
    dispose(ana, lead, Outcome.INTERESTED)
    dispose(ana, lead, Outcome.NOT_A_FIT, reason="no_budget", detail="frozen until May")

    after = reload(lead)
    assert (after.status, after.owner, after.protected_until) == ("disqualified", ana, None)
    with acting_as(SYSTEM):
        assert Task.objects.get(lead=lead).status == Task.Status.CANCELLED
        assert Window.objects.get(lead=lead).end == Window.End.CLOSED
        assert "Disqualified: No budget this year, frozen until May." in str(
            lead.events.order_by("id").last()
        )


def test_the_third_no_answer_in_a_row_makes_a_lead_unreached(ana, lead, dispose):
    counts = []
    for _ in range(3):
        dispose(ana, lead, Outcome.NO_ANSWER)
        after = reload(lead)
        counts.append((after.no_answer_count, after.unreached, after.stage))

    assert counts == [(1, False, "new"), (2, False, "new"), (3, True, "new")]


def test_a_connect_resets_the_counter(ana, make, dispose):
    lead = make(LeadFactory, owner=ana, no_answer_count=3, unreached=True)
    dispose(ana, lead, Outcome.NOT_NOW)

    after = reload(lead)
    assert (after.no_answer_count, after.unreached) == (0, False)


def test_bad_data_flags_and_stops_the_window(ana, lead, dispose, move_clock):
    move_clock(timedelta(days=10))
    dispose(ana, lead, Outcome.BAD_DATA, detail="a bakery answers")

    after = reload(lead)
    assert (after.status, after.protected_until) == ("flagged", None)
    assert after.protection_left == lead.protected_until - clock()
    with acting_as(SYSTEM):
        assert Window.objects.get(lead=lead).end == Window.End.STOPPED


def test_a_call_takes_a_lead_out_of_queued(ana, make, dispose):
    with acting_as(SYSTEM):
        now = clock()
    lead = make(LeadFactory, owner=ana, queued_at=now)
    dispose(ana, lead, Outcome.NO_ANSWER)

    assert reload(lead).queued_at is None


def test_a_later_outcome_ends_hot_though_the_task_stays_open(ana, lead, dispose):
    dispose(ana, lead, Outcome.INTERESTED)
    dispose(ana, lead, Outcome.NO_ANSWER)

    assert reload(lead).hot_at is None
    with acting_as(SYSTEM):
        assert Task.objects.get(lead=lead).status == Task.Status.OPEN


def test_the_second_of_two_tabs_is_told(ana, lead, dispose):
    dispose(ana, lead, Outcome.NO_ANSWER)

    with pytest.raises(Refused, match="Ana: Voicemail / No answer"), acting_as(ana):
        disposition_lead(lead.pk, Outcome.NO_ANSWER, by=ana, version=lead.version)
    assert reload(lead).no_answer_count == 1


def test_only_the_owner_dispositions(ana, cleo, lead, dispose):
    with pytest.raises(Forbidden):
        dispose(cleo, lead, Outcome.NO_ANSWER)


def test_an_owner_whose_window_ended_is_refused(ana, lead, dispose, move_clock):
    move_clock(timedelta(days=46))

    with pytest.raises(Refused, match="it is in the pool"):
        dispose(ana, lead, Outcome.NO_ANSWER)

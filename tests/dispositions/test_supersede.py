"""Correcting an earlier outcome: what it set off and is still open is taken back first."""

from datetime import timedelta

import pytest

from backoffice.clock import clock
from backoffice.refusals import Forbidden, Refused
from backoffice.rls import SYSTEM, acting_as
from callbacks.models import Callback
from dispositions.actions import undo_disposition
from dispositions.models import Disposition
from leads.models import Task
from leads.outcomes import Outcome
from tests.digest import digest
from tests.dispositions.conftest import reload
from tests.dispositions.starting import next_slot

RECORDS = {"history_event", "dispositions_disposition"}


def test_both_stay_in_history_with_a_link_both_ways(ana, lead, dispose):
    older = dispose(ana, lead, Outcome.NO_ANSWER)
    newer = dispose(ana, lead, Outcome.NOT_NOW, corrects=True)

    with acting_as(SYSTEM):
        older = Disposition.objects.get(pk=older.pk)
        assert (older.state, older.superseded_by) == ("superseded", newer)
        assert newer.corrects == older
        assert str(lead.events.order_by("id").last()).endswith(
            "Corrects the earlier outcome (Voicemail / No answer)."
        )


def test_the_counter_follows(ana, lead, dispose):
    dispose(ana, lead, Outcome.NO_ANSWER)
    dispose(ana, lead, Outcome.NO_ANSWER)
    dispose(ana, lead, Outcome.NO_ANSWER, corrects=True)

    assert reload(lead).no_answer_count == 2


def test_a_corrected_connect_gives_the_stage_and_counter_back(ana, lead, dispose):
    dispose(ana, lead, Outcome.NO_ANSWER)
    dispose(ana, lead, Outcome.INTERESTED)
    dispose(ana, lead, Outcome.NO_ANSWER, corrects=True)

    after = reload(lead)
    assert (after.stage, after.no_answer_count, after.hot_at) == ("new", 2, None)
    with acting_as(SYSTEM):
        assert Task.objects.get(lead=lead).status == "cancelled"


def test_a_corrected_callback_leaves_the_diary(ana, lead, dispose):
    with acting_as(SYSTEM):
        starts_at = next_slot(clock() + timedelta(hours=3))
    dispose(ana, lead, Outcome.CALLBACK, starts_at=starts_at)
    dispose(ana, lead, Outcome.NOT_NOW, corrects=True)

    with acting_as(SYSTEM):
        assert Callback.objects.get(lead=lead).status == "cancelled"
    assert reload(lead).callback_at is None


def test_a_corrected_follow_up_is_replaced(ana, lead, dispose):
    dispose(ana, lead, Outcome.NOT_NOW)
    dispose(ana, lead, Outcome.INTERESTED, corrects=True)

    after = reload(lead)
    assert (after.follow_up_on, after.hot_at) == (None, clock())


def test_what_the_older_set_off_and_is_done_stays_done(ana, lead, dispose):
    dispose(ana, lead, Outcome.NOT_NOW)
    with acting_as(SYSTEM):
        Task.objects.update(status="done", ended_at=clock())
    dispose(ana, lead, Outcome.NO_ANSWER, corrects=True)

    with acting_as(SYSTEM):
        assert Task.objects.get(lead=lead).status == "done"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.NOT_A_FIT, {"reason": "no_need"}),
        (Outcome.BAD_DATA, {"detail": "a bakery answers"}),
    ],
)
def test_a_manager_gives_a_mistake_back_to_the_rep(
    ana, cleo, lead, dispose, move_clock, outcome, said
):
    move_clock(timedelta(days=5))
    dispose(ana, lead, outcome, **said)
    left = lead.protected_until - clock_now()
    move_clock(timedelta(days=8))

    dispose(cleo, lead, Outcome.NO_ANSWER, corrects=True)

    after = reload(lead)
    assert (after.status, after.owner) == ("open", ana)
    assert after.protected_until - after.as_of == left


def clock_now():
    with acting_as(SYSTEM):
        return clock()


def test_the_owner_may_not_reopen_what_they_disqualified(ana, eli, lead, dispose):
    dispose(ana, lead, Outcome.NOT_A_FIT, reason="no_need")

    with pytest.raises(Refused, match="disqualified"):
        dispose(ana, lead, Outcome.NO_ANSWER)
    with pytest.raises(Forbidden):
        dispose(ana, lead, Outcome.NO_ANSWER, corrects=True)


def test_whoever_has_left_gets_nothing_back(ana, cleo, lead, dispose):
    dispose(ana, lead, Outcome.NOT_A_FIT, reason="no_need")
    with acting_as(SYSTEM):
        ana.is_active = False
        ana.save()

    with pytest.raises(Refused, match="has been deactivated: reopen it into the pool"):
        dispose(cleo, lead, Outcome.NO_ANSWER, corrects=True)


def test_nothing_to_correct_is_refused(ana, lead, dispose):
    with pytest.raises(Refused, match="no earlier outcome"):
        dispose(ana, lead, Outcome.NO_ANSWER, corrects=True)


@pytest.mark.parametrize("first", [Outcome.INTERESTED, Outcome.NOT_NOW, Outcome.NO_ANSWER])
@pytest.mark.parametrize("second", [Outcome.INTERESTED, Outcome.NOT_NOW, Outcome.NO_ANSWER])
def test_a_correction_can_be_undone(ana, lead, dispose, first, second):
    dispose(ana, lead, first)
    with acting_as(SYSTEM):
        Disposition.objects.update(state="final")
    before = digest(but=RECORDS, columns_but={"version"})
    correction = dispose(ana, lead, second, corrects=True)

    with acting_as(ana):
        undo_disposition(correction.pk, by=ana)

    assert digest(but=RECORDS, columns_but={"version"}) == before
    with acting_as(SYSTEM):
        assert Disposition.objects.get(state="final").superseded_by is None

"""Undo restores everything exactly, or refuses and changes nothing."""

from datetime import timedelta

import pytest
from django.http import Http404

from backoffice.clock import clock
from backoffice.refusals import Forbidden, Refused
from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import finalise_dispositions, undo_disposition
from dispositions.models import Disposition
from leads.actions import claim_lead, reassign_lead, release_lead
from leads.outcomes import PICKER, Outcome
from leads.queue import BAND_NAMES, queue_page
from tests.digest import digest
from tests.dispositions.conftest import reload
from tests.dispositions.starting import lead_in, next_slot

SAID = {
    Outcome.NOT_A_FIT: {"reason": "no_need"},
    Outcome.BAD_DATA: {"detail": "a bakery answers"},
}


def undo(disposition, by):
    with acting_as(by):
        return undo_disposition(disposition.pk, by=by)


def test_undo_writes_an_event_and_marks_the_original(ana, lead, dispose):
    disposition = dispose(ana, lead, Outcome.NOT_NOW)

    undo(disposition, ana)

    with acting_as(SYSTEM):
        assert Disposition.objects.get(pk=disposition.pk).state == "undone"
        assert [str(event) for event in lead.events.filter(kind="undone")] == [
            "Ana undid: Connected - not now."
        ]


@pytest.mark.parametrize(("microseconds", "accepted"), [(0, True), (1, False), (54_000_000, False)])
def test_undo_is_accepted_for_six_seconds(
    still, ana, lead, dispose, move_clock, microseconds, accepted
):
    with acting_as(SYSTEM):
        before = reload(lead).no_answer_count
    disposition = dispose(ana, lead, Outcome.NO_ANSWER)
    move_clock(timedelta(seconds=6, microseconds=microseconds))

    if accepted:
        undo(disposition, ana)
    else:
        with pytest.raises(Refused, match="time for Undo is over"):
            undo(disposition, ana)
    assert reload(lead).no_answer_count == (before if accepted else before + 1)


def test_a_second_undo_is_refused(ana, lead, dispose):
    disposition = dispose(ana, lead, Outcome.NO_ANSWER)
    undo(disposition, ana)

    with pytest.raises(Refused, match="undone already"):
        undo(disposition, ana)


def test_a_colleague_may_not_undo(ana, cleo, dora, lead, dispose):
    disposition = dispose(ana, lead, Outcome.NO_ANSWER)

    with pytest.raises(Forbidden):
        undo(disposition, cleo)
    with pytest.raises(Http404):
        undo(disposition, dora)


def test_what_changed_since_is_not_half_reversed(ana, ben, cleo, lead, dispose):
    disposition = dispose(ana, lead, Outcome.INTERESTED)
    with acting_as(cleo):
        reassign_lead(lead.pk, to=ben, by=cleo)
    before = digest()

    with pytest.raises(Refused, match="changed since"):
        undo(disposition, ana)

    assert digest() == before


def test_a_final_disposition_stays(ana, lead, dispose, move_clock):
    disposition = dispose(ana, lead, Outcome.NO_ANSWER)
    move_clock(timedelta(seconds=30))
    with acting_as(SYSTEM):
        assert finalise_dispositions() == 1

    with pytest.raises(Refused, match="time for Undo is over"):
        undo(disposition, ana)


def test_released_and_claimed_again_is_changed(ana, ben, lead, dispose):
    disposition = dispose(ana, lead, Outcome.NO_ANSWER)
    with acting_as(ana):
        release_lead(lead.pk, by=ana, version=disposition.version_after, why="")
    with acting_as(ben):
        claim_lead(lead.pk, by=ben)

    with pytest.raises(Refused, match="changed since"):
        undo(disposition, ana)


@pytest.mark.parametrize("band", BAND_NAMES)
@pytest.mark.parametrize("outcome", PICKER)
def test_the_state_after_undo_equals_the_state_before(ana, dispose, move_clock, outcome, band):
    lead = lead_in(band, ana, move_clock)
    with acting_as(ana):
        assert [queued.band for queued in queue_page(ana).rows] == [band]
    before = state()

    disposition = dispose(ana, lead, outcome, **said(outcome))
    assert state() != before
    undo(disposition, ana)

    assert state() == before


def state():
    """Return a digest of everything but the record of what was done: version only ever grows."""
    return digest(but={"history_event", "dispositions_disposition"}, columns_but={"version"})


def said(outcome):
    if outcome == Outcome.CALLBACK:
        with acting_as(SYSTEM):
            return {"starts_at": next_slot(clock() + timedelta(hours=6))}
    return SAID.get(outcome, {})

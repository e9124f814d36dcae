"""Undo against everything else that may happen at the same moment, on real connections."""

from functools import partial
from itertools import cycle, islice, product
from time import perf_counter, sleep

import pytest

from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from callbacks.models import Callback
from dispositions.actions import disposition_lead, undo_disposition
from dispositions.models import Disposition
from leads.actions import reassign_lead
from leads.models import Lead, Task
from leads.outcomes import Outcome
from tests.factories import LeadFactory

ROUNDS = 500
# Undo is the longest of the three: all of them win some of the rounds if the others wait a little,
# on any machine. In parts of what it takes here.
HEAD_STARTS = list(product([0, 0.25, 0.5, 1, 2], repeat=2))


def disposition(lead, by, outcome=Outcome.INTERESTED):
    with acting_as(by):
        return disposition_lead(lead.pk, outcome, by=by, version=lead.version)


def undo(made, by):
    with acting_as(by):
        return undo_disposition(made.pk, by=by)


def finalise(made):
    """The finaliser, for one disposition and without the six seconds' wait."""
    with acting_as(SYSTEM):
        rows = Disposition.objects.filter(pk=made.pk, state=Disposition.State.APPLIED)
        return rows.update(state=Disposition.State.FINAL)


def after(seconds, function):
    def run():
        sleep(seconds)
        return function()

    return run


def reassign(lead, to, by):
    with acting_as(by):
        return reassign_lead(lead.pk, to=to, by=by)


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_undo_is_whole_or_not_at_all(transactional_db, cast, make, at_once):
    """Undo races the finaliser and a reassignment: fully applied or fully reversed, 500 times."""
    undone, alone = 0, min(time_of_undo(cast, make) for _ in range(5))
    for finaliser_waits, manager_waits in islice(cycle(HEAD_STARTS), ROUNDS):
        lead = make(LeadFactory, owner=cast.ana)
        made = disposition(lead, cast.ana)

        results = at_once(
            partial(undo, made, cast.ana),
            after(finaliser_waits * alone, partial(finalise, made)),
            after(manager_waits * alone, partial(reassign, lead, cast.ben, cast.cleo)),
        )

        assert all(not isinstance(r, Exception) or isinstance(r, Refused) for r in results), results
        undone += whole_or_not_at_all(lead, made)
    assert 0 < undone < ROUNDS


def time_of_undo(cast, make):
    """With nobody in its way."""
    made = disposition(make(LeadFactory, owner=cast.ana), cast.ana)
    began = perf_counter()
    undo(made, cast.ana)
    return perf_counter() - began


def whole_or_not_at_all(lead, made):
    """Check that nothing is half reversed; return whether it was undone."""
    with acting_as(SYSTEM):
        after = Lead.objects.get(pk=lead.pk)
        state = Disposition.objects.get(pk=made.pk).state
        tasks = Task.objects.filter(lead=lead).count()
        events = lead.events.filter(kind="undone").count()
    if state == Disposition.State.UNDONE:
        assert (after.hot_at, after.last_outcome, tasks, events) == (None, "", 0, 1)
        return True
    assert (after.last_outcome, tasks, events) == ("interested", 1, 0)
    assert after.hot_at is not None
    return False


def test_of_two_tabs_one_is_told(transactional_db, cast, make, at_once):
    for _ in range(20):
        lead = make(LeadFactory, owner=cast.ana)
        results = at_once(*[partial(disposition, lead, cast.ana, Outcome.NO_ANSWER)] * 2)

        assert sorted(isinstance(result, Refused) for result in results) == [False, True]
        with acting_as(SYSTEM):
            assert Lead.objects.get(pk=lead.pk).no_answer_count == 1
            assert not Callback.objects.filter(lead=lead).exists()


def test_two_clicks_on_undo_undo_once(transactional_db, cast, make, at_once):
    lead = make(LeadFactory, owner=cast.ana)
    made = disposition(lead, cast.ana)

    results = at_once(*[partial(undo, made, cast.ana)] * 8)

    assert sum(isinstance(result, Disposition) for result in results) == 1
    assert whole_or_not_at_all(lead, made)

"""The sweep that writes down what time has done: expired leads go back into the pool."""

from datetime import timedelta

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback
from leads.actions import get_lead
from leads.expiry import release_expired
from leads.models import Lead, Task
from protection.models import Window
from tests.dispositions.starting import next_slot
from tests.factories import LeadFactory


def test_an_expired_lead_is_released_as_of_the_end_of_its_window(ana, make, move_clock):
    lead = make(LeadFactory, owner=ana)
    move_clock(timedelta(days=50))

    assert release_expired() == 1

    with acting_as(SYSTEM):
        released = Lead.objects.get(pk=lead.pk)
        assert (released.owner, released.pool_since) == (None, lead.protected_until)
        window = Window.objects.get(lead=lead)
        assert (window.end, window.ended_at) == (Window.End.EXPIRED, lead.protected_until)
        assert [str(event) for event in lead.events.all()] == [
            "The protection of Ana ended; the lead went back into the pool."
        ]


def test_what_the_owner_had_planned_ends_with_the_window(ana, make, move_clock):
    lead = make(LeadFactory, owner=ana)
    with acting_as(ana):
        mine = get_lead(lead.pk)
        book_callback(mine, next_slot(mine.as_of + timedelta(days=2)), by=ana)
    with acting_as(SYSTEM):
        for kind in Task.Kind:
            Task.objects.create(lead=lead, kind=kind, due_on=clock().date())
        now = clock()
        Lead.objects.filter(pk=lead.pk).update(hot_at=now, follow_up_on=now.date(), queued_at=now)
    move_clock(timedelta(days=46))

    assert release_expired() == 1

    with acting_as(SYSTEM):
        lead.refresh_from_db()
        planned = (lead.hot_at, lead.follow_up_on, lead.callback_at, lead.queued_at)
        assert planned == (None, None, None, None)
        ends = [*lead.tasks.values_list("status", "ended_at")]
        ends += lead.callbacks.values_list("status", "ended_at")
        assert ends == [("cancelled", clock())] * 3


def test_a_second_sweep_changes_nothing(ana, make, move_clock):
    make(LeadFactory, owner=ana)
    move_clock(timedelta(days=50))
    release_expired()

    assert release_expired() == 0


def test_open_windows_are_left_alone(ana, make, move_clock):
    make(LeadFactory, owner=ana)
    move_clock(timedelta(days=44))

    assert release_expired() == 0


def test_sweeps_at_the_same_time_release_each_lead_once(transactional_db, cast, make, at_once):
    for _ in range(20):
        make(LeadFactory, owner=cast.ana, held_for=timedelta(days=60))

    results = at_once(release_expired, release_expired, release_expired)

    assert sum(results) == 20
    with acting_as(SYSTEM):
        assert Lead.objects.filter(owner=None, events__kind="expired").count() == 20

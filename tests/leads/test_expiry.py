"""The sweep that writes down what time has done: expired leads go back into the pool."""

from datetime import timedelta

from backoffice.rls import SYSTEM, acting_as
from leads.expiry import release_expired
from leads.models import Lead
from protection.models import Window
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

"""Claiming: a lead leaves the pool for exactly one rep, with a window of 45 days."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.http import Http404

from backoffice.clock import clock
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from history.models import Event
from leads.actions import claim_lead, release_lead
from leads.models import Lead
from people.models import Policy
from protection.models import Window
from protection.window import window_end
from tests.factories import LeadFactory


def claim(pk, user):
    with acting_as(user):
        return claim_lead(pk, by=user)


def test_a_claim_gives_the_lead_a_window_and_two_events(ana, make):
    lead = make(LeadFactory)

    claim(lead.pk, ana)

    with acting_as(SYSTEM):
        lead = Lead.objects.get(pk=lead.pk)
        assert (lead.owner, lead.owner_team, lead.pool_since) == (ana, ana.team, None)
        assert lead.protected_until == window_end(clock(), 45)
        window = Window.objects.get(lead=lead)
        assert (window.owner_name, window.expires_at) == ("Ana", lead.protected_until)
        assert [event.kind for event in lead.events.order_by("id")] == ["claimed", "protected"]


def test_a_taken_lead_is_refused_with_the_owners_name(ana, ben, make):
    lead = make(LeadFactory, owner=ana)

    with pytest.raises(Refused, match="taken by Ana"):
        claim(lead.pk, ben)


def test_a_lead_out_of_territory_does_not_exist(dora, make):
    lead = make(LeadFactory)

    with pytest.raises(Http404):
        claim(lead.pk, dora)


def test_a_protected_lead_of_the_other_team_names_its_public_owner(ana, dora, make):
    lead = make(LeadFactory, owner=ana)

    with pytest.raises(Refused, match="taken by Ana"):
        claim(lead.pk, dora)


def test_an_expired_window_is_claimed_and_written_down_first(ana, ben, make, move_clock):
    lead = make(LeadFactory, owner=ana)
    move_clock(timedelta(days=46))

    claim(lead.pk, ben)

    with acting_as(SYSTEM):
        assert list(lead.events.order_by("id").values_list("kind", "actor_name")) == [
            ("expired", "The system"),
            ("claimed", "Ben"),
            ("protected", "Ben"),
        ]
        assert Window.objects.get(owner=ana).end == Window.End.EXPIRED


@pytest.mark.parametrize(("milliseconds", "owner"), [(-1, "Ana"), (0, "Ben"), (1, "Ben")])
def test_expiry_decides_to_the_millisecond(ana, ben, make, move_clock, milliseconds, owner):
    lead = make(LeadFactory, owner=ana)
    move_clock(lead.protected_until - lead.owned_at + timedelta(milliseconds=milliseconds))

    with suppress(Refused):
        claim(lead.pk, ben)

    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=lead.pk).owner.name == owner


def test_who_released_a_lead_waits_a_day_before_claiming_it_again(ana, ben, make, move_clock):
    lead = make(LeadFactory, owner=ana)
    with acting_as(ana):
        release_lead(lead.pk, by=ana, version=lead.version, why="Closed down for the summer")

    with pytest.raises(Refused, match="a short while ago"):
        claim(lead.pk, ana)
    move_clock(timedelta(hours=24))
    assert claim(lead.pk, ana).owner == ana


def test_the_limit_of_open_leads_refuses_with_a_sentence(ana, make):
    with acting_as(SYSTEM):
        Policy.objects.update(open_leads_per_rep=1)
    make(LeadFactory, owner=ana)
    lead = make(LeadFactory)

    with pytest.raises(Refused, match="as many open leads"):
        claim(lead.pk, ana)


def test_managers_do_not_claim(cleo, make):
    lead = make(LeadFactory)

    with pytest.raises(Refused):
        claim(lead.pk, cleo)


def test_of_many_simultaneous_claims_exactly_one_wins(transactional_db, cast, make, at_once):
    leads = [make(LeadFactory) for _ in range(5)]
    for lead in leads:
        results = at_once(*[partial(claim, lead.pk, rep) for rep in [cast.ana, cast.ben] * 8])

        winners = [result for result in results if isinstance(result, Lead)]
        assert len(winners) == 1
        assert all("taken by" in str(r) for r in results if r is not winners[0])
        with acting_as(SYSTEM):
            assert Event.objects.filter(lead=lead, kind="claimed").count() == 1


def test_two_claims_at_the_limit_do_not_both_fit(transactional_db, cast, make, at_once):
    with acting_as(SYSTEM):
        Policy.objects.update(open_leads_per_rep=3)
    leads = [make(LeadFactory) for _ in range(8)]

    at_once(*[partial(claim, lead.pk, cast.ana) for lead in leads])

    with acting_as(SYSTEM):
        assert Lead.objects.held_by(cast.ana).count() == 3
        Policy.objects.update(open_leads_per_rep=2000)

"""Giving a lead back by hand: who may, what for, and who can claim it next."""

import re
from datetime import timedelta

import pytest

from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import disposition_lead
from leads.expiry import release_expired
from leads.models import Lead, Task
from leads.outcomes import Outcome
from people.models import Policy
from protection.models import Window
from tests.conftest import HTMX
from tests.factories import FacilityFactory, LeadFactory

WHY = {"why": "Closed for the summer", "version": 1}


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, facility=make(FacilityFactory, name="Mercy Hospital"))


def url(lead):
    return f"/leads/{lead.pk}/release"


def now(lead):
    with acting_as(SYSTEM):
        return Lead.objects.select_related("owner").get(pk=lead.pk)


@pytest.mark.parametrize("actor", ["ana", "cleo", "sol", "ada"])
def test_owner_and_those_above_release_with_a_reason(cast, signed_in, make, lead, actor):
    task = make_task(lead)
    user = getattr(cast, actor)

    signed_in(user).post(url(lead), WHY)

    after = now(lead)
    assert (after.owner, after.protected_until, after.follow_up_on) == (None, None, None)
    with acting_as(SYSTEM):
        event = lead.events.get(kind="released")
        assert (event.actor, event.why) == (user, WHY["why"])
        assert Window.objects.get(lead=lead).end == Window.End.RELEASED
        assert Task.objects.get(pk=task.pk).status == "cancelled"


def make_task(lead):
    with acting_as(SYSTEM):
        task = Task.objects.create(lead=lead, kind="follow_up", due_on="2030-01-01")
        Lead.objects.filter(pk=lead.pk).update(follow_up_on="2030-01-01")
    return task


@pytest.mark.parametrize(("actor", "status"), [("ben", 404), ("dora", 404), ("eli", 404)])
def test_others_do_not_even_find_it(cast, signed_in, lead, actor, status):
    assert signed_in(getattr(cast, actor)).post(url(lead), WHY).status_code == status
    assert now(lead).owner == cast.ana


def test_what_is_in_the_pool_is_not_released(ana, signed_in, make):
    lead = make(LeadFactory)

    assert signed_in(ana).post(url(lead), WHY).status_code == 403


def test_an_owner_whose_time_is_over_releases_nothing(ana, signed_in, lead, move_clock):
    move_clock(timedelta(days=46))

    assert signed_in(ana).post(url(lead), WHY).status_code == 403
    with acting_as(SYSTEM):
        assert list(lead.events.all()) == []


@pytest.mark.parametrize("why", ["", "   "])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_reason_is_asked_for(ana, signed_in, lead, why, headers):
    response = signed_in(ana).post(url(lead), WHY | {"why": why}, headers=headers)

    assert response.status_code == 422
    assert '<details class="ask" open>' in response.text
    assert "This field is required." in response.text
    assert ("<html" in response.text) == (not headers)
    assert now(lead).owner == ana


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_stale_tab_is_told_what_it_missed(cast, signed_in, lead, headers):
    with acting_as(cast.ana):
        disposition_lead(lead.pk, Outcome.INTERESTED, by=cast.ana, version=lead.version)

    response = signed_in(cast.cleo).post(url(lead), WHY, headers=headers)

    assert response.status_code == 409
    assert "The lead has changed since you looked: Ana: Connected - interested." in response.text
    assert "Look again before you release it." in response.text
    assert f'href="/leads/{lead.pk}"' in response.text
    assert now(lead).owner == cast.ana


def test_the_form_says_at_which_version_the_lead_was_seen(ana, signed_in, lead):
    with acting_as(ana):
        disposition_lead(lead.pk, Outcome.INTERESTED, by=ana, version=lead.version)
    form = signed_in(ana).get(f"/leads/{lead.pk}").text.partition(url(lead))[2]
    version = re.search(r'name="version" value="(\d+)"', form)[1]

    signed_in(ana).post(url(lead), WHY | {"version": version})

    assert now(lead).owner is None


def test_the_button_stands_where_it_may_be_used(cast, signed_in, make, lead):
    def offered(user):
        return f'action="{url(lead)}"' in signed_in(user).get(f"/leads/{lead.pk}").text

    assert all(offered(user) for user in (cast.ana, cast.cleo, cast.sol, cast.ada))
    with acting_as(SYSTEM):
        Lead.objects.filter(pk=lead.pk).update(
            status="lost", stage="lost", protected_until=None, pool_since=None
        )
    assert not any(offered(user) for user in (cast.ana, cast.cleo, cast.sol, cast.ada))


def test_the_owner_goes_on_in_their_queue(ana, signed_in, lead):
    response = signed_in(ana).post(url(lead), WHY, follow=True)

    assert response.redirect_chain == [("/leads", 303)]
    assert "Mercy Hospital is back in the pool." in response.text


@pytest.mark.parametrize("actor", ["cleo", "sol"])
def test_who_still_sees_the_lead_stays_with_it(cast, signed_in, lead, actor):
    response = signed_in(getattr(cast, actor)).post(url(lead), WHY, follow=True)

    assert response.redirect_chain == [(f"/leads/{lead.pk}", 303)]
    assert "In the pool" in response.text


def test_who_no_longer_sees_it_is_not_sent_into_the_void(cleo, ana, signed_in, make):
    # Of a state that nobody of the team works.
    lead = make(LeadFactory, owner=ana, facility=make(FacilityFactory, state="TX"))

    response = signed_in(cleo).post(url(lead), WHY, follow=True)

    assert response.redirect_chain == [("/leads", 303)]
    assert response.status_code == 200


def test_with_htmx_the_browser_is_sent_on(ana, signed_in, lead):
    response = signed_in(ana).post(url(lead), WHY, headers=HTMX)

    assert response.headers["HX-Redirect"] == "/leads"


# --- the day of waiting -------------------------------------------------------


def offers_claim(response, lead):
    return f'action="/leads/{lead.pk}/claim"' in response.text


def test_who_released_reads_when_they_can_claim_again(ana, ben, signed_in, lead):
    browser = signed_in(ana)
    browser.post(url(lead), WHY)

    folder, pool = browser.get(f"/leads/{lead.pk}"), browser.get("/leads/pool")
    refusal = browser.post(f"/leads/{lead.pk}/claim")

    assert not offers_claim(folder, lead)
    assert "For 24 hours others may claim it first; you can from" in folder.text
    assert not offers_claim(pool, lead)
    assert "others may claim it first" in pool.text
    assert refusal.status_code == 409
    assert "others may claim it first. You can from" in refusal.text
    assert offers_claim(signed_in(ben).get("/leads/pool"), lead)


@pytest.mark.parametrize("swept", [True, False])
def test_who_let_it_run_out_waits_as_long(ana, ben, signed_in, lead, move_clock, swept):
    move_clock(timedelta(days=45, hours=23))
    if swept:
        release_expired()

    assert not offers_claim(signed_in(ana).get("/leads/pool"), lead)
    assert offers_claim(signed_in(ben).get("/leads/pool"), lead)
    move_clock(timedelta(days=46, hours=1))
    assert offers_claim(signed_in(ana).get("/leads/pool"), lead)
    assert signed_in(ana).post(f"/leads/{lead.pk}/claim").status_code == 303


def test_what_is_offered_is_what_can_be_claimed(ana, signed_in, lead, move_clock):
    """To the very instant, on page and in action."""
    signed_in(ana).post(url(lead), WHY)
    with acting_as(SYSTEM):
        Policy.objects.update(reclaim_cooldown_hours=5)
    for tick, may in [(-1, False), (0, True)]:
        move_clock(timedelta(hours=5, microseconds=tick))
        browser = signed_in(ana)
        assert offers_claim(browser.get(f"/leads/{lead.pk}"), lead) == may
        assert offers_claim(browser.get("/leads/pool"), lead) == may
    assert browser.post(f"/leads/{lead.pk}/claim").status_code == 303

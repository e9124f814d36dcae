"""The pool and claiming, as a browser does it."""

import re

import pytest

from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from tests.conftest import HTMX
from tests.factories import FacilityFactory, LeadFactory


def rows_of(response):
    return [int(pk) for pk in re.findall(r'<tr id="lead-(\d+)">', response.text)]


def owner_of(lead):
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=lead.pk).owner


def test_the_pool_shows_what_a_rep_may_work(ana, dora, signed_in, make):
    lead = make(LeadFactory)

    assert rows_of(signed_in(ana).get("/leads/pool")) == [lead.pk]
    assert rows_of(signed_in(dora).get("/leads/pool")) == []


def test_only_those_who_may_claim_are_offered_it(ana, cleo, signed_in, make):
    make(LeadFactory)

    assert ">Claim</button>" in signed_in(ana).get("/leads/pool").text
    assert ">Claim</button>" not in signed_in(cleo).get("/leads/pool").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("opportunity=CS", 1),
        ("opportunity=BMD", 0),
        ("state=NY", 1),
        ("state=MA", 0),
        ("source=CMS", 1),
        ("source=Manual", 0),
        ("age=day", 1),
        ("age=older", 0),
        ("q=mercy", 1),
        ("q=nowhere", 0),
    ],
)
def test_filters_narrow_the_pool(ana, signed_in, make, query, found):
    make(LeadFactory)

    assert len(rows_of(signed_in(ana).get(f"/leads/pool?{query}"))) == found


def test_a_claimed_lead_leaves_the_table_and_a_toast_says_so(ana, signed_in, make):
    lead = make(LeadFactory)

    response = signed_in(ana).post(f"/leads/{lead.pk}/claim", headers=HTMX)

    assert response.status_code == 200
    assert f'<hx-partial hx-target="#lead-{lead.pk}" hx-swap="delete">' in response.text
    assert f"{lead.facility.name} is yours until" in response.text
    assert owner_of(lead) == ana


def test_without_scripts_a_claim_opens_the_folder(ana, signed_in, make):
    lead = make(LeadFactory)

    response = signed_in(ana).post(f"/leads/{lead.pk}/claim", follow=True)

    assert response.redirect_chain == [(f"/leads/{lead.pk}", 303)]
    assert "is yours until" in response.text


def test_the_loser_reads_who_has_it_and_the_list_looks_again(ana, ben, signed_in, make):
    lead = make(LeadFactory)
    signed_in(ana).post(f"/leads/{lead.pk}/claim")

    response = signed_in(ben).post(f"/leads/{lead.pk}/claim", headers=HTMX)

    assert response.status_code == 409
    assert "taken by Ana" in response.text
    assert response.headers["HX-Trigger"] == "refused"
    assert owner_of(lead) == ana


def test_an_empty_pool_says_so(ana, signed_in):
    assert "The pool is empty" in signed_in(ana).get("/leads/pool").text


def test_a_search_that_finds_nothing_offers_near_spellings(ana, signed_in, make):
    make(LeadFactory, facility=make(FacilityFactory, name="Northwell Clinic"))

    response = signed_in(ana).get("/leads/pool?q=nortwell")

    assert 'href="/leads/pool?q=northwell"' in response.text


def test_a_session_that_ended_sends_htmx_to_sign_in_and_back(client, db):
    response = client.get(
        "/leads/pool", headers=HTMX | {"HX-Current-URL": "http://testserver/leads"}
    )

    assert response.headers["HX-Redirect"] == "/login?next=/leads"


def test_signing_in_never_leads_back_to_a_deed(client, db):
    assert client.post("/leads/1/claim").headers["Location"] == "/login?next=/"

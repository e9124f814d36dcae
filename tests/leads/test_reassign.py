"""Giving one lead away, over HTTP: who may be offered it, and what an open tab has missed."""

import re

import pytest

from backoffice.rls import SYSTEM, acting_as
from history.models import Event
from leads.models import Lead
from tests.conftest import HTMX, SOUTH, make_user
from tests.factories import FacilityFactory, LeadFactory


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, facility=make(FacilityFactory, name="Mercy Hospital"))


def url(lead):
    return f"/leads/{lead.pk}/reassign"


def people_in(response):
    return re.findall(r'name="to" value="\d+"[^>]*>([^<]+)<', response.text)


@pytest.mark.parametrize("actor", ["ana", "cleo", "sol", "ada"])
def test_owner_and_those_above_choose_who_gets_it(cast, signed_in, lead, actor):
    browser = signed_in(getattr(cast, actor))
    assert people_in(browser.get(url(lead))) == ["Ben"]

    said = {"to": cast.ben.pk, "version": lead.version, "why": "Nearer"}
    answer = browser.post(url(lead), said)

    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=lead.pk).owner == cast.ben
        assert Event.objects.get(kind="reassigned").why == "Nearer"
    there = "/leads" if actor == "ana" else f"/leads/{lead.pk}"
    assert (answer.status_code, answer.headers["Location"]) == (303, there)


def test_only_who_may_work_it_is_offered_and_found_by_name(cast, signed_in, lead):
    with acting_as(SYSTEM):
        make_user("Benedict", "inside_rep", cast.north)
        make_user("Gus", "inside_rep", cast.south, SOUTH)
        gone = make_user("Hope", "inside_rep", cast.north)
        type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    browser = signed_in(cast.cleo)

    assert people_in(browser.get(url(lead))) == ["Ben", "Benedict"]
    part = {"part": "people", "named": "dict", "version": lead.version}
    found = browser.post(url(lead), part, headers=HTMX)
    assert people_in(found) == ["Benedict"]
    assert "<html" not in found.text
    assert "Nobody" in browser.post(url(lead), part | {"named": "Dora"}, headers=HTMX).text


def test_an_open_tab_is_told_what_it_has_missed(cast, signed_in, lead):
    browser, said = signed_in(cast.cleo), {"to": cast.ben.pk, "version": lead.version}
    browser.post(url(lead), said)

    late = browser.post(url(lead), said)

    assert late.status_code == 409
    assert "The lead has changed since you looked" in late.text


@pytest.mark.parametrize("to", ["cleo", "nobody", "x"])
def test_whoever_owns_no_leads_is_nobody(cast, signed_in, lead, to):
    pk = cast.cleo.pk if to == "cleo" else {"nobody": 999_999}.get(to, to)
    answer = signed_in(cast.cleo).post(url(lead), {"to": pk, "version": lead.version})
    assert answer.status_code == 404


def test_the_control_is_shown_to_whom_it_is_for(cast, signed_in, lead, make):
    waiting = make(LeadFactory)
    shown = {
        name: [
            "Reassign to..." in signed_in(getattr(cast, name)).get(f"/leads/{pk}").text
            for pk in (lead.pk, waiting.pk)
        ]
        for name in ("ana", "cleo", "sol")
    }
    assert shown == {"ana": [True, False], "cleo": [True, False], "sol": [True, True]}

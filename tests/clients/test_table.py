"""The table of clients and their folders: what is listed, found, narrowed and told."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.rls import SYSTEM, acting_as
from clients.actions import win_lead
from clients.models import Client
from leads.models import Facility, Lead
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


@pytest.fixture
def won(make):
    """Make a client: `won(ana, name="Mercy")`."""

    def create(owner, opportunity="CS", state="NY", **facility):
        place = make(FacilityFactory, state=state, **facility)
        person = f"Grace of {place.name}"
        make(ContactFactory, facility=place, name=person, phone="+15185550177")
        lead = make(LeadFactory, owner=owner, facility=place, opportunity=opportunity)
        with acting_as(owner):
            version = Lead.objects.get(pk=lead.pk).version
            return win_lead(lead.pk, by=owner, version=version, why="Price")

    return create


def listed(browser, query=""):
    text = browser.get(f"/clients{query}").text
    return re.findall(r'<tr id="client-\d+"><th scope="row"><a href="[^"]+">([^<]+)</a>', text)


def test_clients_stand_newest_first(ana, signed_in, won, move_clock):
    for days, name in enumerate(["Alder", "Birch", "Cedar"]):
        move_clock(timedelta(days=days))
        won(ana, name=name)

    assert listed(signed_in(ana)) == ["Cedar", "Birch", "Alder"]


def test_a_row_says_who_decides_what_was_bought_and_who_won_it(ana, signed_in, won):
    won(ana, name="Alder")

    text = signed_in(ana).get("/clients").text

    for said in ["Albany, NY", "Grace of Alder", "(518) 555-0177", "CS", "Ana", "today"]:
        assert f">{said}<" in text, said


def test_everybody_lists_what_they_see(cast, signed_in, won):
    won(cast.ana, name="Alder")
    won(cast.dora, name="Birch", state="TX")

    for name, seen in {
        "ana": ["Alder"],
        "ben": [],
        "cleo": ["Alder"],
        "dora": ["Birch"],
        "eli": ["Birch"],
        "sol": ["Birch", "Alder"],
        "ada": ["Birch", "Alder"],
    }.items():
        assert listed(signed_in(getattr(cast, name))) == seen, name


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("opportunity=CS", ["Alder"]),
        ("opportunity=BMD", ["Birch"]),
        ("state=MA", ["Birch"]),
        ("state=ZZ", ["Birch", "Alder"]),
        ("q=alder", ["Alder"]),
        ("q=grace+of+bir", ["Birch"]),
        ("q=555-0177", ["Birch", "Alder"]),
        ("q=al", []),
        ("q=nowhere", []),
        ("q=%25%25%25", []),
    ],
)
def test_filters_and_search_narrow_it(ana, signed_in, won, query, found):
    won(ana, name="Alder")
    won(ana, name="Birch", opportunity="BMD", state="MA")

    assert listed(signed_in(ana), f"?{query}") == found


def test_search_finds_nothing_that_one_does_not_see(cast, signed_in, won):
    won(cast.ana, name="Alder")

    assert listed(signed_in(cast.dora), "?q=alder") == []
    assert listed(signed_in(cast.cleo), "?q=alder") == ["Alder"]


def test_managers_choose_whose(cast, signed_in, won):
    won(cast.ana, name="Alder")
    won(cast.ben, name="Birch")

    assert listed(signed_in(cast.cleo), f"?seller={cast.ben.pk}") == ["Birch"]
    assert "Won by" in signed_in(cast.cleo).get("/clients").text
    assert 'name="seller"' not in signed_in(cast.ana).get("/clients").text


def test_pages_follow_each_other_and_cost_the_same(ana, signed_in, make, won):
    won(ana, name="First")
    browser = signed_in(ana)
    few = queries(browser)
    for _ in range(55):
        make(LeadFactory, owner=ana, status="won", stage="won")

    seen, url = [], "/clients"
    while url:
        response = browser.get(url)
        page = re.findall(r'<tr id="client-(\d+)"', response.text)
        assert len(page) in {50, 6}
        seen += page
        following = re.search(r'href="([^"]+)" rel="next"', response.text)
        url = following and following[1].replace("&amp;", "&")

    with acting_as(SYSTEM):
        assert sorted(map(int, seen)) == sorted(Client.objects.values_list("pk", flat=True))
    assert queries(browser) == few


def queries(browser):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        browser.get("/clients")
    return len(captured)


@pytest.mark.parametrize("nonsense", ["after=x", "after=2026-01-01~1", "after=~"])
def test_a_page_that_is_none_is_not_there(ana, signed_in, nonsense):
    assert signed_in(ana).get(f"/clients?{nonsense}").status_code == 404


# --- the folder -------------------------------------------------------------------


def test_the_folder_shows_people_and_what_was_won(cast, signed_in, won):
    client = won(cast.ana, name="Alder")

    text = signed_in(cast.cleo).get(f"/clients/{client.pk}").text

    assert "Client since today, won by Ana" in text
    assert "Grace of Alder" in text
    assert "Clinical staffing" in text
    assert signed_in(cast.dora).get(f"/clients/{client.pk}").status_code == 404


def test_its_activity_is_that_of_its_leads_in_sight(cast, make, signed_in, won):
    client = won(cast.ana, name="Alder")
    with acting_as(SYSTEM):
        facility = Facility.objects.get(pk=client.pk)
    other = make(LeadFactory, owner=cast.dora, facility=facility, opportunity="BMD")
    with acting_as(cast.dora):
        win_lead(other.pk, by=cast.dora, version=1, why="Kindness")

    ana, dora, sol = (
        signed_in(user).get(f"/clients/{client.pk}/activity").text
        for user in (cast.ana, cast.dora, cast.sol)
    )

    for text in (ana, dora, sol):
        assert "Ana won CS: a new client." in text
        assert "Dora won BMD: a client already." in text
    assert ("Price" in ana, "Kindness" in ana) == (True, False)
    assert ("Price" in dora, "Kindness" in dora) == (False, True)
    assert ("Price" in sol, "Kindness" in sol) == (True, True)

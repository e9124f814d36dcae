"""Searching everything: by name, phone and place, typo-tolerant, and only what one may see."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead
from tests.conftest import HTMX
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

EVERYBODY = ["ana", "ben", "cleo", "dora", "eli", "sol", "ada"]


@pytest.fixture
def world(cast, make):
    """Leads of several states, each at a place of its own; return {lead: who sees it}."""

    def lead(word, seen_by, city="Utica", state="NY", **fields):
        facility = make(FacilityFactory, name=f"{word} Clinic", city=city, state=state)
        make(ContactFactory, facility=facility, name=f"Hope {word}", phone="+15185550177")
        return make(LeadFactory, facility=facility, **fields), set(seen_by.split())

    return dict(
        [
            lead("Alder", "ana cleo sol ada", owner=cast.ana),
            lead("Birch", "ben cleo sol ada", owner=cast.ben),
            lead("Cedar", "dora eli sol ada", owner=cast.dora, state="TX", city="Waco"),
            lead("Dogwood", "ana ben cleo sol ada"),
            lead("Elm", "ana cleo sol ada", owner=cast.ana, status="lost", stage="lost"),
            lead("Fir", "ana cleo sol ada", owner=cast.ana, status="won", stage="won"),
            lead("Ginkgo", "dora eli sol ada", state="TX", city="Waco"),
        ]
    )


def found(browser, text):
    """Return ({lead}, {client}, {contact}) of what is listed, by the numbers in the links."""
    html = browser.get("/search", {"q": text}).text
    groups = dict(re.findall(r"<h2>(\w+)</h2>(.*?)</section>", html, re.S))
    return [
        re.findall(r'<li><a href="/\w+/(\d+)">([^<]+)</a>', groups.get(name, ""))
        for name in ("Leads", "Clients", "Contacts")
    ]


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("text", ["clinic", "hope", "555-0177"])
def test_one_finds_what_one_sees_and_nothing_else(cast, signed_in, world, who, text):
    leads, clients, contacts = found(signed_in(getattr(cast, who)), text)

    seen = [lead for lead, seers in world.items() if who in seers]
    assert sorted(int(pk) for pk, _ in leads) == sorted(lead.pk for lead in seen)
    won = [lead.facility_id for lead in seen if lead.status == Lead.Status.WON]
    assert [int(pk) for pk, _ in clients] == won
    assert len(contacts) == (0 if text == "clinic" else len(seen))


def test_a_place_finds_what_is_there(cast, signed_in, world):
    names = {name for _, name in found(signed_in(cast.sol), "waco")[0]}

    assert names == {"Cedar Clinic", "Ginkgo Clinic"}
    assert found(signed_in(cast.ana), "waco") == [[], [], []]
    assert found(signed_in(cast.sol), "utica")[2] == []


@pytest.mark.parametrize(("typed", "read_as"), [("aldder", "alder"), ("dogwod", "dogwood")])
def test_a_slip_is_read_as_the_nearest_word(cast, signed_in, world, typed, read_as):
    text = signed_in(cast.ana).get("/search", {"q": typed}).text

    assert f"This is what “{read_as}” finds" in text
    assert f"{read_as.title()} Clinic" in text
    # A word of what one does not see is not offered.
    assert read_as.title() not in signed_in(cast.dora).get("/search", {"q": typed}).text


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("alder clinc", "alder clinic"),
        ("Aldder, clinic", "alder clinic"),
        ("hope aldr", "hope alder"),
    ],
)
def test_a_slip_in_one_of_several_words_is_read_as_its_nearest(
    cast, signed_in, world, typed, read_as
):
    browser = signed_in(cast.ana)

    assert f"This is what “{read_as}” finds" in browser.get("/search", {"q": typed}).text
    assert [name for _, name in found(browser, typed)[0]] == ["Alder Clinic"]
    # A word of what one does not see is not offered.
    assert "Alder" not in signed_in(cast.dora).get("/search", {"q": typed}).text


def test_a_place_is_found_as_rows_write_it(cast, signed_in, world):
    browser = signed_in(cast.sol)

    assert {name for _, name in found(browser, "Waco, TX")[0]} == {"Cedar Clinic", "Ginkgo Clinic"}
    assert "Nothing matches" not in browser.get("/search", {"q": "Waco, TX"}).text


@pytest.mark.parametrize("text", ["", "al", "%%%", "nowhere", "\x00\x00\x00", "'; --", "x" * 500])
def test_nonsense_finds_nothing(cast, signed_in, world, text):
    assert found(signed_in(cast.sol), text) == [[], [], []]


def test_a_common_word_shows_the_first_of_many_and_costs_the_same(cast, signed_in, make, world):
    for viewer in (cast.cleo, cast.sol):
        browser = signed_in(viewer)
        few = queries(browser)
        for number in range(25):
            facility = make(FacilityFactory, name=f"Grove Clinic {number}")
            make(LeadFactory, owner=cast.ana, facility=facility)
        assert len(found(browser, "clinic")[0]) == 20
        assert "The first 20. Type more" in browser.get("/search?q=clinic").text
        assert "The first 20" not in browser.get("/search?q=grove+clinic+7").text
        assert len(found(browser, "cedar")[0]) == (viewer == cast.sol)
        assert queries(browser) == few


def queries(browser):
    with CaptureQueriesContext(connection) as captured:
        browser.get("/search?q=clinic")
    return len(captured)


def test_typing_gets_the_results_alone(cast, signed_in, world):
    text = signed_in(cast.ana).get("/search?q=alder", headers=HTMX).text

    assert "Alder Clinic" in text
    assert "<html" not in text


def test_ones_own_leads_come_first_and_clients_newest_first(ana, signed_in, make):
    def lead(name, **fields):
        facility = make(FacilityFactory, name=f"{name} Clinic", state="NY")
        return make(LeadFactory, facility=facility, **fields)

    mine = lead("Alder", owner=ana)
    for name in ("Birch", "Dogwood", "Elm"):
        lead(name)
    won = [lead(name, owner=ana, status="won", stage="won") for name in ("Fir", "Ginkgo", "Holly")]

    leads, clients, _ = found(signed_in(ana), "clinic")

    assert [int(pk) for pk, _ in leads[:4]] == [each.pk for each in reversed([mine, *won])]
    assert [int(pk) for pk, _ in clients] == [each.facility_id for each in reversed(won)]

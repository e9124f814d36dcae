"""Searching: parts of names and phones, and the nearest spelling where nothing matches."""

from datetime import timedelta

import pytest

from backoffice.rls import SYSTEM, acting_as
from leads.models import Contact, Facility
from leads.pool import PoolFilters, pool_page
from leads.queue import QueueFilters, queue_page
from leads.search import near_spellings, search_term
from people.models import WorkScope
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


@pytest.fixture
def mercy(ana, make):
    """A lead of Ana's at Mercy Hospital, where Grace Holloway decides."""
    facility = make(FacilityFactory, name="Mercy Hospital of Alder Creek", phone="+13347938701")
    make(ContactFactory, facility=facility, name="Grace Holloway", phone="+15185550142")
    return make(LeadFactory, owner=ana, facility=facility)


def queue(rep, text):
    with acting_as(rep):
        return [row.lead.pk for row in queue_page(rep, QueueFilters(text=text)).rows]


def pool(user, text):
    with acting_as(user):
        return [row.lead.pk for row in pool_page(user, PoolFilters(text=text)).rows]


FOUND = [
    "mercy",
    "MERCY",
    "  mercy   hospital ",
    "rcy hos",
    "of alder",
    "holloway",
    "grace h",
    "+13347938701",
    "(334) 793-8701",
    "334.793.87",
    "793-87",
    "793 8701",
    "518-555-0142",
    "5550142",
]
NOT_FOUND = [
    "mercy clinic",
    "hospital mercy",
    "555-0199",
    "%%%",
    "m_rcy",
    "mer%y",
    "\\mercy",
    "'; --",
]


@pytest.mark.parametrize("text", FOUND)
def test_parts_of_names_and_phones_are_found(ana, mercy, text):
    assert queue(ana, text) == [mercy.pk]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_nothing_else_is(ana, mercy, text):
    assert queue(ana, text) == []


@pytest.mark.parametrize("text", FOUND)
def test_the_pool_finds_the_same(ana, ben, mercy, move_clock, text):
    move_clock(timedelta(days=60))

    assert pool(ben, text) == [mercy.pk]


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("ab", None),
        ("  ab  ", None),
        ("", None),
        ("12", None),
        ("(12)", None),
        ("+", None),
        ("ABC", "abc"),
        (" a  b ", "a b"),
        ("+1 (334) 793-8701", "13347938701"),
        ("3M", None),
        ("3M Health", "3m health"),
        ("24/7 Care", "24/7 care"),
    ],
)
def test_what_is_looked_for(typed, looked_for):
    assert search_term(typed) == looked_for


def test_letters_beyond_ascii_are_found_in_either_case(ana, make):
    facility = make(FacilityFactory, name="CLÍNICA SEÑORA DE LA PEÑA")
    lead = make(LeadFactory, owner=ana, facility=facility)

    assert queue(ana, "clínica") == queue(ana, "PEÑA") == [lead.pk]
    with acting_as(ana):
        assert near_spellings("señorita", owner=ana) == ["señora"]


def test_what_is_found_follows_every_edit(ana, mercy):
    with acting_as(SYSTEM):
        Facility.objects.filter(pk=mercy.facility_id).update(
            name="Saint Jude", phone="+12125550100"
        )
        Contact.objects.update(name="Hope Larkin")
    assert queue(ana, "mercy") == queue(ana, "holloway") == queue(ana, "7938701") == []
    assert queue(ana, "saint j") == queue(ana, "larkin") == queue(ana, "212 555") == [mercy.pk]

    with acting_as(SYSTEM):
        Contact.objects.all().delete()
    assert queue(ana, "larkin") == []
    assert queue(ana, "saint j") == [mercy.pk]


def test_each_search_stays_where_it_was_asked_for(ana, ben, mercy, make):
    of_ben = make(LeadFactory, owner=ben, facility=make(FacilityFactory, name="Mercy West"))
    waiting = make(LeadFactory, facility=make(FacilityFactory, name="Mercy East"))

    assert queue(ana, "mercy") == [mercy.pk]
    assert queue(ben, "mercy") == [of_ben.pk]
    assert pool(ana, "mercy") == pool(ben, "mercy") == [waiting.pk]


# --- nearest spellings --------------------------------------------------------


def offered(user, text, owner=None):
    with acting_as(user):
        scopes = [] if owner else list(WorkScope.objects.values_list("pk", flat=True))
        return near_spellings(text, owner=owner, scopes=scopes)


@pytest.mark.parametrize(
    ("typed", "word"),
    [("mercey", "mercy"), ("hospitel", "hospital"), ("holoway", "holloway"), ("ALDR", "alder")],
)
def test_a_near_spelling_is_offered_and_finds(ana, mercy, typed, word):
    assert queue(ana, typed) == []
    assert word in offered(ana, typed, owner=ana)
    assert queue(ana, word) == [mercy.pk]


def test_the_nearest_comes_first_and_three_at_most(ana, make):
    for name in ("Hollowell", "Hollow", "Holloway", "Hollowood", "Hollowpark"):
        make(LeadFactory, owner=ana, facility=make(FacilityFactory, name=name))

    words = offered(ana, "hollowa", owner=ana)

    assert len(words) == 3
    assert words[0] == "holloway"


@pytest.mark.parametrize("text", ["ab", "", "zzzzzz", "12345"])
def test_nothing_is_offered_where_nothing_is_near(ana, mercy, text):
    assert offered(ana, text, owner=ana) == []


def test_an_offer_never_tells_of_what_one_does_not_see(ana, ben, cleo, dora, mercy):
    assert offered(ana, "holoway", owner=ana) == ["holloway"]
    assert offered(cleo, "holoway", owner=ana) == ["holloway"]
    for stranger in (ben, dora):
        assert offered(stranger, "holoway", owner=ana) == []
        assert offered(stranger, "holoway", owner=stranger) == []
        assert offered(stranger, "holoway") == []


def test_the_pools_offers_come_from_ones_own_scopes(ana, dora, make):
    make(LeadFactory, facility=make(FacilityFactory, name="Holloway House", state="TX"))

    assert offered(ana, "holoway") == []
    assert offered(dora, "holoway") == ["holloway"]

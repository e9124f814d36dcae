"""Searching a pool of thousands: the same leads are found, however common the term is."""

from datetime import timedelta

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.models import Facility, Lead
from leads.pool import Cursor, PoolFilters, pool_page
from people.models import OpportunityType, WorkScope
from tests.factories import FacilityFactory

LEADS = 1600
# A term, and in which of the leads it is; the walk down the pool gives rare ones up after 1,000.
TERMS = {
    "hospital": lambda number: True,
    "fifth": lambda number: number % 5 == 0,
    "sixtieth": lambda number: number % 60 == 0,
    "rare": lambda number: number % 400 == 11,
    "oldest": lambda number: number == LEADS - 1,
    "nobody": lambda number: False,
}


def named(number):
    return " ".join([f"{number}", *(term for term, is_in in TERMS.items() if is_in(number))])


@pytest.fixture
def crowd(cast):
    """A pool in two states, every eleventh lead of it expired and not yet swept."""
    with acting_as(SYSTEM):
        kind = OpportunityType.objects.get(code="CS")
        scopes = {s.state: s for s in WorkScope.objects.filter(opportunity_type=kind)}
        facilities = Facility.objects.bulk_create(
            FacilityFactory.build(name=named(number), state="NY" if number % 4 else "NJ")
            for number in range(LEADS)
        )
        return Lead.objects.bulk_create(
            Lead(
                facility=facility,
                opportunity_type=kind,
                scope=scopes[facility.state],
                **waiting(cast.ben, number, clock() - timedelta(minutes=number // 3)),
            )
            for number, facility in enumerate(facilities)
        )


def waiting(owner, number, since):
    if number % 11:
        return {"pool_since": since}
    return {"owner": owner, "owned_at": since - timedelta(days=45), "protected_until": since}


def found_by(user, term):
    """Return the numbers of all leads on all pages."""
    numbers, after = [], None
    while True:
        with acting_as(user):
            page = pool_page(user, PoolFilters(text=term), after)
        numbers += [int(row.lead.facility.name.split()[0]) for row in page.rows]
        if page.next is None:
            return numbers
        after = Cursor.parse(str(page.next))


def test_each_term_finds_its_leads_in_order_and_only_for_who_may_see_them(cast, crowd):
    for term, is_in in TERMS.items():
        # Of those that came in the same minute, the one made last is on top.
        newest = sorted(filter(is_in, range(LEADS)), key=lambda number: (number // 3, -number))
        assert found_by(cast.ana, term) == newest, term  # who works some scopes
        assert found_by(cast.sol, term) == newest, term  # who sees all
        assert found_by(cast.dora, term) == [], term

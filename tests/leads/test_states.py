"""The states of a lead, and the identity of what is called: what the database itself refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from clients.models import Client
from leads.models import Facility, Lead
from people.models import OpportunityType, WorkScope
from people.states import STATES
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

LEFT = timedelta(days=9)

# The state table of product.md section 2: what each status goes with, and what it does not.
# o: owner (with the date of taking over), w: window, p: waiting in the pool, l: time left.
STATES_OF_A_LEAD = """
status        facts  stands
open          o w    yes
open          p      yes
open          -      no
open          o      no
open          w      no
open          w p    no
open          o p    no
open          o w p  no
open          o w l  no
open          p l    no
flagged       o l    yes
flagged       o      no
flagged       l      no
flagged       -      no
flagged       o w l  no
flagged       o p l  no
disqualified  o      yes
disqualified  -      yes
disqualified  o w    no
disqualified  p      no
disqualified  o l    no
won           o      yes
won           -      no
won           o w    no
won           p      no
won           o l    no
lost          o      yes
lost          -      no
lost          o w    no
lost          p      no
lost          o l    no
"""


def cases():
    for line in STATES_OF_A_LEAD.strip().splitlines()[1:]:
        status, *facts, stands = line.split()
        yield status, frozenset(facts) - {"-"}, stands == "yes"


@pytest.mark.parametrize(("status", "facts", "stands"), list(cases()))
def test_a_status_goes_with_its_facts_and_no_others(ana, make, status, facts, stands):
    lead = make(LeadFactory)
    with acting_as(SYSTEM):
        Client.objects.create(facility=lead.facility)
        now = clock()
        values = {
            "status": status,
            "stage": status if status in {"won", "lost"} else "new",
            "owner": ana if "o" in facts else None,
            "owned_at": now if "o" in facts else None,
            "protected_until": now if "w" in facts else None,
            "pool_since": now if "p" in facts else None,
            "protection_left": LEFT if "l" in facts else None,
        }

    assert is_accepted(Lead.objects.filter(pk=lead.pk), **values) is stands


def is_accepted(rows, **values):
    try:
        with acting_as(SYSTEM):
            rows.update(**values)
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("missing", ["owner", "owned_at", "protected_until"])
def test_an_owned_lead_has_all_that_goes_with_an_owner(ana, make, missing):
    lead = make(LeadFactory, owner=ana)

    assert not is_accepted(Lead.objects.filter(pk=lead.pk), **{missing: None})


@pytest.mark.parametrize(
    ("status", "stage", "stands"),
    [
        ("won", "won", True),
        ("lost", "lost", True),
        ("won", "lost", False),
        ("won", "contract", False),
        ("lost", "new", False),
        ("open", "won", False),
        ("open", "contacted", True),
        ("disqualified", "lost", False),
        ("disqualified", "contacted", True),
    ],
)
def test_won_and_lost_are_said_twice_or_not_at_all(ana, make, status, stage, stands):
    lead = make(LeadFactory, owner=ana)
    with acting_as(SYSTEM):
        Client.objects.create(facility=lead.facility)
    values = {"status": status, "stage": stage}
    if status != "open":
        values["protected_until"] = None

    assert is_accepted(Lead.objects.filter(pk=lead.pk), **values) is stands


def test_the_owners_team_and_the_pools_scope_follow_the_lead(ana, dora, make):
    lead = make(LeadFactory, owner=ana)
    rows = Lead.objects.filter(pk=lead.pk)

    def derived():
        with acting_as(SYSTEM):
            return rows.values_list("owner_team", "pool_scope").get()

    assert derived() == (ana.team_id, None)
    assert is_accepted(rows, owner=dora)
    assert derived() == (dora.team_id, None)
    waiting = {"owner": None, "owned_at": None, "protected_until": None}
    with acting_as(SYSTEM):
        waiting |= {"pool_since": clock()}
    assert is_accepted(rows, **waiting)
    assert derived() == (None, lead.scope_id)
    assert is_accepted(rows, status="disqualified", pool_since=None)
    assert derived() == (None, None)


def test_a_facility_that_moves_takes_its_leads_to_the_scope_of_its_new_state(ana, dora, make):
    lead = make(LeadFactory)
    make(LeadFactory, facility=lead.facility, opportunity="BMD")

    with acting_as(SYSTEM):
        Facility.objects.filter(pk=lead.facility_id).update(state="TX")

    with acting_as(ana):
        assert not Lead.objects.exists()
    with acting_as(dora):
        scopes = {(lead.scope.state, lead.scope.opportunity_type) for lead in Lead.objects.all()}
        assert scopes == {("TX", kind) for kind in OpportunityType.objects.all()}


def test_a_new_opportunity_type_has_a_scope_in_every_state(db):
    with acting_as(SYSTEM):
        kind = OpportunityType.objects.create(code="LAB", name="Laboratory")

        assert set(
            WorkScope.objects.filter(opportunity_type=kind).values_list("state", flat=True)
        ) == set(STATES)


# --- identity -----------------------------------------------------------------


def is_made(make, factory, **fields):
    try:
        make(factory, **fields)
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize(
    ("status", "another"),
    [("open", False), ("flagged", False), ("disqualified", False), ("won", True), ("lost", True)],
)
def test_a_facility_has_one_lead_of_a_type_that_is_not_won_or_lost(ana, make, status, another):
    stage = {"stage": status} if another else {}
    lead = make(LeadFactory, owner=ana, status=status, **stage)

    assert is_made(make, LeadFactory, facility=lead.facility) is another
    assert is_made(make, LeadFactory, facility=lead.facility, opportunity="BMD")


PLACE = {"name": "St. Mary's Clinic", "address": "1 High St", "postcode": "12208"}


@pytest.mark.parametrize(
    ("first", "second", "are_two"),
    [
        ({"external_id": "1"}, {"external_id": "1"}, False),
        ({"external_id": "1"}, {"external_id": "2"}, True),
        ({"external_id": "1"}, {"external_id": "1", "source": "State list"}, True),
        ({"external_id": ""}, {"external_id": ""}, False),
        ({"external_id": "1"}, {"external_id": ""}, True),
        ({"external_id": ""}, {"external_id": "", "name": "ST MARY S  clinic"}, False),
        ({"external_id": ""}, {"external_id": "", "postcode": "12208-1234"}, False),
        ({"external_id": ""}, {"external_id": "", "postcode": "12209"}, True),
        ({"external_id": ""}, {"external_id": "", "address": "2 High St"}, True),
        ({"external_id": ""}, {"external_id": "", "name": "St. Mary's Hospital"}, True),
        (
            {"external_id": "1", "phone": "+15185550100"},
            {"external_id": "2", "phone": "+15185550100"},
            True,
        ),
    ],
)
def test_a_facility_is_what_its_source_calls_it_or_else_its_name_and_place(
    db, make, first, second, are_two
):
    make(FacilityFactory, **PLACE | first)

    assert is_made(make, FacilityFactory, **PLACE | second) is are_two


def test_one_of_a_facilitys_contacts_decides(db, make):
    contact = make(ContactFactory)

    assert is_made(make, ContactFactory, facility=contact.facility, is_decision_maker=False)
    assert not is_made(make, ContactFactory, facility=contact.facility)


def test_nothing_is_nameless(db, make):
    assert not is_made(make, FacilityFactory, name="")
    assert not is_made(make, ContactFactory, name="")

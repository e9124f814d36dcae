"""Adding a lead by hand: who may, for which facility, and with whom to call there."""

import pytest
from phonenumber_field.phonenumber import PhoneNumber

from backoffice.refusals import Forbidden
from backoffice.rls import SYSTEM, acting_as
from leads.actions import AboutLead, add_lead
from leads.models import Contact, Facility, Lead
from people.models import OpportunityType
from tests.digest import digest
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

PLACE = {
    "name": "Mercy Hospital",
    "address": "1 High Street",
    "city": "Albany",
    "state": "NY",
    "postcode": "12208",
    "phone": "+15185550100",
    "time_zone": "America/New_York",
}
GRACE = {
    "name": "Grace Holloway",
    "title": "Chief Nursing Officer",
    "phone": PhoneNumber.from_string("+15185550142"),
    "email": "grace@example.com",
}


def add(by, *, opportunity="CS", contact=None, take=False, **place):
    with acting_as(by):
        kind = OpportunityType.objects.get(code=opportunity)
        facility = PLACE | place
        return add_lead(by=by, facility=facility, opportunity_type=kind, contact=contact, take=take)


def contacts(lead):
    with acting_as(SYSTEM):
        rows = Contact.objects.filter(facility=lead.facility_id).order_by("pk")
        return list(rows.values_list("name", "phone", "is_decision_maker"))


@pytest.mark.parametrize("who", ["ana", "cleo", "sol", "ada"])
def test_the_contact_comes_along_though_nobody_owns_the_lead_yet(cast, who):
    lead = add(getattr(cast, who), contact=GRACE)

    assert lead.owner is None
    assert contacts(lead) == [("Grace Holloway", "+15185550142", True)]
    with acting_as(SYSTEM):
        assert [event.kind for event in lead.events.order_by("id")] == ["created", "contact_added"]


def test_a_facility_that_has_its_decision_maker_keeps_them(ana, make):
    known = make(ContactFactory, facility=make(FacilityFactory, **PLACE), name="Hope Larkin")

    lead = add(ana, contact=GRACE, take=True)

    assert lead.facility_id == known.facility_id
    assert [name for name, _, decides in contacts(lead) if decides] == ["Hope Larkin"]
    assert len(contacts(lead)) == 2


def test_another_type_at_a_known_facility_is_another_lead(ana):
    first, second = add(ana), add(ana, opportunity="BMD", name="MERCY hospital")

    assert (first.facility_id, first.pk) == (second.facility_id, second.pk - 1)


def test_a_known_lead_is_refused_and_its_contact_not_added(ana, ben):
    lead = add(ana, take=True)

    with pytest.raises(AboutLead, match="worked by Ana"):
        add(ben, contact=GRACE)
    assert contacts(lead) == []


@pytest.mark.parametrize(("who", "state"), [("ana", "TX"), ("cleo", "CA"), ("dora", "NY")])
def test_out_of_ones_states_it_is_refused_and_nothing_left_behind(cast, who, state):
    before = digest()

    with pytest.raises(Forbidden, match="do not work this"):
        add(getattr(cast, who), state=state, contact=GRACE)
    assert digest() == before


def test_so_it_is_where_the_facility_turns_out_to_be_in_another_state(ana, make):
    make(LeadFactory, facility=make(FacilityFactory, **PLACE | {"state": "TX"}))

    with pytest.raises(Forbidden, match="do not work this"):
        add(ana)
    with acting_as(SYSTEM):
        assert (Facility.objects.count(), Lead.objects.count()) == (1, 1)

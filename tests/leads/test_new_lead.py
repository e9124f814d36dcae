"""Making a lead by hand."""

import pytest

from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from people.models import OpportunityType
from tests.conftest import HTMX
from tests.factories import FacilityFactory, LeadFactory


@pytest.fixture
def filled_in(as_system):
    """Return what a rep types for a new CS lead in New York."""
    with as_system():
        kind = OpportunityType.objects.get(code="CS")

    def fields(**changes):
        return {
            "name": "Mercy Hospital",
            "address": "1 Main Street",
            "city": "Albany",
            "state": "NY",
            "postcode": "12208",
            "phone": "(518) 555-0100",
            "opportunity_type": kind.pk,
        } | changes

    return fields


def leads_now():
    with acting_as(SYSTEM):
        return list(Lead.objects.select_related("facility", "owner"))


def test_a_new_lead_opens_its_folder(ana, signed_in, filled_in):
    response = signed_in(ana).post(
        "/leads/new", filled_in(contact_name="Grace Holloway", take="on")
    )

    (lead,) = leads_now()
    assert (response.status_code, response.headers["Location"]) == (303, f"/leads/{lead.pk}")
    assert (lead.owner, lead.facility.phone.as_e164) == (ana, "+15185550100")
    assert lead.facility.time_zone == "America/New_York"


def test_a_lead_that_is_not_taken_waits_in_the_pool(ana, signed_in, filled_in):
    signed_in(ana).post("/leads/new", filled_in())

    assert [lead.owner for lead in leads_now()] == [None]


def test_htmx_is_sent_to_the_folder(ana, signed_in, filled_in):
    response = signed_in(ana).post("/leads/new", filled_in(), headers=HTMX)

    assert response.headers["HX-Redirect"] == f"/leads/{leads_now()[0].pk}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"phone": "123"}, "Write a phone number like"),
        ({"state": "TX"}, "You do not work CS in Texas."),
        ({"contact_title": "Surgeon"}, "Say who this is."),
    ],
)
def test_what_is_wrong_stands_beside_the_field(ana, signed_in, filled_in, changes, said):
    response = signed_in(ana).post("/leads/new", filled_in(**changes))

    assert response.status_code == 422
    assert said in response.text
    assert leads_now() == []


def known_lead(make, **fields):
    facility = make(
        FacilityFactory,
        external_id="",
        name="MERCY HOSPITAL",
        address="1 Main Street",
        postcode="12208",
    )
    return make(LeadFactory, facility=facility, **fields)


def test_a_visible_duplicate_is_refused_with_a_link(ana, signed_in, filled_in, make):
    lead = known_lead(make)

    response = signed_in(ana).post("/leads/new", filled_in(), headers=HTMX)

    assert response.status_code == 409
    assert f'href="/leads/{lead.pk}"' in response.text


def test_a_protected_duplicate_is_refused_with_its_owners_name(
    ana, ben, signed_in, filled_in, make
):
    lead = known_lead(make, owner=ana)

    response = signed_in(ben).post("/leads/new", filled_in())

    assert response.status_code == 409
    assert "worked by Ana" in response.text
    assert f'href="/leads/{lead.pk}"' not in response.text
    assert len(leads_now()) == 1


def test_of_a_hidden_duplicate_nothing_is_said_but_that_it_is_known(
    ana, ben, signed_in, filled_in, make
):
    lead = known_lead(make, owner=ana, status="disqualified", protected_until=None)

    response = signed_in(ben).post("/leads/new", filled_in())

    assert response.status_code == 409
    assert "already known" in response.text
    assert "Ana" not in response.text
    assert f'href="/leads/{lead.pk}"' not in response.text

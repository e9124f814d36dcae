"""The lead folder: who may read it, what it shows, and editing what is known."""

import re

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.models import Contact, Facility, LeadGrant
from tests.conftest import HTMX
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


@pytest.fixture
def lead(ana, make):
    facility = make(FacilityFactory, name="Mercy Hospital", time_zone="America/Chicago")
    return make(LeadFactory, owner=ana, facility=facility)


@pytest.fixture
def grace(lead, make):
    return make(ContactFactory, facility=lead.facility, phone="+15185550123")


def facility_now(lead):
    with acting_as(SYSTEM):
        return Facility.objects.get(pk=lead.facility_id)


def contacts_now(lead):
    with acting_as(SYSTEM):
        return list(Contact.objects.filter(facility=lead.facility_id).order_by("pk"))


def facility_fields(lead, **changes):
    facility = facility_now(lead)
    names = ("name", "address", "city", "state", "postcode", "time_zone", "version")
    fields = {name: getattr(facility, name) for name in names}
    fields |= {"phone": facility.phone.as_national} | changes
    return {f"facility-{facility.pk}-{name}": value for name, value in fields.items()}


def test_the_head_says_whom_to_call_and_what_time_it_is_there(ana, signed_in, lead, grace):
    response = signed_in(ana).get(f"/leads/{lead.pk}")

    for words in ("Mercy Hospital", "Grace Holloway", 'href="tel:+15185550123"', "Yours since"):
        assert words in response.text
    assert '<time data-zone="America/Chicago">' in response.text


def test_the_card_says_days_left_and_the_exact_end(ana, signed_in, lead):
    response = signed_in(ana).get(f"/leads/{lead.pk}")

    end = lead.protected_until.astimezone(ana.zone)
    assert "<strong>45</strong> days left" in response.text
    assert f"{end:%H:%M %Z}" in response.text


def test_a_pool_lead_offers_the_claim(ana, cleo, signed_in, make):
    lead = make(LeadFactory)

    assert f'action="/leads/{lead.pk}/claim"' in signed_in(ana).get(f"/leads/{lead.pk}").text
    assert f'action="/leads/{lead.pk}/claim"' not in signed_in(cleo).get(f"/leads/{lead.pk}").text


def test_activity_lists_the_history_newest_first(ana, signed_in, make):
    lead = make(LeadFactory)
    browser = signed_in(ana)
    browser.post(f"/leads/{lead.pk}/claim")

    text = browser.get(f"/leads/{lead.pk}/activity").text

    assert 0 < text.index("Protected for Ana until") < text.index("Ana claimed the lead")


def test_what_one_may_not_see_is_not_there(dora, signed_in, lead):
    browser = signed_in(dora)

    for url in (f"/leads/{lead.pk}", f"/leads/{lead.pk}/activity", "/leads/999999999999999999999"):
        assert browser.get(url).status_code == 404
    assert browser.post(f"/leads/{lead.pk}/facility").status_code == 404


def test_the_owner_edits_the_facility(ana, signed_in, lead):
    response = signed_in(ana).post(
        f"/leads/{lead.pk}/facility",
        facility_fields(lead, name="Mercy Renamed", phone="(518) 555-0199"),
        headers=HTMX,
    )

    assert response.status_code == 200
    assert '<hx-partial hx-target="#folder-head"' in response.text
    assert facility_now(lead).name == "Mercy Renamed"
    assert facility_now(lead).phone.as_e164 == "+15185550199"


def test_a_form_with_errors_keeps_what_was_typed(ana, signed_in, lead):
    response = signed_in(ana).post(
        f"/leads/{lead.pk}/facility", facility_fields(lead, name="", city="Troy"), headers=HTMX
    )

    assert response.status_code == 422
    assert 'value="Troy"' in response.text
    assert "This field is required." in response.text
    assert facility_now(lead).name == "Mercy Hospital"


def test_an_edit_of_what_has_changed_meanwhile_is_refused(ana, cleo, signed_in, lead):
    mine = facility_fields(lead, name="Mine")
    signed_in(cleo).post(f"/leads/{lead.pk}/facility", facility_fields(lead, name="Theirs"))

    response = signed_in(ana).post(f"/leads/{lead.pk}/facility", mine, headers=HTMX)

    assert response.status_code == 409
    assert "Somebody else changed this" in response.text
    assert 'value="Mine"' in response.text
    assert "Saved meanwhile: Theirs." in response.text
    assert response.text.count("Saved meanwhile") == 1
    assert facility_now(lead).name == "Theirs"
    seen = re.search(r'name="facility-\d+-version" value="(\d+)"', response.text)[1]
    again = mine | {f"facility-{lead.facility_id}-version": seen}
    assert signed_in(ana).post(f"/leads/{lead.pk}/facility", again).status_code == 303
    assert facility_now(lead).name == "Mine"


def test_a_contact_that_has_changed_meanwhile_is_shown_beside_what_was_typed(
    ana, cleo, signed_in, lead, grace
):
    url = f"/leads/{lead.pk}/contacts/{grace.pk}"
    said = {f"contact-{grace.pk}-{name}": value for name, value in CONTACT.items()}
    signed_in(cleo).post(url, said)

    response = signed_in(ana).post(url, said | {f"contact-{grace.pk}-title": "Director"})

    assert response.status_code == 409
    assert 'value="Director"' in response.text
    assert "Saved meanwhile: Head nurse." in response.text


CONTACT = {"name": "Grace", "title": "Head nurse", "version": 1}


def test_a_grantee_reads_but_may_not_edit(dora, signed_in, lead, grace):
    with acting_as(SYSTEM):
        LeadGrant.objects.create(user=dora, permission_id=permission_to_view(), content_object=lead)
    browser = signed_in(dora)

    page = browser.get(f"/leads/{lead.pk}")
    response = browser.post(f"/leads/{lead.pk}/facility", facility_fields(lead, name="Mine"))

    assert page.status_code == 200
    assert "Save the facility" not in page.text
    assert response.status_code == 403
    assert facility_now(lead).name == "Mercy Hospital"


def permission_to_view():
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename="view_lead").pk


def test_contacts_are_added_edited_and_one_decides(ana, signed_in, lead, grace):
    browser = signed_in(ana)
    browser.post(f"/leads/{lead.pk}/contacts", {"new-name": "Zed Young", "new-phone": "5185550177"})
    zed = contacts_now(lead)[1]
    browser.post(
        f"/leads/{lead.pk}/contacts/{zed.pk}",
        {f"contact-{zed.pk}-name": "Zed Old", f"contact-{zed.pk}-version": zed.version},
    )
    browser.post(f"/leads/{lead.pk}/contacts/{zed.pk}/decision-maker", headers=HTMX)

    assert [(person.name, person.is_decision_maker) for person in contacts_now(lead)] == [
        ("Grace Holloway", False),
        ("Zed Old", True),
    ]


def test_the_first_contact_decides(ana, signed_in, lead):
    signed_in(ana).post(f"/leads/{lead.pk}/contacts", {"new-name": "Zed Young"})

    assert [person.is_decision_maker for person in contacts_now(lead)] == [True]


def test_an_impossible_phone_is_said_to_be_one(ana, signed_in, lead):
    response = signed_in(ana).post(
        f"/leads/{lead.pk}/contacts", {"new-name": "Zed", "new-phone": "12"}, headers=HTMX
    )

    assert response.status_code == 422
    assert "Write a phone number like" in response.text
    assert contacts_now(lead) == []


def test_a_contact_of_another_facility_is_not_found(ana, signed_in, lead, make):
    other = make(ContactFactory, facility=make(LeadFactory, owner=ana).facility)

    assert signed_in(ana).post(f"/leads/{lead.pk}/contacts/{other.pk}").status_code == 404


def test_a_flagged_lead_says_that_its_window_rests(ana, signed_in, make):
    lead = make(
        LeadFactory, owner=ana, status="flagged", owned_at=clock(), protection_left="12 days"
    )

    assert "The remaining 12 days go on" in signed_in(ana).get(f"/leads/{lead.pk}").text

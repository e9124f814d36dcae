"""A sales admin's round in a browser: review, people, policy, and what the audit says of it all."""

import re

import pytest
from playwright.sync_api import expect

from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from people.models import Policy, User
from tests.browser.test_every_page import same_browser
from tests.conftest import enter_admin
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


@pytest.fixture
def flagged(cast, make):
    """Two that Ana reported: one to correct, and one that Ben has already."""
    leads = []
    for name in ("Lourdes Hospital", "Saint Jude"):
        facility = make(FacilityFactory, name=name)
        make(ContactFactory, facility=facility)
        leads.append(make(LeadFactory, owner=cast.ana, facility=facility, status="flagged"))
    make(LeadFactory, owner=cast.ben, facility=make(FacilityFactory, name="St. Jude"))
    return leads


def test_a_round_through_the_admin(open_as, cast, flagged):
    page = open_as(cast.ada, "/leads")
    enter_admin(same_browser(page))

    page.goto("/admin/review")
    page.get_by_role("link", name=re.compile("^Lourdes Hospital")).click()
    page.get_by_role("group", name="Facility").get_by_label("Phone").fill("(518) 555-0177")
    page.get_by_role("button", name="Send back to Ana").click()
    expect(page.get_by_text("Lourdes Hospital is Ana's again.")).to_be_visible()

    page.get_by_role("link", name=re.compile("^Saint Jude")).click()
    page.get_by_label("Name or phone").fill("St. Jude")
    page.get_by_role("button", name="Look for it").click()
    page.get_by_role("radio", name="St. Jude").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_text("Saint Jude is merged into St. Jude.")).to_be_visible()
    page.get_by_role("button", name="Take the merge back").click()
    expect(page.get_by_text("Saint Jude waits for review again.")).to_be_visible()

    page.goto("/admin/policy")
    page.get_by_label("Protection window, days").fill("30")
    page.get_by_role("button", name="See what it changes").click()
    expect(page.get_by_text("Windows that open from now last 30 days, not 45")).to_be_visible()
    page.get_by_role("button", name="Change the policy").click()
    expect(page.get_by_text("The policy is changed.")).to_be_visible()

    page.goto(f"/admin/people/{cast.ana.pk}/leave")
    expect(page.get_by_text("1 open lead will go into the pool.")).to_be_visible()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.get_by_text("1 lead went into the pool.")).to_be_visible()

    page.goto("/admin/audit")
    page.get_by_label("Who", exact=True).select_option(label="Ada")
    page.get_by_role("button", name="Show", exact=True).click()
    audit = page.get_by_role("table")
    for said in (
        "Ada reviewed the lead and sent it back to Ana.",
        "Ada merged this lead as a duplicate.",
        "protection days 45 → 30",
        "Ada deactivated Ana; their leads go into the pool.",
    ):
        expect(audit).to_contain_text(said)
    with acting_as(SYSTEM):
        assert not User.objects.get(pk=cast.ana.pk).is_active
        assert Policy.current().protection_days == 30
        assert [Lead.objects.get(pk=lead.pk).status for lead in flagged] == ["open", "flagged"]

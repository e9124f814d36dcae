"""Working a lead to its end in a browser: stages, dates, release, with scripts and without."""

import pytest
from playwright.sync_api import expect

from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from tests.factories import LeadFactory

EVERY_WAY = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, stage="contacted")


def fresh(lead):
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=lead.pk)


@EVERY_WAY
def test_a_lead_goes_from_stage_to_stage_until_it_is_won(open_as, ana, lead, scripts):
    page = open_as(ana, f"/leads/{lead.pk}/workflow", java_script_enabled=scripts)

    page.get_by_role("button", name="Move to Gameplan").click()
    expect(page.locator("[aria-current=step]")).to_have_text("Gameplan")
    expect(page.get_by_role("status")).to_contain_text("Moved to gameplan. Protected until")
    expect(page.get_by_label("Protection")).to_contain_text("done today")

    page.locator("summary", has_text="Won").click()
    page.get_by_label("What won it?").fill("They loved it")
    page.get_by_role("button", name="Mark as won").click()

    expect(page.get_by_text("This lead is won.")).to_be_visible()
    expect(page.get_by_role("button", name="Move")).to_have_count(0)
    assert fresh(lead).status == "won"


def test_the_keyboard_alone_moves_a_lead_and_keeps_its_place(open_as, ana, lead):
    page = open_as(ana, f"/leads/{lead.pk}/workflow")

    page.get_by_role("button", name="Move to Qualified").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_have_text("Qualified")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


@EVERY_WAY
def test_two_tabs_show_both_texts(open_as, ana, lead, scripts):
    path = f"/leads/{lead.pk}/workflow"
    one, other = (open_as(ana, path, java_script_enabled=scripts) for _ in range(2))
    one.get_by_label("Discovery date").fill("2027-01-15")
    one.get_by_role("button", name="Save the plan").click()
    expect(one.get_by_role("status")).to_contain_text("Saved.")

    other.get_by_label("Discovery date").fill("2027-02-20")
    other.get_by_role("button", name="Save the plan").click()
    expect(other.get_by_role("alert")).to_contain_text("Somebody else changed this meanwhile")
    expect(other.get_by_label("Discovery date")).to_have_value("2027-02-20")
    expect(other.get_by_text("Saved meanwhile: 15 Jan 2027.")).to_be_visible()

    other.get_by_role("button", name="Save the plan").click()
    expect(other.get_by_role("status")).to_contain_text("Saved.")
    assert str(fresh(lead).discovery_on) == "2027-02-20"


@EVERY_WAY
def test_a_lead_is_released_with_a_reason_and_the_queue_goes_on(open_as, ana, lead, scripts):
    page = open_as(ana, f"/leads/{lead.pk}", java_script_enabled=scripts)

    page.locator("summary", has_text="Release").click()
    page.get_by_label("Why do you give it back?").fill("Closed for good")
    page.get_by_role("button", name="Release the lead").click()

    page.wait_for_url("**/leads")
    expect(page.get_by_role("status")).to_contain_text("is back in the pool.")
    assert fresh(lead).owner is None

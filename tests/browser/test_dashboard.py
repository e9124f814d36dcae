"""The dashboard in a browser: its numbers stay true on an open page, without a reload."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from tests.browser import unhurried
from tests.factories import ContactFactory, LeadFactory

open_as = unhurried.open_as


@pytest.fixture
def lead(ana, make):
    lead = make(LeadFactory, owner=ana, expected_close_on=clock().date() + timedelta(days=3))
    make(ContactFactory, facility=lead.facility)
    return lead


def number(page, label):
    return page.get_by_role("link", name=label).locator("b")


def test_an_own_outcome_changes_the_numbers_at_once(open_as, ana, lead):
    page = open_as(ana, "/dashboard")
    expect(number(page, "Closing in 30 days")).to_have_text("1")

    page.locator(f"#lead-{lead.pk} th a").focus()
    page.keyboard.press("3")
    page.get_by_label("No budget").check()
    page.get_by_role("button", name="Save", exact=True).last.click()

    expect(number(page, "Closing in 30 days")).to_have_text("0")
    page.keyboard.press("u")
    expect(number(page, "Closing in 30 days")).to_have_text("1")


def test_a_callback_and_a_bulk_action_change_them_at_once(open_as, ana, lead):
    page = open_as(ana, "/dashboard")
    page.locator(f"#lead-{lead.pk} th a").focus()
    page.keyboard.press("6")
    page.get_by_role("button", name="Next free slot").click()
    expect(page.locator("[name=slot]:checked")).to_be_focused()
    with page.expect_response("**/dashboard/cards*"):
        page.get_by_role("button", name="Book callback").click()
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.locator("tbody [type=checkbox]").first.check()
    page.get_by_role("button", name="Mark not interested").click()

    expect(number(page, "Closing in 30 days")).to_have_text("0")
    page.keyboard.press("u")
    expect(number(page, "Closing in 30 days")).to_have_text("1")


def test_what_others_do_and_time_does_is_counted_within_20_seconds(open_as, ana, lead):
    page = open_as(ana, "/dashboard")
    page.clock.install()
    page.reload()
    expect(number(page, "Closing in 30 days")).to_have_text("1")

    gone = {"owned_at": clock() - timedelta(days=46), "protected_until": clock()}
    changes = [
        ({"discovery_on": clock().date() + timedelta(days=1)}, "Discovery in the next 7 days", "1"),
        (gone, "Closing in 30 days", "0"),
    ]
    for change, label, to in changes:
        # No second passes for the page but those that it is given.
        page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)
        with acting_as(SYSTEM):
            Lead.objects.filter(pk=lead.pk).update(**change)
        with page.expect_response(is_numbers):
            page.clock.run_for(19_500)
        page.clock.resume()
        expect(number(page, label)).to_have_text(to)


def is_numbers(response):
    """Does it say numbers anew, rather than that they are the same?"""
    return "/dashboard/cards" in response.url and response.status == 200

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


def test_what_others_do_is_counted_within_20_seconds(open_as, ana, lead):
    page = open_as(ana, "/dashboard")
    page.clock.install()
    page.reload()
    expect(number(page, "Discovery in the next 7 days")).to_have_text("0")

    with acting_as(SYSTEM):
        Lead.objects.filter(pk=lead.pk).update(discovery_on=clock().date() + timedelta(days=1))
    page.clock.fast_forward(19_000)

    expect(number(page, "Discovery in the next 7 days")).to_have_text("1")

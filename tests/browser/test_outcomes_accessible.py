"""axe finds nothing in the picker, the menu and the toast, in light and dark."""

import pytest
from playwright.sync_api import expect

from tests.browser import unhurried
from tests.browser.test_accessible import found_on
from tests.factories import ContactFactory, LeadFactory

open_as = unhurried.open_as


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_saying_how_a_call_ended(open_as, ana, make, scheme):
    lead = make(LeadFactory, owner=ana)
    make(ContactFactory, facility=lead.facility, email="grace@example.com")
    page = open_as(ana, "/leads", color_scheme=scheme)

    page.get_by_label("Actions for").click()
    assert found_on(page) == []
    page.get_by_role("menuitem", name="Disposition").click()
    expect(page.get_by_role("dialog", name="How did the call end?")).to_be_visible()
    assert found_on(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Callback").click()
    expect(page.get_by_role("dialog", name="Book a callback")).to_be_visible()
    assert found_on(page) == []
    for key, asked in (("3", "No need for it"), ("5", "What was wrong?"), ("6", "Next free slot")):
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press(key)
        expect(page.get_by_role("dialog").get_by_text(asked)).to_be_visible()
        assert found_on(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_toast_and_the_history(open_as, ana, make, scheme):
    lead = make(LeadFactory, owner=ana)
    # What fades in has little contrast while it does.
    calm = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = open_as(ana, f"/leads/{lead.pk}/activity", **calm)

    with page.expect_navigation():
        page.keyboard.press("1")
    expect(page.get_by_role("button", name="Done: Qualification")).to_be_visible()
    assert found_on(page) == []
    with page.expect_navigation():
        page.keyboard.press("u")
    expect(page.locator("s")).to_be_visible()
    assert found_on(page) == []

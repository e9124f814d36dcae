"""The bell in a browser: opening it, reading lines, hearing it ring, and being signed out."""

import pytest
from playwright.sync_api import expect

from backoffice.rls import SYSTEM, acting_as
from notifications.models import Kind, Notice
from people.actions import sign_out_everywhere
from tests.factories import LeadFactory


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


@pytest.fixture
def tell(ana):
    def told(sentence, lead=None):
        with acting_as(SYSTEM):
            Notice.objects.create(
                recipient=ana, kind=Kind.LEAD_ASSIGNED, sentence=sentence, lead=lead, key=sentence
            )

    return told


@pytest.fixture
def open_later(open_as):
    """Open a page whose seconds pass when we say so."""

    def run(user, path):
        page = open_as(user, path)
        page.clock.install()
        page.reload()
        return page

    return run


def bell(page):
    return page.get_by_role("button", name="Notifications", exact=True)


def unread(page):
    """What screen readers hear as soon as it changes."""
    return page.locator("#bell [aria-live]")


def test_reading_one_keeps_it_open_with_the_keyboard_in_it(open_as, ana, tell):
    tell("One")
    tell("Two")
    page = open_as(ana, "/leads")
    bell(page).click()
    lines = page.get_by_role("dialog", name="The last 7 days")

    lines.get_by_role("button", name="Mark as read: One").focus()
    page.keyboard.press("Enter")

    expect(unread(page)).to_have_text("1 unread")
    expect(lines).to_be_visible()
    page.wait_for_function("document.activeElement.closest('#bell-lines')")
    lines.get_by_role("button", name="Mark all as read").click()
    expect(unread(page)).to_have_text("")


def test_it_rings_by_itself_within_twenty_seconds(open_later, ana, tell):
    page = open_later(ana, "/leads/pool")
    tell("Something happened")

    page.clock.fast_forward(20_000)

    expect(unread(page)).to_have_text("1 unread")


def test_the_list_of_all_hears_of_what_is_read_in_the_bell(open_as, ana, tell):
    tell("One")
    page = open_as(ana, "/notifications")
    marks = page.locator("#told .unread")
    expect(marks).to_have_count(1)

    bell(page).click()
    page.get_by_role("dialog").get_by_role("button", name="Mark all as read").click()

    expect(marks).to_have_count(0)


def test_a_tab_of_an_ended_session_goes_to_sign_in_by_itself(open_later, ana):
    page = open_later(ana, "/leads")
    with acting_as(SYSTEM):
        sign_out_everywhere(ana)

    page.clock.fast_forward(20_000)

    page.wait_for_url("**/login?next=/leads")


def test_a_hidden_tab_asks_nothing(open_later, ana):
    page = open_later(ana, "/leads")
    asked = []
    page.on("request", lambda request: "/bell" in request.url and asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")

    page.clock.run_for(60_000)
    assert asked == []

    page.evaluate("Object.defineProperty(document, 'hidden', {value: false})")
    with page.expect_request("**/notifications/bell*"):
        page.clock.run_for(20_000)


def test_it_needs_no_scripts(open_as, ana, tell):
    tell("One")
    page = open_as(ana, "/leads", java_script_enabled=False)

    bell(page).click()
    page.get_by_role("link", name="All notifications").click()
    page.get_by_role("button", name="Mark all as read").first.click()

    expect(page.get_by_role("status")).to_contain_text("Marked as read.")
    expect(unread(page)).to_have_text("")

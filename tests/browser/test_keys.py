"""The keyboard: going places, walking rows, and keeping quiet while somebody types."""

import re

import pytest
from playwright.sync_api import expect

from backoffice.rls import SYSTEM, acting_as
from dispositions.models import Disposition
from tests.factories import LeadFactory


@pytest.fixture
def leads(ana, make):
    return [make(LeadFactory, owner=ana) for _ in range(3)]


def test_rows_are_walked_and_opened(open_as, ana, leads):
    page = open_as(ana, "/leads")
    links = page.locator("tbody th a")

    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(links.nth(1)).to_be_focused()
    address = links.nth(1).get_attribute("href")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{address}")


# Right after one another: the two of a pair have a second, and a busy machine takes its time.
PRESSED = """(keys) => {
    for (const key of keys) dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }))
}"""


def test_keys_go_places(open_as, ana):
    page = open_as(ana, "/leads")
    ends = {"gp": "/leads/pool", "gr": "/leads/protected", "go": "/notes", "gd": "/dashboard"}

    for keys, end in (ends | {"gs": "/settings", "gq": "/leads", "n": "/leads/new"}).items():
        page.evaluate(PRESSED, keys)
        page.wait_for_url(re.compile(f"{end}$"))


def test_a_letter_is_meant_without_shift_and_with_caps_lock(open_as, ana, leads):
    page = open_as(ana, "/leads")
    links = page.locator("tbody th a")

    page.keyboard.press("Shift+J")
    expect(links.nth(0)).not_to_be_focused()
    page.evaluate("dispatchEvent(new KeyboardEvent('keydown', { key: 'J' }))")
    expect(links.nth(0)).to_be_focused()


def test_slash_searches_as_one_types(open_as, ana, leads):
    page = open_as(ana, "/leads")
    wanted = leads[1].facility

    page.keyboard.press("/")
    page.keyboard.type(wanted.name)

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_label("Search my queue")).to_be_focused()
    expect(page).to_have_url(re.compile("q=Mercy"))


# Browsers tell a page that a dialog was closed a moment after they have closed it.
LEFT = """() => {
    document.getElementById("dialog").close()
    dispatchEvent(new KeyboardEvent("keydown", { key: "5", bubbles: true }))
}"""


def test_a_key_right_after_a_dialog_was_left_is_meant_for_the_page(open_as, ana, leads):
    page = open_as(ana, "/leads")
    dialog = page.get_by_role("dialog")
    page.keyboard.press("j")
    page.keyboard.press("3")
    expect(dialog.get_by_text("No need for it")).to_be_visible()

    with page.expect_request("**/disposition*") as asked:
        page.evaluate(LEFT)

    assert asked.value.method == "GET"
    expect(dialog.get_by_text("What was wrong?")).to_be_visible()


@pytest.mark.parametrize("opened", ["?", "Notifications", "Actions for", "account menu"])
def test_no_key_goes_through_what_is_open_above_the_page(open_as, ana, leads, opened):
    page = open_as(ana, "/leads")
    page.keyboard.press("j")
    if opened == "?":
        page.keyboard.press("?")
    else:
        page.get_by_role("button", name=opened).first.click()
    expect(page.locator(":popover-open")).to_have_count(1)
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    for key in ("4", "n", "g", "p", "x", "j"):
        page.keyboard.press(key)

    expect(page.locator(":popover-open")).to_have_count(1)
    assert page.locator("tbody :checked").count() == 0
    page.keyboard.press("?" if opened == "?" else "Escape")
    expect(page.locator(":popover-open")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert [url for url in asked if "/bell" not in url] == []
    assert page.url.endswith("/leads")


HELD = """(held) => dispatchEvent(
    new KeyboardEvent("keydown", { key: "q", [`${held}Key`]: true, bubbles: true }))"""


def test_keys_keep_quiet_while_one_types_or_holds_alt(open_as, ana):
    page = open_as(ana, "/leads/new")

    page.get_by_label("Name").first.focus()
    page.keyboard.type("gqn?/")
    page.keyboard.press("Escape")
    page.get_by_label("State").focus()
    page.keyboard.type("n")
    page.locator("h1").click()
    for held in ("Alt", "Control", "Meta"):
        page.evaluate(HELD, held.lower().replace("control", "ctrl"))

    assert page.get_by_label("Name").first.input_value() == "gqn?/"
    assert page.url.endswith("/leads/new")


ALL_KEYS = "123456uxjkbgqn?/"


def test_no_key_fires_in_a_field_of_any_kind(open_as, ana, leads):
    page = open_as(ana, "/leads")
    search = page.get_by_label("Search my queue")
    search.focus()
    page.keyboard.type(ALL_KEYS)
    expect(search).to_have_value(ALL_KEYS)
    expect(page).to_have_url(re.compile("/leads[?]q=123456"))

    page.goto("/leads")
    page.keyboard.press("j")
    page.keyboard.press("5")
    wrong = page.get_by_role("dialog").get_by_label("What was wrong?")
    expect(wrong).to_be_focused()
    page.keyboard.type(ALL_KEYS)
    expect(wrong).to_have_value(ALL_KEYS)
    expect(wrong).to_be_focused()

    page.goto(f"/leads/{leads[0].pk}/workflow")
    page.locator("[type=date]").first.focus()
    page.keyboard.type(ALL_KEYS)
    expect(page.locator("dialog[open], :popover-open, .toast")).to_have_count(0)
    assert page.url.endswith("/workflow")
    with acting_as(SYSTEM):
        assert not Disposition.objects.exists()


def test_keys_can_be_switched_off(open_as, ana):
    with acting_as(SYSTEM):
        type(ana).objects.filter(pk=ana.pk).update(key_shortcuts=False)
    page = open_as(ana, "/leads")

    page.keyboard.press("n")
    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert page.url.endswith("/leads")

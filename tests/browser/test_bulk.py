"""Selecting rows and doing one thing to all of them: by mouse, by keyboard, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser import unhurried
from tests.browser.test_layout import SHIFTS
from tests.bulk.starting import many, owners_of

open_as = unhurried.open_as


@pytest.fixture
def leads(make, cast):
    return many(make, 6, owner=cast.ana)


def selected(page):
    return page.locator("tbody :checked")


def test_ranges_and_the_bar_that_moves_nothing(open_as, cast, leads):
    page = open_as(cast.ana, "/leads")
    boxes = page.get_by_role("checkbox", name="Select Mercy")
    expect(page.get_by_role("button", name="Reassign to...")).to_be_hidden()

    boxes.nth(1).click()
    expect(page.get_by_text("1 selected")).to_be_visible()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.get_by_text("4 selected")).to_be_visible()
    assert page.evaluate(SHIFTS) == 0
    page.get_by_role("checkbox", name="Select all").check()
    expect(selected(page)).to_have_count(6)
    page.get_by_role("button", name="Select nothing").click()
    expect(selected(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Reassign to...")).to_be_hidden()


def test_reassigned_and_undone_by_keyboard_alone(open_as, cast, leads):
    page = open_as(cast.ana, "/leads")
    for key in ("j", "x", "j", "x", "b", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("searchbox", name="Search people")).to_be_focused()
    page.keyboard.insert_text("nobody")
    expect(page.get_by_text("Nobody who may work them is called that.")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("be")
    expect(page.get_by_role("button", name="Ben")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ben")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("2 done.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("tbody tr")).to_have_count(4)
    page.keyboard.press("u")
    expect(page.get_by_text("2 undone.")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(6)
    assert owners_of(leads) == [cast.ana.pk] * 6


def test_a_selection_outlives_a_refresh_and_tells_what_was_skipped(open_as, cast, leads, make):
    many(make, 3)
    page = open_as(cast.cleo, "/leads/pool")
    page.get_by_role("checkbox", name="Select Mercy").first.check()
    many(make, 1)
    page.evaluate("htmx.trigger('[data-refreshes]', 'stale')")
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(selected(page)).to_have_count(1)

    page.get_by_role("button", name="Mark not interested").click()

    expect(page.get_by_text("1 done.")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Details").click()
    expect(page.get_by_role("heading", name="1 lead marked not interested")).to_be_visible()


# The list is drawn anew, as it is every minute, and what is on the page has heard of it.
DRAWN_ANEW = """() => new Promise((done) => {
    document.addEventListener("htmx:afterSettle", () => setTimeout(done), { once: true })
    htmx.trigger("[data-refreshes]", "stale")
})"""


def test_all_that_match_are_all_until_one_is_taken_out(open_as, cast, make):
    leads = many(make, 53, owner=cast.ana)
    page = open_as(cast.ana, "/leads")
    said, matching = page.locator(".bulk-count"), page.get_by_label("Select all 53 that match")
    page.get_by_role("checkbox", name="Select Mercy").first.check()
    matching.check()
    expect(said).to_have_text("All selected")
    expect(selected(page)).to_have_count(50)
    page.evaluate(DRAWN_ANEW)
    expect(matching).to_be_checked()
    expect(said).to_have_text("All selected")

    page.get_by_role("checkbox", name="Select Mercy").nth(1).uncheck()

    expect(matching).not_to_be_checked()
    expect(said).to_have_text("49 selected")
    page.get_by_role("button", name="Mark not interested").click()
    expect(page.get_by_text("49 done.")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(4)
    page.keyboard.press("u")
    expect(page.get_by_text("49 undone.")).to_be_visible()

    page.get_by_role("checkbox", name="Select Mercy").first.check()
    page.get_by_label("Select all 53 that match").check()
    page.get_by_role("button", name="Mark not interested").click()
    expect(page.get_by_text("53 done.")).to_be_visible()
    assert owners_of(leads) == [cast.ana.pk] * 53


def test_without_scripts_each_step_is_a_page(open_as, cast, leads):
    page = open_as(cast.ana, "/leads", java_script_enabled=False)
    page.get_by_role("checkbox", name="Select Mercy").nth(0).check()
    page.get_by_role("checkbox", name="Select Mercy").nth(2).check()
    page.get_by_role("button", name="Reassign to...").click()
    page.get_by_role("searchbox", name="Search people").fill("nobody")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Nobody who may work them is called that.")).to_be_visible()
    page.get_by_role("searchbox", name="Search people").fill("")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Ben").click()

    expect(page.get_by_role("heading", name="2 leads reassigned to Ben")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 undone.")).to_be_visible()
    assert owners_of(leads) == [cast.ana.pk] * 6


def test_one_lead_is_given_away_in_its_folder(open_as, cast, leads):
    page = open_as(cast.cleo, f"/leads/{leads[0].pk}")
    page.get_by_role("link", name="Reassign to...").click()
    page.get_by_role("button", name="Ben").click()

    expect(page.get_by_text("is Ben's now.")).to_be_visible()
    assert owners_of(leads[:1]) == [cast.ben.pk]

"""Booking a callback by keyboard, by mouse and without scripts; the diary."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.callbacks import conftest as callbacks
from tests.callbacks.conftest import at, callback_at
from tests.factories import LeadFactory

book, lead, monday = callbacks.book, callbacks.lead, callbacks.monday


def window(page, time):
    return page.get_by_role("radio", name=time)


@pytest.fixture
def open_picker(open_as, ana, lead, monday):
    return lambda **options: open_as(ana, f"/leads/{lead.pk}/callback?day={monday}", **options)


def test_a_window_is_chosen_with_arrows_and_booked_with_enter(open_picker, lead, monday):
    page = open_picker()

    window(page, "09:00").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(window(page, "10:00")).to_be_checked()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/leads/{lead.pk}/activity")
    expect(page.get_by_text(f"{lead.facility.name}: Callback on")).to_be_visible()
    assert callback_at(lead) == at(monday, "10:00")


def test_arrows_pass_over_what_is_taken(open_picker, ana, make, book, monday):
    book(ana, make(LeadFactory, owner=ana), at(monday, "09:30"))
    page = open_picker()

    window(page, "09:00").focus()
    page.keyboard.press("ArrowRight")

    expect(window(page, "10:00")).to_be_checked()
    expect(window(page, "09:30")).to_be_disabled()


def test_next_free_slot_chooses_it_and_goes_on_from_there(open_picker, lead, monday):
    page = open_picker()
    find = page.get_by_role("button", name="Next free slot")

    find.click()
    expect(window(page, "09:00")).to_be_checked()
    expect(window(page, "09:00")).to_be_focused()
    window(page, "16:30").check()
    find.click()
    tuesday = monday + timedelta(days=1)
    expect(page.get_by_label("Day", exact=True)).to_have_value(tuesday.isoformat())
    expect(window(page, "09:00")).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/leads/{lead.pk}/activity")
    assert callback_at(lead) == at(tuesday, "09:00")


def test_another_day_shows_its_windows_and_keeps_the_date_at_hand(open_picker, monday):
    page = open_picker()
    day = page.get_by_label("Day", exact=True)

    day.focus()
    day.fill((monday + timedelta(days=2)).isoformat())

    expect(page.get_by_role("heading", name=f"{monday + timedelta(days=2):%a} ")).to_be_visible()
    expect(day).to_be_focused()


def test_a_window_that_was_taken_meanwhile(open_picker, ana, lead, make, book, monday):
    page = open_picker()
    window(page, "10:00").check()
    book(ana, make(LeadFactory, owner=ana), at(monday, "10:00"))

    page.get_by_role("button", name="Book callback").click()

    expect(page.get_by_role("alert")).to_contain_text("10:00 on")
    expect(window(page, "10:30")).to_be_checked()
    expect(window(page, "10:30")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/leads/{lead.pk}/activity")
    assert callback_at(lead) == at(monday, "10:30")


def test_without_scripts_it_is_the_same(open_picker, lead, monday):
    page = open_picker(java_script_enabled=False)

    page.get_by_role("button", name="Next free slot").click()
    page.get_by_label("Day", exact=True).fill((monday + timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Show the day").click()
    page.get_by_role("button", name="Book callback").click()
    expect(page.get_by_role("alert")).to_have_text("Choose a window.")
    page.get_by_text("Outside working hours").click()
    window(page, "18:30").check()
    page.get_by_role("button", name="Book callback").click()

    page.wait_for_url(f"**/leads/{lead.pk}/activity")
    assert callback_at(lead) == at(monday + timedelta(days=1), "18:30")


# --- the diary ----------------------------------------------------------------


@pytest.fixture
def diary(open_as, ana, make, book, monday):
    leads = [make(LeadFactory, owner=ana) for _ in range(3)]
    for lead, wall in zip(leads, ["10:00", "11:00", "12:00"], strict=True):
        book(ana, lead, at(monday, wall))
    return open_as(ana, f"/callbacks?on={monday}")


def test_cancelling_takes_the_row_away_and_keeps_the_place(diary):
    rows = diary.locator("tbody tr[id]")
    diary.get_by_role("button", name="Cancel the callback of").first.focus()
    diary.keyboard.press("Enter")

    expect(rows).to_have_count(2)
    expect(diary.get_by_text("The callback is cancelled.")).to_be_visible()
    expect(rows.nth(0).locator("th a")).to_be_focused()


def test_done_stays_in_its_row(diary):
    diary.get_by_role("button", name="Mark the callback of").first.click()

    expect(diary.locator("tbody tr[id]")).to_have_count(3)
    expect(diary.locator("tr.done")).to_have_count(1)


def test_rows_are_walked_and_moved(diary):
    diary.keyboard.press("j")
    expect(diary.locator("tbody th a").first).to_be_focused()
    diary.keyboard.press("Tab")
    diary.keyboard.press("Enter")

    expect(diary.get_by_role("heading", name="Move the callback")).to_be_visible()

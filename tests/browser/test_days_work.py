"""A rep's day in the browser: outcomes by key and by mouse, Undo, and where the focus goes."""

import re

import pytest
from playwright.sync_api import expect

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import disposition_lead
from dispositions.models import Disposition
from leads.models import Lead
from leads.outcomes import Outcome
from tests.browser import unhurried
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

open_as = unhurried.open_as


@pytest.fixture
def leads(ana, make):
    """Three fresh leads of Ana's, the newest on top of her queue."""
    made = []
    for name in ("Mercy", "Lourdes", "Albany"):
        facility = make(FacilityFactory, name=f"{name} Hospital")
        made.insert(0, make(LeadFactory, owner=ana, facility=facility))
    return made


@pytest.fixture
def unreached(ana, make):
    said = {"no_answer_count": 3, "unreached": True, "last_contact_at": clock()}
    lead = make(LeadFactory, owner=ana, **said)
    make(ContactFactory, facility=lead.facility, email="grace@example.org")
    return lead


def outcome_of(lead):
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=lead.pk).last_outcome


def row(page, lead):
    return page.locator(f"#lead-{lead.pk}")


def link(page, lead):
    return row(page, lead).locator("th a")


def focus(page, lead):
    link(page, lead).focus()


def toasts(page):
    return page.locator("#toasts")


def test_a_day_by_keyboard_alone(open_as, ana, leads):
    first, second, _ = leads
    page = open_as(ana, "/leads")

    page.keyboard.press("j")
    expect(link(page, first)).to_be_focused()
    page.keyboard.press("1")
    expect(row(page, first)).to_have_attribute("data-band", "hot")
    expect(toasts(page)).to_contain_text("Albany Hospital: Connected - interested.")
    expect(link(page, second)).to_be_focused()

    page.keyboard.press("u")
    expect(toasts(page)).to_contain_text("Undone. Albany Hospital")
    expect(row(page, first)).to_have_attribute("data-band", "fresh")
    expect(link(page, first)).to_be_focused()
    assert outcome_of(first) == ""

    page.keyboard.press("6")
    slots = page.get_by_role("dialog").locator("[name=slot][type=radio]:enabled")
    expect(slots.first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(row(page, first)).to_have_attribute("data-band", "scheduled")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link(page, second)).to_be_focused()


def test_however_long_the_form_its_button_is_in_sight(open_as, ana, leads):
    page = open_as(ana, "/leads", width=1280, height=800)
    focus(page, leads[0])

    page.keyboard.press("6")

    expect(page.get_by_role("button", name="Book callback")).to_be_in_viewport(ratio=1)


def test_an_outcome_that_asks_is_asked_for_in_a_dialog(open_as, ana, leads):
    first, second, _ = leads
    page = open_as(ana, "/leads")
    focus(page, first)

    page.keyboard.press("3")
    expect(page.get_by_label("No need for it")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("5")
    expect(page.get_by_label("What was wrong?")).to_be_focused()
    page.keyboard.type("A fax answers 123")
    page.keyboard.press("Enter")

    expect(row(page, first)).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("^All 2"))).to_be_visible()
    expect(link(page, second)).to_be_focused()
    with acting_as(SYSTEM):
        assert Disposition.objects.get().detail == "A fax answers 123"


def test_escape_leaves_everything_as_it_was(open_as, ana, leads):
    page = open_as(ana, "/leads")
    focus(page, leads[1])

    page.keyboard.press("3")
    expect(page.get_by_label("No need for it")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link(page, leads[1])).to_be_focused()
    assert outcome_of(leads[1]) == ""


def test_behind_the_last_row_the_focus_goes_up(open_as, ana, leads):
    page = open_as(ana, "/leads?band=fresh")

    for lead, following in ((leads[2], leads[1]), (leads[1], leads[0])):
        focus(page, lead)
        page.keyboard.press("4")
        expect(row(page, lead)).to_have_count(0)
        expect(link(page, following)).to_be_focused()
    page.keyboard.press("4")

    expect(page.get_by_text("No lead is here now")).to_be_visible()
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("how", ["mouse", "touch", "keyboard"])
def test_a_row_has_the_picker_itself(open_as, ana, leads, how):
    page = open_as(ana, "/leads", has_touch=True)
    opener = row(page, leads[1]).get_by_role("button", name="Disposition")

    {"mouse": opener.click, "touch": opener.tap, "keyboard": lambda: opener.press("Enter")}[how]()
    dialog = page.get_by_role("dialog", name="How did the call end?")
    expect(dialog.get_by_role("button", name="Connected - interested")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Connected - interested").click()

    expect(row(page, leads[1])).to_have_attribute("data-band", "hot")
    expect(link(page, leads[2])).to_be_focused()


def test_a_callback_is_booked_from_a_row_without_leaving_the_queue(open_as, ana, leads):
    page = open_as(ana, "/leads")

    page.get_by_role("button", name="Actions for Albany Hospital").click()
    page.get_by_role("menuitem", name="Callback").click()
    dialog = page.get_by_role("dialog", name="Book a callback")
    expect(dialog.locator("[name=slot][type=radio]:enabled").first).to_be_focused()
    dialog.get_by_role("button", name="Book callback").click()
    expect(dialog.get_by_text("Choose a window.")).to_be_visible()
    dialog.get_by_role("button", name="Next free slot").click()
    expect(dialog.locator("[name=slot]:checked")).to_be_focused()
    page.keyboard.press("Enter")

    expect(row(page, leads[0])).to_have_attribute("data-band", "scheduled")
    expect(dialog).to_be_hidden()
    expect(link(page, leads[1])).to_be_focused()
    expect(toasts(page)).to_contain_text("Albany Hospital: Callback on")
    assert outcome_of(leads[0]) == ""


def test_the_menu_of_a_row_leads_to_the_picker(open_as, ana, leads):
    page = open_as(ana, "/leads")
    dots = page.get_by_role("button", name="Actions for Lourdes Hospital")
    menu = page.get_by_role("menu", name="Actions for Lourdes Hospital")

    dots.click()
    expect(menu.get_by_role("menuitem")).to_have_text(
        ["Disposition", "Add note", "Callback", "View audit"]
    )
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(dots).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    expect(menu.get_by_role("menuitem", name="View audit")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="How did the call end?")
    dialog.get_by_label("Note").fill("Ask for Grace")
    dialog.get_by_role("button", name="Connected - not now").click()
    expect(row(page, leads[1])).to_have_attribute("data-band", "scheduled")
    with acting_as(SYSTEM):
        assert Disposition.objects.get().note == "Ask for Grace"


def test_in_the_folder_keys_work_too_and_lead_to_the_history(open_as, ana, leads):
    page = open_as(ana, f"/leads/{leads[0].pk}")

    page.keyboard.press("4")
    page.wait_for_url(f"**/leads/{leads[0].pk}/activity")
    expect(page.locator(".timeline")).to_contain_text("Ana: Voicemail / No answer.")
    with page.expect_navigation():
        page.keyboard.press("u")
    expect(page.locator(".timeline s")).to_have_text("Ana: Voicemail / No answer.")
    expect(toasts(page)).to_contain_text("Undone.")

    page.keyboard.press("6")
    expect(page.get_by_role("button", name="Book callback")).to_be_visible()
    page.get_by_role("button", name="Next free slot").click()
    expect(page.locator("[name=slot][type=radio]:checked")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Ana: Callback. Callback on")


def test_a_second_tab_reads_why_not_and_loses_nothing(open_as, ana, leads):
    page = open_as(ana, "/leads")
    focus(page, leads[0])
    page.keyboard.press("5")
    page.get_by_label("What was wrong?").fill("A fax answers")
    with acting_as(ana):
        disposition_lead(leads[0].pk, Outcome.NO_ANSWER, by=ana, version=leads[0].version)

    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("The lead has changed since you looked")
    assert page.get_by_label("What was wrong?").input_value() == "A fax answers"
    assert outcome_of(leads[0]) == "no_answer"


def test_writing_to_whom_calls_do_not_reach_leaves_the_page(open_as, ana, unreached):
    page = open_as(ana, "/leads")

    with page.expect_response("**/email"):
        page.get_by_role("button", name="E-mail Grace Holloway").click()

    expect(row(page, unreached)).to_be_visible()
    assert page.url.endswith("/leads")
    with acting_as(SYSTEM):
        assert unreached.events.get().sentence == "Ana e-mailed Grace Holloway."


# --- the toast ------------------------------------------------------------------

AT_ONCE = """() => {
  window.stays = true
  new MutationObserver((_, seen) => {
    seen.disconnect()
    document.querySelector(".toast.undo button").click()
  }).observe(document.getElementById("toasts"), { childList: true })
}"""


def test_undo_works_from_the_moment_it_is_there(open_as, ana, leads):
    page = open_as(ana, "/leads")
    page.evaluate(AT_ONCE)
    focus(page, leads[0])

    page.keyboard.press("1")

    expect(toasts(page)).to_contain_text("Undone.")
    assert page.evaluate("window.stays")


RUN_OUT = """(countdown) => {
  const [animation] = countdown.getAnimations()
  animation.finish()
  return animation.effect.getTiming().duration
}"""


def test_the_toast_counts_down_and_leaves_whoever_points_at_it(open_as, ana, leads):
    page = open_as(ana, "/leads")
    focus(page, leads[0])
    page.keyboard.press("4")
    toast = page.locator(".toast.undo")

    expect(toast.locator(".countdown")).to_be_visible()
    toast.get_by_role("button", name="Undo").hover()
    toast.get_by_role("button", name="Undo").focus()
    assert toast.locator(".countdown").evaluate(RUN_OUT) == 5000

    expect(toast).to_have_count(0)
    expect(page.locator("main")).to_be_focused()


def test_with_the_network_cut_undo_never_says_that_it_is_done(open_as, ana, leads, problems):
    page = open_as(ana, "/leads")
    focus(page, leads[0])
    page.keyboard.press("4")
    expect(row(page, leads[0])).to_have_attribute("data-band", "active")

    page.context.set_offline(True)
    page.keyboard.press("u")
    expect(toasts(page)).to_contain_text("it is not known whether this was done")
    assert "Undone" not in toasts(page).inner_text()

    page.context.set_offline(False)
    page.get_by_role("link", name="Reload to see").click()
    expect(row(page, leads[0])).to_have_attribute("data-band", "active")
    assert outcome_of(leads[0]) == "no_answer"
    problems.clear()


def test_an_answer_lost_on_the_way_back_is_not_known_either(open_as, ana, leads, problems):
    page = open_as(ana, "/leads")
    focus(page, leads[0])
    page.keyboard.press("4")
    expect(row(page, leads[0])).to_have_attribute("data-band", "active")

    page.route("**/undo", lambda route: route.fetch() and route.abort())
    page.keyboard.press("u")
    expect(toasts(page)).to_contain_text("it is not known whether this was done")
    assert "Undone" not in toasts(page).inner_text()

    page.get_by_role("link", name="Reload to see").click()
    expect(row(page, leads[0])).to_have_attribute("data-band", "fresh")
    problems.clear()


# --- without scripts ---------------------------------------------------------------


def test_the_same_by_full_pages(open_as, ana, leads):
    page = open_as(ana, "/leads?band=fresh", java_script_enabled=False)

    row(page, leads[0]).get_by_role("button", name="Disposition").click()
    page.get_by_label("Note").fill("Ask for Grace")
    page.get_by_role("button", name="Connected - not a fit").click()
    page.get_by_label("No budget this year").check()
    page.get_by_role("button", name="Save").last.click()

    expect(toasts(page)).to_contain_text("Albany Hospital: Connected - not a fit.")
    expect(row(page, leads[0])).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(toasts(page)).to_contain_text("Undone.")
    expect(row(page, leads[0])).to_be_visible()

    page.get_by_role("button", name="Actions for Albany Hospital").click()
    page.get_by_role("link", name="Disposition").click()
    page.get_by_role("button", name="Callback").click()
    page.get_by_role("button", name="Next free slot").click()
    page.get_by_role("button", name="Book callback").click()
    expect(toasts(page)).to_contain_text("Albany Hospital: Callback.")
    assert outcome_of(leads[0]) == "callback"


def test_a_callback_by_full_pages_leads_back_to_the_queue(open_as, ana, leads):
    page = open_as(ana, "/leads?band=fresh", java_script_enabled=False)

    page.get_by_role("button", name="Actions for Albany Hospital").click()
    page.get_by_role("link", name="Callback").last.click()
    page.get_by_role("button", name="Next free slot").click()
    page.get_by_role("button", name="Book callback").click()

    assert page.url.endswith("/leads?band=fresh")
    expect(toasts(page)).to_contain_text("Albany Hospital: Callback on")


def test_a_letter_without_scripts(open_as, ana, unreached):
    page = open_as(ana, "/leads", java_script_enabled=False)

    page.get_by_role("button", name="E-mail Grace Holloway").click()

    letter = page.get_by_role("link", name="Open the letter").get_attribute("href")
    assert letter.startswith("mailto:grace@example.org?subject=")

"""Notes in a browser: written over the queue and edited in the list."""

import pytest
from playwright.sync_api import expect

from backoffice.rls import SYSTEM, acting_as
from notes.models import Note, Tier
from tests.browser.test_accessible import found_on
from tests.browser.test_layout import TOO_WIDE
from tests.factories import ContactFactory, FacilityFactory, LeadFactory, NoteFactory


@pytest.fixture
def lead(ana, make):
    lead = make(LeadFactory, owner=ana, facility=make(FacilityFactory, name="Lourdes Hospital"))
    make(ContactFactory, facility=lead.facility)
    return lead


def notes():
    with acting_as(SYSTEM):
        return list(Note.objects.order_by("pk"))


def test_a_note_is_written_from_the_queue_without_leaving_it(open_as, ana, lead):
    page = open_as(ana, "/leads")
    dots = page.get_by_role("button", name="Actions for Lourdes Hospital")

    dots.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Add note").click()
    dialog = page.get_by_role("dialog", name="Add a note")
    expect(dialog.get_by_label("Note", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("They asked for a quote, 4 beds.")
    dialog.get_by_label("Visible to").select_option("management")
    dialog.get_by_role("button", name="Add the note").click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(dots).to_be_focused()
    assert page.url.endswith("/leads")
    assert [(note.text, note.tier) for note in notes()] == [
        ("They asked for a quote, 4 beds.", Tier.MANAGEMENT)
    ]


def test_a_lead_of_the_pool_has_the_dots_too(open_as, ana, make):
    make(LeadFactory, facility=make(FacilityFactory, name="Albany Hospital"))
    page = open_as(ana, "/leads/pool")
    dots = page.get_by_role("button", name="Actions for Albany Hospital")

    dots.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem")).to_have_text(["Add note", "View audit"])
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_label("Note", exact=True).fill("Ask for Grace.")
    page.get_by_role("button", name="Add the note").click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(dots).to_be_focused()
    assert page.url.endswith("/leads/pool")
    assert [note.text for note in notes()] == ["Ask for Grace."]


def test_what_is_wrong_is_said_in_the_dialog(open_as, ana, lead):
    page = open_as(ana, "/leads")
    page.get_by_role("button", name="Actions for Lourdes Hospital").click()
    page.get_by_role("menuitem", name="Add note").click()
    dialog = page.get_by_role("dialog", name="Add a note")

    dialog.get_by_label("Note", exact=True).fill("   ")
    dialog.get_by_role("button", name="Add the note").click()

    expect(dialog.get_by_text("Write something first.")).to_be_visible()
    expect(dialog.get_by_label("Note", exact=True)).to_be_focused()
    assert found_on(page) == []


def test_the_tab_shows_a_new_note_at_once_and_empties_its_form(open_as, ana, lead):
    page = open_as(ana, f"/leads/{lead.pk}/notes")

    page.get_by_label("Note", exact=True).fill("They asked for a quote.")
    page.get_by_role("button", name="Add the note").click()

    expect(page.locator("#notes .text")).to_have_text("They asked for a quote.")
    expect(page.get_by_label("Note", exact=True)).to_have_value("")
    page.get_by_role("link", name="Edit the note of").click()
    dialog = page.get_by_role("dialog", name="Edit the note")
    dialog.get_by_label("Note", exact=True).fill("They asked for two quotes.")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#notes .text")).to_have_text("They asked for two quotes.")
    page.get_by_role("link", name="Edited").click()
    expect(page.get_by_role("dialog", name="Note on Lourdes")).to_contain_text("for a quote.")


def test_the_list_follows_its_filters_and_what_is_written_elsewhere(open_as, ana, cleo, lead, make):
    make(NoteFactory, lead=lead, author=cleo, text="Cleo's words")
    make(NoteFactory, lead=lead, author=ana, text="Ana's words")
    page = open_as(ana, "/notes")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)

    page.get_by_label("Author", exact=True).select_option("mine")
    page.wait_for_url("**/notes?author=mine")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Quarter").click()
    page.wait_for_url("**/notes?author=mine&range=quarter")
    page.get_by_label("Author", exact=True).select_option("")
    page.wait_for_url("**/notes?range=quarter")
    expect(rows).to_have_count(2)

    page.goto("/notes?range=quarter")
    make(NoteFactory, lead=lead, author=cleo, text="While the page is open")
    page.evaluate("htmx.trigger(document.querySelector('[data-refreshes]'), 'stale')")
    expect(rows).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/leads/{lead.pk}")


@pytest.mark.parametrize(
    ("where", "more", "shown"),
    [("/notes", 50, "tbody .text"), ("/leads/{}/notes", 20, "#notes .text")],
)
def test_what_one_edits_on_a_later_page_is_there_at_once(
    open_as, ana, lead, make, where, more, shown
):
    for number in range(more + 1):
        make(NoteFactory, lead=lead, author=ana, text=f"Note {number}")
    page = open_as(ana, where.format(lead.pk))
    page.locator("[rel=next]").click()
    expect(page.locator(shown)).to_have_text(["Note 0"])

    page.get_by_role("link", name="Edit the note").click()
    dialog = page.get_by_role("dialog", name="Edit the note")
    dialog.get_by_label("Note", exact=True).fill("As it is now")
    dialog.get_by_role("button", name="Save").click()

    expect(page.locator(shown)).to_have_count(1)
    expect(page.locator(shown)).to_contain_text("As it is now")
    assert "=" in page.url


def test_without_scripts_it_is_the_same(open_as, ana, lead):
    page = open_as(ana, f"/leads/{lead.pk}/notes/new", java_script_enabled=False)

    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#main")).to_contain_text("Add a note")
    page.get_by_label("Note", exact=True).fill("They asked for a quote.")
    page.get_by_role("button", name="Add the note").click()
    page.wait_for_url(f"**/leads/{lead.pk}/notes")
    page.get_by_role("link", name="Edit the note of").click()
    page.get_by_label("Note", exact=True).fill("They asked for two quotes.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#main")).to_contain_text("What it said before")
    page.goto("/notes")
    page.get_by_label("Author", exact=True).select_option("mine")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 1920])
def test_nothing_overflows(open_as, cleo, lead, make, width):
    make(NoteFactory, lead=lead, author=cleo, text="x" * 4000, subject_name="LONG NAME " * 20)
    for path in ("/notes?since=2026-01-01", f"/leads/{lead.pk}/notes", f"/people/{cleo.pk}/notes"):
        page = open_as(cleo, path, width=width, height=800)

        assert page.evaluate(TOO_WIDE) == []

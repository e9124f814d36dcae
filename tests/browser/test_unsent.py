"""A session that ends while somebody types takes nothing away from them."""

from playwright.sync_api import expect

from backoffice.rls import SYSTEM, acting_as
from notes.models import Note
from people.actions import sign_out_everywhere
from tests.factories import FacilityFactory, LeadFactory

TYPED = "Ask for Grace after nine."


def test_a_note_half_typed_over_the_queue_is_there_after_signing_in(open_as, ana, make):
    make(LeadFactory, owner=ana, facility=make(FacilityFactory, name="Lourdes Hospital"))
    page = open_as(ana, "/leads")
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="Actions for Lourdes Hospital").click()
    page.get_by_role("menuitem", name="Add note").click()
    dialog = page.get_by_role("dialog", name="Add a note")
    dialog.get_by_label("Note", exact=True).fill(TYPED)

    with acting_as(SYSTEM):
        sign_out_everywhere(ana)
    page.clock.fast_forward(20_000)
    expect(dialog.get_by_role("alert")).to_contain_text("You are signed out.")
    page.clock.fast_forward(60_000)
    expect(dialog.get_by_label("Note", exact=True)).to_have_value(TYPED)

    dialog.get_by_role("button", name="Add the note").click()
    page.wait_for_url("**/login?next=/unsent")
    page.get_by_label("Email").fill("ana@example.com")
    page.get_by_label("Password").fill("demo-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Note", exact=True)).to_have_value(TYPED)
    assert said() == []
    page.get_by_role("button", name="Add the note").click()

    expect(page.locator("#notes .text")).to_have_text(TYPED)
    assert said() == [TYPED]


def said():
    with acting_as(SYSTEM):
        return list(Note.objects.values_list("text", flat=True))

"""The nine steps of the role guide, as reps take them, and managers where they do."""

import re
from copy import copy
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from dispositions.models import Disposition
from leads.actions import claim_lead
from leads.models import Facility, Lead
from notes.models import Tier
from tests.browser import unhurried
from tests.browser.test_days_work import link, row, toasts
from tests.browser.test_keys import PRESSED
from tests.factories import ContactFactory, FacilityFactory, LeadFactory, NoteFactory

open_as = unhurried.open_as

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def own(ana, make):
    """Give Ana a lead at a facility with somebody to call there: `own("Mercy", held_for=...)`."""

    def made(name, **fields):
        facility = make(FacilityFactory, name=name)
        make(ContactFactory, facility=facility)
        return make(LeadFactory, owner=ana, facility=facility, **fields)

    return made


@pytest.fixture
def now(cast):
    with acting_as(SYSTEM):
        return clock()


def saved_rows(page):
    """Press Export CSV; return how many rows come, without the header."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    return len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) - 1


def test_step_1_work_the_call_queue(open_as, ana, own, now):
    old = {"created_at": now - 20 * DAY, "held_for": 20 * DAY}
    own("Long tail", **old)
    active = old | {"last_contact_at": now - 6 * DAY, "last_outcome": "not_now"}
    own("Active", **active)
    own("Fresh")
    own("Due", callback_at=now - MINUTE)
    page = open_as(ana, "/leads")
    rows = page.locator("tbody tr")

    assert rows.evaluate_all("(rows) => rows.map((row) => row.dataset.band)") == [
        "callback_due",
        "fresh",
        "active",
        "long_tail",
    ]
    for words in ("Active", "Grace Holloway", "CS", "Connected - not now", "6 d"):
        expect(rows.nth(2)).to_contain_text(words)
    rows.nth(1).locator("td").nth(4).click()
    expect(page.get_by_role("heading", name="Fresh")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Lead folder").get_by_role("link")
    expect(tabs).to_have_text(["Contact", "Notes", "Activity", "Files", "Workflow"])
    tabs.nth(2).click()
    expect(page.get_by_role("heading", name="How did the call end?")).to_be_visible()


def test_step_2_disposition_a_call_and_stack_a_callback(open_as, ana, own):
    second, first = own("Second"), own("First")
    page = open_as(ana, "/leads")

    row(page, first).get_by_role("button", name="Disposition").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".outcomes button")).to_contain_text(
        [
            "Connected - interested",
            "Connected - not now",
            "Connected - not a fit",
            "Voicemail / No answer",
            "Wrong number / Bad data",
            "Callback",
        ]
    )
    dialog.get_by_role("button", name="Callback").click()
    dialog.get_by_role("button", name="Next free slot").click()
    slot = dialog.locator("[name=slot]:checked")
    expect(slot).to_be_focused()
    taken = slot.get_attribute("value")
    dialog.get_by_role("button", name="Book callback").click()
    expect(row(page, first)).to_have_attribute("data-band", "scheduled")

    row(page, second).get_by_role("button", name="Disposition").click()
    dialog.get_by_role("button", name="Callback").click()
    dialog.get_by_role("button", name="Next free slot").click()
    expect(slot).to_be_focused()
    assert slot.get_attribute("value") != taken
    page.keyboard.press("Escape")
    row(page, second).get_by_role("button", name="Disposition").click()
    dialog.get_by_role("button", name="Connected - not now").click()
    expect(toasts(page)).to_contain_text("Second: Connected - not now. Follow-up on")
    expect(row(page, second)).to_have_attribute("data-band", "scheduled")


def test_step_3_review_notes_across_leads_with_the_date_filter(open_as, ana, cleo, own, make, now):
    lead = own("Mercy")
    make(NoteFactory, lead=lead, author=ana, text="Mine")
    make(NoteFactory, lead=lead, author=cleo, text="Shared by Cleo")
    make(NoteFactory, lead=lead, author=ana, text="Last month", written_at=now - 20 * DAY)
    make(NoteFactory, lead=lead, author=cleo, text="Hidden", tier=Tier.SENIOR_MANAGEMENT)
    page = open_as(ana, "/notes")
    texts = page.locator("tbody td.text")
    expect(texts).to_have_text(["Shared by Cleo", "Mine"])

    page.get_by_role("link", name="Month").click()
    expect(texts).to_have_text(["Shared by Cleo", "Mine", "Last month"])
    page.get_by_label("Author", exact=True).select_option("mine")
    expect(texts).to_have_text(["Mine", "Last month"])

    assert saved_rows(page) == 2
    page.locator("tbody th a").first.click()
    page.wait_for_url(f"**/leads/{lead.pk}")


def test_step_4_claim_a_lead_from_the_pool(open_as, ana, make):
    leads = [make(LeadFactory) for _ in range(3)]
    page = open_as(ana, "/leads/pool")
    rows = page.locator("tbody tr")
    newest = leads[2]
    for words in (newest.facility.name, "CS", "CMS", "now"):
        expect(rows.first).to_contain_text(words)

    rows.first.get_by_role("button", name="Claim").focus()
    page.keyboard.press("Enter")

    expect(rows).to_have_count(2)
    expect(link(page, leads[1])).to_be_focused()
    expect(toasts(page)).to_contain_text("is yours until")
    page.goto("/leads")
    expect(row(page, newest)).to_contain_text("45 d")
    page.goto("/leads/protected")
    expect(page.locator("tbody tr")).to_contain_text(["Ana"])


def test_step_5_watch_the_45_day_protection_countdown(open_as, ana, ben, own):
    lead = own("Mercy", held_for=10 * DAY, stage="contacted")
    gone = own("Gone", held_for=46 * DAY)
    page = open_as(ana, "/leads")
    expect(row(page, lead).locator(".chip")).to_have_text("35 d")
    expect(row(page, gone)).to_have_count(0)
    page.goto("/leads/pool")
    expect(row(page, gone)).to_be_visible()

    page.goto(f"/leads/{lead.pk}/workflow")
    card = page.get_by_label("Protection")
    expect(card).to_contain_text("35 days left")
    page.get_by_role("button", name="Move to Qualified").click()
    expect(card).to_contain_text("45 days left")
    end = card.locator("time").first.get_attribute("datetime")

    theirs = open_as(ben, "/leads/protected")
    expect(theirs.locator("tbody tr")).to_have_count(1)
    expect(theirs.locator("tbody tr")).to_contain_text("Ana")
    assert theirs.locator("tbody time").get_attribute("datetime") == end


def test_step_6_run_bulk_lead_actions_from_the_table(open_as, ana, ben, own, make):
    leads = [own(name) for name in ("Last", "Third", "Second", "First")]
    make(LeadFactory, facility=make(FacilityFactory, name="Waiting"))
    page = open_as(ana, "/leads")

    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_role("checkbox", name="Select Second")).to_be_checked()
    page.get_by_role("button", name="Reassign to...").click()
    page.get_by_role("button", name="Ben").click()
    expect(toasts(page)).to_contain_text("2 done.")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Details").click()
    expect(page.get_by_role("heading", name="2 leads reassigned to Ben")).to_be_visible()

    page.goto("/leads")
    page.get_by_role("checkbox", name="Select Third").check()
    page.get_by_role("button", name="Mark not interested").click()
    expect(row(page, leads[1])).to_have_count(0)
    page.goto("/leads/pool")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("button", name="Add to call queue").click()
    expect(page.locator("tbody tr")).to_have_count(0)
    page.goto("/leads")
    bands = page.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => row.dataset.band)")
    assert bands == ["fresh", "queued"]


def test_step_7_undo_a_disposition_within_5_seconds(open_as, ana, own, now):
    lead = own("Mercy")
    page = open_as(ana, "/leads")
    link(page, lead).focus()

    page.keyboard.press("2")
    toast = page.locator(".toast.undo")
    box = toast.bounding_box()
    assert box["x"] > 1920 / 2
    assert box["y"] > 1080 / 2
    toast.get_by_role("button", name="Undo").click()
    expect(toasts(page)).to_contain_text("Undone.")
    expect(row(page, lead)).to_have_attribute("data-band", "fresh")
    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=lead.pk).follow_up_on is None

    page.keyboard.press("4")
    expect(toast).to_be_visible()
    with acting_as(SYSTEM):
        Disposition.objects.update(applied_at=now - MINUTE)
    page.goto(f"/leads/{lead.pk}/activity")
    page.get_by_label("This corrects the earlier outcome").check()
    page.get_by_role("button", name="Connected - interested").click()
    history = page.locator(".timeline")
    expect(history.get_by_role("link", name="superseded by")).to_be_visible()
    expect(history.locator("s").first).to_contain_text("Voicemail / No answer")


def test_step_8_pipeline_snapshot_and_protected_leads_csv(open_as, ana, dora, own, make, now):
    soon = {"expected_close_on": now.date() + 3 * DAY, "discovery_on": now.date() + 2 * DAY}
    own("Closing", held_for=40 * DAY, **soon)
    own("Other")
    make(LeadFactory, owner=dora)
    page = open_as(ana, "/dashboard")
    cards = page.get_by_label("Coming up").get_by_role("link")
    expect(cards).to_have_text(
        ["0 Callbacks this week", "1 Discovery in the next 7 days", "1 Closing in 30 days"]
    )
    expect(page.locator("tbody tr")).to_have_count(2)

    cards.nth(2).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Closing in 30 days: show all instead").click()
    page.wait_for_url("**/leads")

    page.goto("/leads/protected?expiring_soon=1")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert saved_rows(page) == 1
    page.goto("/leads/protected")
    page.get_by_label("Owner").select_option("Ana")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert saved_rows(page) == 2


def test_step_9_notifications_quick_actions_and_keyboard_shortcuts(open_as, ana, own, make):
    own("Mercy", status="won", stage="won")
    waiting = make(LeadFactory)
    with acting_as(ana):
        claim_lead(waiting.pk, by=ana)
    page = open_as(ana, "/leads")
    page.get_by_role("button", name="Notifications", exact=True).click()
    lines = page.get_by_role("dialog", name="The last 7 days")
    lines.get_by_role("link", name=waiting.facility.name).click()
    page.wait_for_url(f"**/leads/{waiting.pk}")

    for path, name in (("/leads", waiting.facility.name), ("/clients", "Mercy")):
        page.goto(path)
        page.get_by_role("button", name=f"Actions for {name}").click()
        expect(page.get_by_role("menuitem")).to_have_text(
            ["Disposition", "Add note", "Callback", "View audit"]
        )
        page.keyboard.press("Escape")

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Disposition the row")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.evaluate(PRESSED, "gs")
    page.wait_for_url("**/settings")
    tabs = page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(tabs).to_have_text(["Profile", "E-mail preferences", "Sessions & security"])


def test_steps_1_and_6_of_a_manager(open_as, ana, ben, cleo, own, make):
    """A rep's queue, a lead's folder, and leads that go to somebody else."""
    make(LeadFactory, facility=make(FacilityFactory, name="Waiting"))
    for name in ("Last", "Second", "First"):
        own(name)
    page = open_as(cleo, f"/leads?rep={ana.pk}")
    rows = page.locator("tbody tr")
    expect(rows).to_contain_text(["First", "Second", "Last"])
    rows.first.locator("td").nth(4).click()
    expect(page.get_by_role("heading", name="First")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Lead folder").get_by_role("link")
    expect(tabs).to_have_text(["Contact", "Notes", "Activity", "Files", "Workflow"])

    page.goto(f"/leads?rep={ana.pk}")
    for name in ("First", "Second"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Reassign to...").click()
    page.get_by_role("button", name="Ben").click()
    expect(toasts(page)).to_contain_text("2 done.")
    expect(rows).to_have_count(1)
    page.goto(f"/leads?rep={ben.pk}")
    expect(rows).to_have_count(2)

    page.goto("/leads/pool")
    page.get_by_role("checkbox", name="Select Waiting").check()
    page.get_by_role("button", name="Mark not interested").click()
    expect(rows).to_have_count(0)


def test_steps_3_8_and_9_of_a_manager(open_as, ana, cleo, own, make, now):
    """Notes up to their tier, the team's numbers and windows, and what a row offers."""
    lead = own("Closing", expected_close_on=now.date() + 3 * DAY)
    own("Other")
    make(NoteFactory, lead=lead, author=ana, text="Shared by Ana")
    make(NoteFactory, lead=lead, author=ana, text="For managers", tier=Tier.MANAGEMENT)
    make(NoteFactory, lead=lead, author=ana, text="Hidden", tier=Tier.SENIOR_MANAGEMENT)
    page = open_as(cleo, "/notes")
    rows = page.locator("tbody tr")
    expect(page.locator("tbody td.text")).to_have_text(["For managers", "Shared by Ana"])
    page.get_by_label("Author", exact=True).select_option("team")
    expect(page).to_have_url(re.compile("author=team"))
    assert saved_rows(page) == 2

    page.goto("/dashboard")
    page.get_by_role("link", name="1 Closing in 30 days, Ana").click()
    page.wait_for_url("**coming=closing**")
    expect(rows).to_contain_text(["Closing"])
    page.get_by_role("button", name="Actions for Closing").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Add note", "View audit"])
    page.keyboard.press("Escape")

    page.goto("/leads/protected")
    page.get_by_label("Owner").select_option("Ana")
    expect(rows).to_have_count(2)
    assert saved_rows(page) == 2
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_a_thousand_rows_are_walked_by_keyboard_alone(open_as, ana, own):
    many(own("The first"), 999)
    page = open_as(ana, "/leads", width=1280, height=800)
    seen = set()
    for number in range(20):
        page.keyboard.press("j")
        ids = page.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => row.id)")
        seen.update(ids)
        if number < 19:
            page.locator("tbody tr").last.locator("th a").focus()
            with page.expect_navigation():
                page.keyboard.press("j")

    expect(page.locator("tbody th a").first).to_be_focused()
    assert len(seen) == 1000
    page.keyboard.press("k")
    page.wait_for_url("**/leads")


def many(lead, number):
    """Make more leads like one, at facilities like its own."""
    with acting_as(SYSTEM):
        like = Facility.objects.get(pk=lead.facility_id)
        facilities = [copy(like) for _ in range(number)]
        for place, other in enumerate(facilities):
            other.pk, other.external_id, other.name = None, f"many {place}", f"Of many {place}"
        Facility.objects.bulk_create(facilities)
        kept = Lead.objects.get(pk=lead.pk)
        leads = [copy(kept) for _ in facilities]
        for other, facility in zip(leads, facilities, strict=True):
            other.pk, other.facility = None, facility
        Lead.objects.bulk_create(leads)

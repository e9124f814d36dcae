"""The row menu of clients and of the queue, and the Files tab, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import found_on
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def mercy(ana, make):
    """A client of Ana's with an open lead of hers, and one without."""
    mercy, other = make(FacilityFactory, name="Mercy"), make(FacilityFactory, name="Saint Jude")
    for facility in (mercy, other):
        make(ContactFactory, facility=facility)
        make(LeadFactory, owner=ana, facility=facility, status="won", stage="won")
    make(LeadFactory, owner=ana, facility=mercy, opportunity="BMD")
    return mercy


def choose(page, facility, item):
    page.get_by_role("button", name=f"Actions for {facility}").click()
    page.get_by_role("menuitem", name=item).click()


def test_a_disposition_acts_on_the_open_lead_without_leaving_the_list(open_as, ana, mercy):
    page = open_as(ana, "/clients")
    choose(page, "Mercy", "Disposition")
    expect(page.get_by_role("dialog")).to_contain_text("Mercy, BMD")
    assert found_on(page) == []

    page.get_by_role("button", name="Voicemail / No answer").click()

    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.get_by_role("button", name="Actions for Mercy")).to_be_focused()
    assert page.url.endswith("/clients")


@pytest.mark.parametrize("path", ["/clients", "/leads"])
def test_a_callback_is_booked_in_a_dialog(open_as, ana, mercy, path):
    page = open_as(ana, path)
    choose(page, "Mercy", "Callback")
    expect(page.locator("#dialog")).to_contain_text("Book a callback")
    assert found_on(page) == []

    page.get_by_role("button", name="Next free slot").click()
    page.locator("input[name=slot]:checked").wait_for(state="attached")
    page.get_by_role("button", name="Book callback").click()

    expect(page.locator("#toasts")).to_contain_text("Mercy: Callback on")
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.get_by_role("button", name="Actions for Mercy")).to_be_focused()
    assert page.url.endswith(path)


@pytest.mark.parametrize("path", ["/clients", "/leads"])
def test_the_audit_is_read_in_a_dialog(open_as, ana, mercy, path):
    page = open_as(ana, path)
    choose(page, "Mercy", "View audit")

    expect(page.locator("#dialog")).to_contain_text("added the contact Grace Holloway")
    assert found_on(page) == []
    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Actions for Mercy")).to_be_focused()
    assert page.url.endswith(path)


def test_without_an_open_lead_a_new_one_is_offered(open_as, ana, mercy):
    page = open_as(ana, "/clients")
    choose(page, "Saint Jude", "Disposition")

    page.get_by_role("link", name="Open a new lead").click()

    expect(page.locator("input[name=name]")).to_have_value("Saint Jude")


def test_managers_are_offered_what_they_may_do(open_as, cleo, mercy):
    page = open_as(cleo, "/clients")
    page.get_by_role("button", name="Actions for Mercy").click()

    expect(page.get_by_role("menuitem")).to_have_text(["Add note", "View audit"])


# Every value of the bar that is shown.
NOTE_PROGRESS = """() => {
  window.reached = []
  new MutationObserver(([{ target }]) => target.hidden || reached.push(target.value))
    .observe(document.querySelector(".upload progress"), { attributes: true })
}"""
# Two seconds for the file: a line on which progress is something to see.
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}


def test_files_are_uploaded_and_deleted(open_as, ana, make):
    lead = make(LeadFactory, owner=ana)
    page = open_as(ana, f"/leads/{lead.pk}/files")

    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    page.evaluate(NOTE_PROGRESS)
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"Yes." * 500_000}
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="offer.txt")).to_be_visible()
    *on_the_way, end = page.evaluate("reached")
    assert [value for value in on_the_way if 0 < value < 1]
    assert (sorted(on_the_way), end) == (on_the_way, 1)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert found_on(page) == []

    page.on("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Delete offer.txt").click()
    expect(page.get_by_text("No file lies here.")).to_be_visible()

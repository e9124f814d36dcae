"""How dense and how calm the tables are: rows on a screen, nothing wrapped, nothing cut off."""

from datetime import timedelta

import pytest

from backoffice.clock import clock
from tests.factories import ContactFactory, FacilityFactory, LeadFactory, NoteFactory

# As long as the longest of the real ones, in words that would like to wrap.
LONG = "UNIVERSITY MEDICAL CENTER AND CHILDREN'S HOSPITAL OF THE GREATER NORTHEAST, INC"

LISTS = ["/leads", "/leads/pool", "/leads/protected", "/clients", "/notes"]

VISIBLE_ROWS = """() => [...document.querySelectorAll("tbody tr")]
    .filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"""
ROW_HEIGHTS = """() => [...new Set(
    [...document.querySelectorAll("tbody tr")].map((row) => row.getBoundingClientRect().height))]"""
TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll(".top-row, .bar-row")]
    .filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.className)"""
SHIFTS = """() => new Promise((done) => new PerformanceObserver((list) =>
    done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))
  ).observe({ type: "layout-shift", buffered: true }) || setTimeout(done, 300, 0))"""


@pytest.fixture
def full_tables(ana, make):
    """More than a page in Ana's queue and in the pool."""
    tomorrow = clock().date() + timedelta(days=1)
    for number in range(51):
        facility = make(FacilityFactory, name=f"{LONG} {number}")
        make(LeadFactory, owner=ana, facility=facility, expected_close_on=tomorrow)
        make(ContactFactory, facility=facility, name="Maria-Luisa Fernandez de la Cruz y Ortega")
        lead = make(LeadFactory)
        make(NoteFactory, lead=lead, author=ana, text="They asked\nfor a quote. " * 40)
        make(LeadFactory, owner=ana, facility=facility, status="won", stage="won")


def test_forty_rows_and_more_are_visible(open_as, ana, full_tables):
    for path in LISTS:
        page = open_as(ana, path, width=1920, height=1080)

        assert page.evaluate(VISIBLE_ROWS) >= 40
        assert page.evaluate(SHIFTS) == 0


TABS = ["", "/notes", "/activity", "/files", "/workflow", "/disposition", "/callback"]


def test_a_folder_stands_still_from_its_first_moment(open_as, ana, make):
    lead = make(LeadFactory, owner=ana)
    make(ContactFactory, facility=lead.facility)
    make(NoteFactory, lead=lead, author=ana, text="They asked\nfor a quote. " * 40)
    page = open_as(ana, "/leads")

    for tab in TABS:
        page.goto(f"/leads/{lead.pk}{tab}")
        assert page.evaluate(SHIFTS) == 0


def test_nothing_wraps_or_overflows(open_as, ana, full_tables):
    for path in [*LISTS, "/leads?coming=closing"]:
        for width in (1920, 1280):
            page = open_as(ana, path, width=width, height=800)

            assert page.evaluate(ROW_HEIGHTS) == [24]
            assert page.evaluate(TOO_WIDE) == []


def test_what_is_cut_off_is_a_look_or_a_key_away(open_as, ana, full_tables):
    page = open_as(ana, "/leads", width=1280, height=800)
    page.locator("tbody th").first.hover()
    assert LONG in page.locator("tbody th").first.get_attribute("title")
    # Whom to call and how is never cut off.
    assert "-555-" not in page.evaluate(CUT_OFF)
    assert page.locator("tbody a[href^='tel:']").first.is_visible()

    page.goto("/notes")
    page.keyboard.press("j")
    text = page.locator("tbody tr").first.locator(".text")
    assert text.bounding_box()["height"] > 100
    assert page.evaluate(TOO_WIDE) == []


def test_on_paper_there_is_the_table_alone_and_all_of_it(open_as, ana, full_tables):
    page = open_as(ana, "/leads", width=794, height=1100, color_scheme="dark")
    page.emulate_media(media="print")
    for path in ("/leads", "/notes"):
        page.goto(path)

        assert page.evaluate(ON_PAPER) == ["table"]
        assert page.evaluate(CUT_OFF) == ""
        assert page.evaluate(COLOURS) == ["rgb(0, 0, 0)"]


# What is left of the page: the tags of the outermost parts that show anything.
ON_PAPER = """() => [...document.querySelectorAll(
    ".top, .bar, .list-end, .toasts, button, .button, .filters, table")]
    .filter((part) => part.checkVisibility()).map((part) => part.localName)"""
CUT_OFF = """() => [...document.querySelectorAll("th, td")]
    .filter((cell) => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1)
    .map((cell) => cell.textContent).join()"""
COLOURS = """() => [...new Set([...document.querySelectorAll("tbody :is(td, th, a, b)")]
    .filter((part) => part.checkVisibility()).map((part) => getComputedStyle(part).color))]"""

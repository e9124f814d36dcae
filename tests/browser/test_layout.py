"""How dense and how calm the tables are: rows on a screen, nothing wrapped, nothing cut off."""

from datetime import timedelta
from itertools import groupby
from operator import itemgetter

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from bulk.actions import begin
from callbacks.actions import book_callback
from leads.actions import get_lead
from leads.models import Lead
from notifications.actions import notify
from notifications.models import Kind
from tests.browser.test_every_page import same_browser
from tests.conftest import enter_admin
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


@pytest.fixture
def pages(cast, full_tables, make):
    """Who looks, and at what: the lists of leads and of notes, and all else that is in rows."""
    mine = Lead.objects.filter(owner=cast.ana, status="open").order_by("pk")
    with acting_as(cast.ana):
        slot = clock().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        first, *others = mine[:4]
        book_callback(get_lead(first.pk), slot, by=cast.ana)
        bulk = begin("queue", [lead.pk for lead in others], by=cast.ana)
    with acting_as(SYSTEM):
        notify(cast.ana, Kind.LEAD_RELEASED, f"{LONG} is in the pool.", lead=first, key="gone")
    place = make(FacilityFactory, name=LONG)
    make(LeadFactory, owner=cast.ana, facility=place, status="flagged")
    lists = [*LISTS, "/leads?coming=closing", "/dashboard", "/callbacks", NO_TABLE]
    of_ana = [(cast.ana, path) for path in [*lists, bulk.get_absolute_url()]]
    of_cleo = [(cast.cleo, path) for path in ("/dashboard", "/people")]
    return [*of_ana, *of_cleo, (cast.ada, "/admin/review")]


NO_TABLE = "/notifications"
SIZES = [(1920, 1080), (1280, 800)]


def test_nothing_wraps_shifts_or_overflows(open_as, pages):
    wrong = []
    for width, height in SIZES:
        for user, paths in groupby(pages, itemgetter(0)):
            page = open_as(user, "/settings", width=width, height=height)
            enter_admin(same_browser(page))
            for _, path in paths:
                page.goto(path)
                found = [page.evaluate(asked) for asked in (ROW_HEIGHTS, TOO_WIDE, SHIFTS)]
                if found != [[] if path == NO_TABLE else [24], [], 0]:
                    wrong.append((width, path, *found))
                if path in LISTS and height == 1080:
                    assert page.evaluate(VISIBLE_ROWS) >= 40
    assert wrong == []


TABS = ["", "/notes", "/activity", "/files", "/workflow", "/disposition", "/callback"]


def test_a_folder_stands_still_from_its_first_moment(open_as, ana, make):
    lead = make(LeadFactory, owner=ana)
    make(ContactFactory, facility=lead.facility)
    make(NoteFactory, lead=lead, author=ana, text="They asked\nfor a quote. " * 40)
    page = open_as(ana, "/leads")

    for tab in TABS:
        page.goto(f"/leads/{lead.pk}{tab}")
        assert page.evaluate(SHIFTS) == 0


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

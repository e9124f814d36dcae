"""How dense and how calm the tables are: rows on a screen, nothing wrapped, nothing cut off."""

from datetime import timedelta

import pytest

from backoffice.clock import clock
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

# As long as the longest of the real ones, in words that would like to wrap.
LONG = "UNIVERSITY MEDICAL CENTER AND CHILDREN'S HOSPITAL OF THE GREATER NORTHEAST, INC"

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
        make(LeadFactory)
        make(LeadFactory, owner=ana, facility=facility, status="won", stage="won")


def test_forty_rows_and_more_are_visible(open_as, ana, full_tables):
    for path in ("/leads", "/leads/pool", "/leads/protected", "/clients"):
        page = open_as(ana, path, width=1920, height=1080)

        assert page.evaluate(VISIBLE_ROWS) >= 40
        assert page.evaluate(SHIFTS) == 0


def test_nothing_wraps_or_overflows(open_as, ana, full_tables):
    for path in ("/leads", "/leads/pool", "/leads/protected", "/clients", "/leads?coming=closing"):
        for width in (1920, 1280):
            page = open_as(ana, path, width=width, height=800)

            assert page.evaluate(ROW_HEIGHTS) == [24]
            assert page.evaluate(TOO_WIDE) == []


def test_a_name_that_is_cut_off_is_told_to_whoever_points_at_it(open_as, ana, full_tables):
    page = open_as(ana, "/leads", width=1280, height=800)

    page.locator("tbody th").first.hover()

    assert LONG in page.locator("tbody th").first.get_attribute("title")

"""The dashboard: each number is the length of the list that it opens, at any moment."""

import re
from datetime import timedelta
from itertools import cycle

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from people.models import User
from tests.conftest import HTMX
from tests.factories import LeadFactory

CARD = re.compile(r'<a class="number" href="([^"]+)"><b>([\d,]+)</b> ([^<]+)</a>')
OF_REP = re.compile(r'<td class="end"><a href="([^"]+)" aria-label="([\d,]+) ')
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def cards(browser):
    """Return [(url, number, label)] of the three cards."""
    found = CARD.findall(browser.get("/dashboard").text)
    return [(url.replace("&amp;", "&"), int(number), label) for url, number, label in found]


def numbers(browser):
    return [number for _, number, _ in cards(browser)]


def listed(browser, url):
    """Return how many rows a list has, all pages of it."""
    count = 0
    while url:
        text = browser.get(url).text
        count += len(re.findall(r'<tr id="lead-\d+"', text))
        following = re.search(r'href="([^"]+)" rel="next"', text)
        url = following and following[1].replace("&amp;", "&")
    return count


def now():
    with acting_as(SYSTEM):
        return clock()


@pytest.fixture
def book(make):
    """Leads of a rep whose dates lie all around now, a few of each state: `book(ana)`."""

    def fill(rep, number=48):
        start, standing = now(), cycle([{}] * 5 + [{"held_for": 44 * DAY}, FLAGGED, LOST])
        for place in range(number):
            near = start + (place - number // 3) * 9 * HOUR
            dates = {
                "callback_at": near if place % 3 else None,
                "discovery_on": (start + (place - 12) * 8 * HOUR).date() if place % 4 else None,
                "expected_close_on": (start + (place - 5) * DAY).date() if place % 5 else None,
            }
            how = next(standing)
            if "status" in how:
                dates["callback_at"] = None
            make(LeadFactory, owner=rep, **dates | how)

    return fill


FLAGGED = {"status": "flagged", "protection_left": DAY}
LOST = {"status": "lost", "stage": "lost"}


def expected(rep):
    """Count again, by hand."""
    with acting_as(SYSTEM):
        moment = clock()
        today = moment.astimezone(rep.zone).date()
        monday = today - timedelta(days=today.weekday())
        held = Lead.objects.filter(owner=rep, status="open", protected_until__gt=moment)
        rows = list(held.values_list("callback_at", "discovery_on", "expected_close_on"))
    weeks = [at and at.astimezone(rep.zone).date() for at, _, _ in rows]
    return [
        sum(day is not None and monday <= day < monday + 7 * DAY for day in weeks),
        sum(day is not None and today <= day <= today + 7 * DAY for _, day, _ in rows),
        sum(day is not None and today <= day <= today + 30 * DAY for _, _, day in rows),
    ]


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_each_number_is_the_length_of_the_list_that_it_opens(
    ana, signed_in, book, move_clock, zone
):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(time_zone=zone)
    ana.time_zone = zone
    book(ana)
    browser, seen = signed_in(ana), set()

    for hours in (0, 7, 26, 50, 75, 99, 140, 200):
        move_clock(hours * HOUR)
        found = cards(browser)
        assert [number for _, number, _ in found] == expected(ana)
        assert [listed(browser, url) for url, _, _ in found] == expected(ana)
        seen.add(tuple(expected(ana)))
    assert len(seen) > 4


def test_a_manager_reads_the_same_of_each_rep(cast, signed_in, book):
    book(cast.ana)
    book(cast.ben, 20)
    with acting_as(SYSTEM):
        User.objects.filter(pk=cast.ben.pk).update(time_zone="Asia/Tokyo")
    cast.ben.time_zone = "Asia/Tokyo"
    browser = signed_in(cast.cleo)

    found = OF_REP.findall(browser.get("/dashboard").text)

    assert [int(number) for _, number in found] == [*expected(cast.ana), *expected(cast.ben)]
    for url, number in found:
        assert listed(browser, url.replace("&amp;", "&")) == int(number)
    assert "Coming up for each rep" not in signed_in(cast.ana).get("/dashboard").text


def test_nothing_of_another_team_is_counted(cast, signed_in, book):
    book(cast.dora)

    text = signed_in(cast.cleo).get("/dashboard").text

    assert "Dora" not in text
    assert numbers(signed_in(cast.cleo)) == [0, 0, 0]
    assert sum(numbers(signed_in(cast.dora))) > 0


def test_an_own_outcome_counts_at_once(ana, signed_in, make):
    lead = make(LeadFactory, owner=ana)
    browser = signed_in(ana)
    before = browser.get("/dashboard/cards").text
    known = re.search(r"known=(\w+)", before)[1]
    assert browser.get(f"/dashboard/cards?known={known}").status_code == 204

    slot = now().replace(minute=0, second=0, microsecond=0) + 2 * HOUR
    said = {"outcome": "callback", "version": 1, "slot": slot.isoformat()}
    here = {"HX-Current-URL": "http://testserver/dashboard"}
    response = browser.post(f"/leads/{lead.pk}/disposition", said, headers=HTMX | here)

    # The list is redrawn where it stands, and the event tells the numbers to look again.
    assert "dispositioned" in response.headers["HX-Trigger-After-Swap"]
    assert f'<tr id="lead-{lead.pk}" data-band="scheduled">' in response.text
    after = browser.get(f"/dashboard/cards?known={known}")
    assert (after.status_code, numbers(browser)[0]) == (200, expected(ana)[0])


def known_of(page):
    return re.search(r"cards\?known=(\w+)", page.text)[1]


def test_an_open_page_hears_of_time_passing_and_of_what_is_done_to_each_rep(
    cast, signed_in, make, move_clock
):
    """What open pages ask every 19 s is answered with the numbers whenever one has changed."""
    lead = make(LeadFactory, owner=cast.ana, discovery_on=now().date() + 9 * DAY)
    for browser in (signed_in(cast.ana), signed_in(cast.cleo)):
        known = known_of(browser.get("/dashboard"))
        assert browser.get(f"/dashboard/cards?known={known}").status_code == 204

        with acting_as(SYSTEM):
            Lead.objects.filter(pk=lead.pk).update(expected_close_on=now().date() + DAY)
        of_others = browser.get(f"/dashboard/cards?known={known}")
        assert of_others.status_code == 200
        move_clock(4 * DAY)
        later = browser.get(f"/dashboard/cards?known={known_of(of_others)}")
        assert later.status_code == 200
        anas = OF_REP.findall(later.text) or CARD.findall(later.text)
        assert [each[1] for each in anas[:3]] == ["0", "1", "0"]

        with acting_as(SYSTEM):
            Lead.objects.filter(pk=lead.pk).update(expected_close_on=None)
        move_clock(0 * DAY)


def test_the_dashboard_shows_the_queue_and_narrows_it_in_place(ana, signed_in, make):
    lead = make(LeadFactory, owner=ana)
    browser = signed_in(ana)

    text = browser.get("/dashboard?band=fresh").text
    part = browser.get("/dashboard?band=hot", headers=HTMX).text

    assert f'<tr id="lead-{lead.pk}" data-band="fresh">' in text
    assert 'href="/dashboard?band=hot"' in text
    assert "numbers" not in part
    assert "<tr id=" not in part


def test_it_takes_eight_queries_at_most_however_many_reps(cast, signed_in, book):
    book(cast.ana)

    assert queries(signed_in(cast.ana)) <= 8
    assert queries(signed_in(cast.cleo)) <= 8


def queries(browser):
    """Count them as the benchmark does; savepoints are the test's own transaction."""
    browser.get("/dashboard")
    with CaptureQueriesContext(connection) as captured:
        browser.get("/dashboard")
    ours = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    return len([sql for sql in ours if "set_config" not in sql])


def test_a_filter_that_is_none_narrows_nothing(ana, signed_in, make):
    make(LeadFactory, owner=ana)

    assert listed(signed_in(ana), "/leads?coming=nonsense") == 1

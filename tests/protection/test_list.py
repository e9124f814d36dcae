"""The protection list: public to everybody who works here, and the same on page and in CSV."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice import csv_export
from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from history.models import Event
from leads.models import Lead
from people.models import Policy
from protection.left import days_left
from protection.models import Window
from protection.window import window_end
from tests.conftest import HTMX, make_user
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

HEADER = ["Facility", "City", "State", "Opportunity", "Owner", "Protected until", "Days left"]
DAY, SECOND, TICK = timedelta(days=1), timedelta(seconds=1), timedelta(microseconds=1)
CAST = ["ana", "ben", "cleo", "dora", "eli", "sol", "ada"]


@pytest.fixture
def protect(cast, make):
    """Give a lead to somebody with so much time left."""

    def lead(owner, left=30 * DAY, **facility):
        with acting_as(SYSTEM):
            until = window_end(clock(), left.days) + (left - left.days * DAY)
        opportunity = facility.pop("opportunity", "CS")
        facility = make(FacilityFactory, **facility)
        return make(
            LeadFactory,
            owner=owner,
            facility=facility,
            opportunity=opportunity,
            protected_until=until,
            owned_at=until - 45 * DAY,
        )

    return lead


def listed(response):
    """Return the ids of a page's rows, in order."""
    return [int(pk) for pk in re.findall(r'<tr id="lead-(\d+)"', response.text)]


def every_page(browser, url):
    """Return the ids of all pages, by following the link to the next."""
    found = []
    while url:
        page = browser.get(url)
        found += listed(page)
        link = re.search(r'href="([^"]+)" rel="next"', page.text)
        url = link and link[1].replace("&amp;", "&")
    return found


def exported(browser, url="/leads/protected.csv"):
    """Return the rows of the CSV as dicts."""
    response = browser.get(url)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def events(kind="exported"):
    with acting_as(SYSTEM):
        return list(Event.objects.filter(kind=kind).order_by("id"))


# --- who and what -------------------------------------------------------------


@pytest.mark.parametrize("viewer", CAST)
def test_everybody_reads_the_same_list(cast, signed_in, protect, viewer):
    leads = [protect(cast.ana), protect(cast.dora, 20 * DAY, state="TX")]
    browser = signed_in(getattr(cast, viewer))

    assert listed(browser.get("/leads/protected")) == [leads[1].pk, leads[0].pk]
    assert [row["Owner"] for row in exported(browser)] == ["Dora", "Ana"]


def test_strangers_read_nothing(client, db):
    for url in ("/leads/protected", "/leads/protected.csv"):
        assert client.get(url).headers["Location"] == f"/login?next={url}"


def test_a_row_shows_the_public_columns_and_no_other(ana, dora, signed_in, make, protect):
    lead = protect(ana, name="Mercy Hospital", city="Albany", phone="+15185550123")
    make(ContactFactory, facility=lead.facility, name="Grace Holloway", phone="+15185550177")
    browser = signed_in(dora)

    page = browser.get("/leads/protected").text
    [row] = exported(browser)

    shown = re.sub("<[^>]+>", "|", re.search("<tbody>(.*?)</tbody>", page, re.DOTALL)[1])
    until = f"{lead.protected_until.astimezone(dora.zone):%a %-d %b %Y, %H:%M %Z}"
    assert [cell for cell in shown.replace("\n", "").split("|") if cell.strip()] == [
        *("Mercy Hospital", "Albany", "NY", "CS", "Ana", until, "30 d")
    ]
    assert list(row) == HEADER
    for secret in ("Grace", "5550123", "5550177", "555-0123"):
        assert secret not in page + str(row)


def test_only_those_who_see_the_lead_can_open_it(ana, dora, cleo, sol, signed_in, protect):
    lead = protect(ana)
    link = f'href="/leads/{lead.pk}"'

    assert link in signed_in(ana).get("/leads/protected").text
    assert link in signed_in(cleo).get("/leads/protected").text
    assert link in signed_in(sol).get("/leads/protected").text
    assert link not in signed_in(dora).get("/leads/protected").text


def test_the_list_follows_every_change_of_a_lead(ana, ben, cleo, signed_in, make, protect):
    lead = protect(ana)
    browser = signed_in(ben)
    signed_in(ana).post(
        f"/leads/{lead.pk}/release", {"why": "Closed for good", "version": lead.version}
    )
    assert listed(browser.get("/leads/protected")) == []

    browser.post(f"/leads/{lead.pk}/claim")
    assert [row["Owner"] for row in exported(browser)] == ["Ben"]

    with acting_as(SYSTEM):
        Lead.objects.filter(pk=lead.pk).update(
            status="flagged", protected_until=None, protection_left=9 * DAY
        )
    assert listed(browser.get("/leads/protected")) == []


# --- filters ------------------------------------------------------------------


def test_filters_and_all_their_combinations_show_what_they_say(cast, signed_in, protect):
    random = Random(4)
    for _ in range(40):
        left = random.choice([SECOND, 6 * DAY, 7 * DAY - TICK, 7 * DAY + TICK, 8 * DAY, 40 * DAY])
        state, opportunity = random.choice(["NY", "MA", "TX"]), random.choice(["CS", "BMD"])
        owner = random.choice([cast.ana, cast.ben, cast.dora])
        protect(owner, left, state=state, opportunity=opportunity)
    with acting_as(SYSTEM):
        windows = list(Window.objects.order_by("expires_at", "lead_id"))
        now = clock()
    browser = signed_in(cast.dora)

    for owner, state, opportunity, soon in product(
        ["", cast.ana, cast.dora], ["", "NY", "TX"], ["", "CS", "BMD"], ["", "1"]
    ):
        wanted = [
            window
            for window in windows
            if (not owner or window.owner_id == owner.pk)
            and (not state or window.state == state)
            and (not opportunity or window.opportunity == opportunity)
            and (not soon or days_left(now, window.expires_at) <= 7)
        ]
        query = f"owner={owner and owner.pk}&state={state}&opportunity={opportunity}"
        query += f"&expiring_soon={soon}"
        page = browser.get(f"/leads/protected?{query}")

        assert listed(page) == [window.lead_id for window in wanted], query
        assert [row["Facility"] for row in exported(browser, f"/leads/protected.csv?{query}")] == [
            window.facility_name for window in wanted
        ], query
        lead = "1 lead" if len(wanted) == 1 else f"{len(wanted)} leads"
        assert f'<span class="muted">{lead}</span>' in page.text, query


def test_the_link_to_the_csv_has_the_filters_of_the_page(ana, signed_in, protect):
    protect(ana, 3 * DAY)
    url = f"/leads/protected?owner={ana.pk}&state=NY&opportunity=CS&expiring_soon=1"

    link = re.search(r'<a[^>]*href="([^"]+)"[^>]*>Export CSV</a>', signed_in(ana).get(url).text)

    said = f"owner={ana.pk}&amp;state=NY&amp;opportunity=CS&amp;expiring_soon=1"
    assert link[1] == f"/leads/protected.csv?{said}"


def test_how_soon_is_soon_is_policy(ana, signed_in, protect):
    lead = protect(ana, 10 * DAY)
    browser = signed_in(ana)
    assert listed(browser.get("/leads/protected?expiring_soon=1")) == []

    with acting_as(SYSTEM):
        Policy.objects.update(expiring_soon_days=10)

    page = browser.get("/leads/protected?expiring_soon=1")
    assert listed(page) == [lead.pk]
    assert '<b class="chip soon">10 d</b>' in page.text


@pytest.mark.parametrize(
    "nonsense", ["owner=0", "owner=x", "state=ZZ", "opportunity=1", "expiring_soon=yes", "q=x"]
)
def test_nonsense_narrows_nothing(ana, signed_in, protect, nonsense):
    lead = protect(ana)
    browser = signed_in(ana)

    assert listed(browser.get(f"/leads/protected?{nonsense}")) == [lead.pk]
    assert len(exported(browser, f"/leads/protected.csv?{nonsense}")) == 1


def test_owners_are_those_who_stand_on_the_list(ana, ben, dora, signed_in, protect):
    protect(ana)
    protect(dora, state="TX")

    page = signed_in(ben).get("/leads/protected").text

    assert re.findall(r'<option value="\d+">(\w+)</option>', page) == ["Ana", "Dora"]


# --- pages --------------------------------------------------------------------


def test_paging_walks_every_row_once(ana, signed_in, make):
    with acting_as(SYSTEM):
        now = clock()
    # Many end in the very same moment.
    leads = [
        make(LeadFactory, owner=ana, owned_at=now, protected_until=now + (1 + n % 3) * DAY)
        for n in range(130)
    ]
    expected = [lead.pk for lead in sorted(leads, key=by_end)]
    browser = signed_in(ana)

    assert every_page(browser, "/leads/protected") == expected
    assert [row["Facility"] for row in exported(browser)] == [
        lead.facility.name for lead in sorted(leads, key=by_end)
    ]
    assert every_page(browser, "/leads/protected?expiring_soon=1") == expected


@pytest.mark.parametrize("cursor", ["x", "1~2", "2026-01-01T00:00:00~1", "9999-01-01T00:00Z~1"])
def test_a_page_that_never_was_is_not_found(ana, signed_in, cursor):
    assert signed_in(ana).get(f"/leads/protected?after={cursor}").status_code == 404


def test_the_list_asks_the_database_as_often_for_one_row_as_for_thirty(
    ana, signed_in, protect, django_assert_num_queries
):
    browser = signed_in(ana)
    protect(ana)
    with django_assert_num_queries(queries_of(browser)):
        browser.get("/leads/protected?expiring_soon=")
    for _ in range(29):
        protect(ana)
    with django_assert_num_queries(queries_of(browser)):
        browser.get("/leads/protected")


def by_end(lead):
    return lead.protected_until, lead.pk


def queries_of(browser):
    with CaptureQueriesContext(connection) as queries:
        browser.get("/leads/protected")
    assert len(queries) <= 14
    return len(queries)


def test_htmx_gets_the_list_alone_and_a_tidy_url(ana, signed_in, protect):
    protect(ana)

    response = signed_in(ana).get(
        "/leads/protected?owner=&state=NY&opportunity=", headers=HTMX | {"HX-Trigger": "filters"}
    )

    assert "<html" not in response.text
    assert response.headers["HX-Push-Url"] == "/leads/protected?state=NY"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "No lead is protected"),
        ("?state=MA", "No protected lead is like that"),
        ("?expiring_soon=1", "Nothing runs out soon"),
    ],
)
def test_an_empty_list_says_so(ana, signed_in, query, words):
    assert words in signed_in(ana).get(f"/leads/protected{query}").text


# --- time ---------------------------------------------------------------------


@pytest.mark.parametrize(("ticks", "stands"), [(-1, True), (0, False), (1, False)])
def test_a_window_leaves_the_list_at_the_very_instant(
    ana, dora, signed_in, protect, move_clock, ticks, stands
):
    lead = protect(ana, 45 * DAY)
    with acting_as(SYSTEM):
        move_clock(lead.protected_until - clock() + ticks * TICK)
    browser = signed_in(dora)

    assert len(listed(browser.get("/leads/protected"))) == stands
    assert len(listed(browser.get("/leads/protected?expiring_soon=1"))) == stands
    assert len(exported(browser)) == stands


@pytest.mark.parametrize(
    "left",
    [
        *(45 * DAY, 44 * DAY + TICK, 44 * DAY, 8 * DAY, 7 * DAY + TICK, 7 * DAY, 7 * DAY - TICK),
        *(DAY + TICK, DAY, DAY - TICK, timedelta(hours=1), timedelta(minutes=1), SECOND, TICK),
    ],
    ids=str,
)
def test_chip_card_list_and_csv_agree(ana, signed_in, protect, left):
    lead = protect(ana, left)
    browser = signed_in(ana)
    with acting_as(SYSTEM):
        days = days_left(clock(), lead.protected_until)

    folder = browser.get(f"/leads/{lead.pk}").text
    chips = [
        re.search(r'<b class="chip (\w*)">(\d+ d)</b>', browser.get(url).text).groups()
        for url in ("/leads", "/leads/protected")
    ]
    [row] = exported(browser)

    loud = "last" if days == 1 else "soon" if days <= 7 else ""
    assert chips == [(loud, f"{days} d")] * 2
    assert f"<strong>{days}</strong> day{'' if days == 1 else 's'} left" in folder
    assert f'class="card protection {loud}"' in folder
    assert row["Days left"] == str(days)
    assert (len(listed(browser.get("/leads/protected?expiring_soon=1"))) == 1) == (days <= 7)


# --- CSV ----------------------------------------------------------------------


def test_the_csv_is_what_spreadsheets_expect(ana, signed_in, protect):
    protect(ana, name='St. "Mary\'s", Albany\nNorth Wing — Zürich', city="")

    response = signed_in(ana).get("/leads/protected.csv")
    sent = b"".join(response.streaming_content)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="protected.csv"'
    assert "no-store" in response.headers["Cache-Control"]
    assert sent.startswith(b"\xef\xbb\xbf" + ",".join(HEADER).encode() + b"\r\n")
    assert sent.endswith(b'"\r\n')
    [row] = csv.reader(StringIO(sent.decode("utf-8-sig").partition("\r\n")[2], newline=""))
    assert row[:5] == ['St. "Mary\'s", Albany\nNorth Wing — Zürich', "", "NY", "CS", "Ana"]


def test_it_is_the_same_where_queries_are_watched(ana, signed_in, protect, settings):
    settings.DEBUG = True
    protect(ana)

    assert len(exported(signed_in(ana))) == 1


def test_an_empty_csv_still_has_its_header(ana, signed_in):
    response = signed_in(ana).get("/leads/protected.csv")

    assert b"".join(response.streaming_content).decode("utf-8-sig") == ",".join(HEADER) + "\r\n"


@pytest.mark.parametrize(
    "zone", ["America/New_York", "America/Los_Angeles", "Asia/Kolkata", "America/St_Johns", "UTC"]
)
@pytest.mark.parametrize(
    "until", ["2027-03-14T06:59:59", "2027-03-14T07:00:00", "2027-11-07T05:30"]
)
def test_instants_are_said_with_their_offset_there(cast, signed_in, zone, until):
    with acting_as(SYSTEM):
        pia = make_user("Pia", "inside_rep")
        pia.time_zone = zone
        pia.save()
        until = datetime.fromisoformat(until).replace(tzinfo=UTC)
        LeadFactory(owner=pia, protected_until=until)

    [row] = exported(signed_in(pia))

    assert row["Protected until"] == until.astimezone(ZoneInfo(zone)).isoformat()


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1", "＋1", "－1", "＠A"]
BLANKS = ["", " ", "   ", "\t", "\r", "\n", " \t\n", "\u00a0", "\u3000", "\u200b", "\ufeff"]
HARMLESS = ["Mercy", "1-800", "a=b", "'quoted'", "St. John's - North", "(+1)", "#1", "ＡＢ"]


def test_no_cell_is_a_formula(ana, signed_in, protect):
    evil = [blank + formula for blank in BLANKS for formula in FORMULAS]
    evil += ["\tMercy", "\rMercy", "\nMercy", "'=1", "''+1"]
    for n, name in enumerate([*evil, *HARMLESS]):
        protect(ana, 30 * DAY + n * SECOND, name=name, city=name)

    rows = exported(signed_in(ana))

    assert [row["Facility"] for row in rows] == [f"'{name}" for name in evil] + HARMLESS
    assert [row["City"] for row in rows] == [f"'{name}" for name in evil] + HARMLESS
    assert [csv_export.restored(row["City"]) for row in rows] == evil + HARMLESS


def test_owners_names_are_defused_too(cast, signed_in, protect):
    with acting_as(SYSTEM):
        protect(make_user("=Eve", "inside_rep"))
        reader = make_user("Rob", "inside_rep")

    assert [row["Owner"] for row in exported(signed_in(reader))] == ["'=Eve"]


# --- who took it along ----------------------------------------------------------


@pytest.mark.parametrize("viewer", CAST)
def test_history_keeps_who_exported_what(cast, signed_in, protect, viewer):
    user = getattr(cast, viewer)
    for _ in range(3):
        protect(cast.ana)
    protect(cast.dora, state="TX")

    exported(signed_in(user), "/leads/protected.csv?state=NY")

    [event] = events()
    assert (event.actor, event.person, event.lead) == (user, user, None)
    assert event.sentence == f"{user.name} exported 3 rows of the protection list."
    assert event.detail == {"filters": {"state": "NY"}, "rows": 3, "whole": True}


def test_an_export_that_is_broken_off_is_written_down_too(
    transactional_db, ana, signed_in, protect, monkeypatch
):
    monkeypatch.setattr(csv_export, "LINES_AT_ONCE", 2)
    for _ in range(5):
        protect(ana)
    response = signed_in(ana).get("/leads/protected.csv")
    chunks = iter(response.streaming_content)
    # The header, then the first rows.
    next(chunks), next(chunks)
    response.close()

    [event] = events()
    assert event.detail == {"filters": {}, "rows": 2, "whole": False}
    assert event.sentence.endswith("It was broken off.")


def test_reading_the_page_is_no_export(ana, signed_in, protect):
    protect(ana)
    signed_in(ana).get("/leads/protected")

    assert events() == []

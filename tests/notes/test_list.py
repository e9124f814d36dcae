"""The list of notes and its CSV: the same filters, the same rows."""

import csv
import re
from datetime import datetime, timedelta
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
from notes import lists
from notes.models import Note, Tier
from tests.conftest import HTMX
from tests.factories import FacilityFactory, LeadFactory
from tests.notes.conftest import every_page, exported, listed
from tests.protection.test_list import BLANKS, FORMULAS, HARMLESS

HEADER = ["Written at", "Author", "Subject type", "Subject", "Visibility", "Note"]
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def now():
    with acting_as(SYSTEM):
        return clock()


# --- filters ------------------------------------------------------------------


def test_filters_and_all_their_combinations_show_what_they_say(cast, lead, signed_in, note):
    random, moment = Random(8), now()
    with acting_as(SYSTEM):
        client = LeadFactory(owner=cast.ana, status="won", stage="won").facility.client
    for _ in range(60):
        on = random.choice([{"lead": lead}, {"client": client}, {"person": cast.ana}])
        note(
            random.choice([cast.ana, cast.ben, cast.cleo, cast.ada]),
            **on,
            tier=random.choice(Tier.values),
            written_at=moment - random.choice([0.2, 6, 8, 29, 31, 89, 91]) * DAY,
        )
    with acting_as(cast.cleo):
        seen = list(Note.objects.newest_first().select_related("author"))
    browser = signed_in(cast.cleo)
    reach = {"": 7, "month": 30, "quarter": 90}

    for span, subject, author, tier in product(
        reach, ["", "lead", "client", "user"], ["", "mine", "team"], ["", "shared", "management"]
    ):
        wanted = [
            note
            for note in seen
            if note.written_at > moment - reach[span] * DAY
            and (not subject or note.subject_type.lower() == subject)
            and (author != "mine" or note.author == cast.cleo)
            and (author != "team" or note.author.team_id == cast.north.pk)
            and (not tier or Tier(note.tier).word == tier)
        ]
        query = f"?range={span}&subject={subject}&author={author}&tier={tier}"
        page = browser.get(f"/notes{query}")

        assert listed(page) == [note.pk for note in wanted], query
        assert [row["Note"] for row in exported(browser, query)] == [
            note.text for note in wanted
        ], query
        size = "1 note" if len(wanted) == 1 else f"{len(wanted)} notes"
        assert f'<span class="muted">{size}</span>' in page.text, query


@pytest.mark.parametrize(
    ("query", "reach"), [("", 7), ("?range=month", 30), ("?range=quarter", 90)]
)
def test_a_range_ends_at_the_very_instant(ana, lead, signed_in, note, query, reach):
    edge = now() - reach * DAY
    inside = note(ana, lead=lead, written_at=edge + TICK)
    note(ana, lead=lead, written_at=edge)

    assert listed(signed_in(ana).get(f"/notes{query}")) == [inside.pk]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "America/Santiago"])
def test_days_are_those_of_the_readers_calendar(ana, lead, signed_in, note, zone):
    with acting_as(SYSTEM):
        ana.time_zone = zone
        ana.save()
    # Both days on which clocks change are among them.
    for month in (3, 4, 9, 11):
        first = datetime(2026, month, 1, tzinfo=ZoneInfo(zone))
        last = datetime(2026, month, 16, tzinfo=ZoneInfo(zone))
        written = [
            note(ana, lead=lead, written_at=at).pk
            for at in (last, last - TICK, first, first - TICK)
        ]

        query = f"?since=2026-{month:02}-01&until=2026-{month:02}-15"
        assert listed(signed_in(ana).get(f"/notes{query}")) == written[1:3]
        assert len(exported(signed_in(ana), query)) == 2
        with acting_as(SYSTEM):
            Note.objects.all().delete()


def test_one_end_of_the_days_may_be_left_open(ana, lead, signed_in, note):
    old = note(ana, lead=lead, written_at=now() - 400 * DAY)
    new = note(ana, lead=lead)
    middle = (now() - 100 * DAY).date()
    browser = signed_in(ana)

    assert listed(browser.get(f"/notes?since={middle}")) == [new.pk]
    assert listed(browser.get(f"/notes?until={middle}")) == [old.pk]
    # They take the place of a range.
    assert listed(browser.get(f"/notes?range=month&until={middle}")) == [old.pk]


@pytest.mark.parametrize(
    "nonsense",
    [
        "range=year",
        "since=x",
        "until=2026-13-01",
        "since=0001-01-01",
        "until=9999-12-31",
        "subject=facility",
        "author=7",
        "tier=0",
        "q=x",
        "author__password=x",
        "since=2026-01-01%00",
    ],
)
def test_nonsense_narrows_nothing(ana, lead, signed_in, note, nonsense):
    written = note(ana, lead=lead)
    browser = signed_in(ana)

    assert listed(browser.get(f"/notes?{nonsense}")) == [written.pk]
    assert len(exported(browser, f"?{nonsense}")) == 1


def test_who_has_no_team_is_not_offered_it(sol, cleo, signed_in):
    assert 'value="team"' in signed_in(cleo).get("/notes").text
    assert 'value="team"' not in signed_in(sol).get("/notes").text


def test_quick_ranges_keep_the_other_filters(ana, lead, signed_in):
    page = signed_in(ana).get("/notes?author=mine&since=2026-01-01").text

    links = re.search('<nav class="bands ranges".*?</nav>', page, re.DOTALL)[0]
    assert re.findall('href="([^"]+)"', links) == [
        "/notes?author=mine",
        "/notes?author=mine&amp;range=month",
        "/notes?author=mine&amp;range=quarter",
    ]
    assert "aria-current" not in links
    here = signed_in(ana).get("/notes?range=month").text
    assert '<a href="/notes?range=month" aria-current="page">Month</a>' in here
    assert '<input type="hidden" name="range" value="month">' in here


def test_the_link_to_the_csv_has_the_filters_of_the_page(ana, signed_in):
    query = "range=month&subject=lead&author=mine&tier=shared"

    page = signed_in(ana).get(f"/notes?{query}").text

    link = re.search(r'<a[^>]*href="([^"]+)"[^>]*>Export CSV</a>', page)
    assert link[1] == f"/notes.csv?{query}".replace("&", "&amp;")


# --- pages --------------------------------------------------------------------


def test_paging_walks_every_note_once(ana, lead, signed_in, note):
    moment = now()
    # Many were written in the very same moment.
    written = [note(ana, lead=lead, written_at=moment - n % 3 * DAY) for n in range(130)]
    expected = sorted(written, key=lambda note: (note.written_at, note.pk), reverse=True)
    browser = signed_in(ana)

    assert every_page(browser, "/notes") == [note.pk for note in expected]
    assert [row["Note"] for row in exported(browser)] == [note.text for note in expected]


@pytest.mark.parametrize("cursor", ["x", "1~2", "2026-01-01T00:00:00~1", "9999-01-01T00:00Z~1"])
def test_a_page_that_never_was_is_not_found(ana, signed_in, cursor):
    assert signed_in(ana).get(f"/notes?after={cursor}").status_code == 404


def test_counting_stops_where_nobody_reads_on(ana, lead, signed_in, note, monkeypatch):
    monkeypatch.setattr(lists, "COUNT_UP_TO", 3)
    monkeypatch.setattr("notes.pages.COUNT_UP_TO", 3)
    browser = signed_in(ana)
    for shown in ("1 note", "2 notes", "3 notes", "more than 3 notes", "more than 3 notes"):
        note(ana, lead=lead)
        assert f'<span class="muted">{shown}</span>' in browser.get("/notes").text


def test_the_list_asks_the_database_as_often_for_one_note_as_for_thirty(
    cast, make, lead, signed_in, note
):
    browser = signed_in(cast.cleo)
    note(cast.ana, lead=lead)
    note(cast.ana, person=cast.ben)
    few = queries_of(browser)
    for _ in range(15):
        note(cast.ana, lead=make(LeadFactory, owner=cast.ben))
        note(cast.ada, person=cast.ana)

    assert queries_of(browser) == few <= 14


def queries_of(browser):
    browser.get("/notes")
    with CaptureQueriesContext(connection) as queries:
        browser.get("/notes")
    return len(queries)


def test_htmx_gets_the_list_alone_and_a_tidy_url(ana, signed_in):
    response = signed_in(ana).get(
        "/notes?range=&subject=&author=mine&tier=&since=", headers=HTMX | {"HX-Trigger": "filters"}
    )

    assert "<html" not in response.text
    assert response.headers["HX-Push-Url"] == "/notes?author=mine"


def test_an_open_list_looks_again_by_itself(ana, lead, signed_in, note):
    note(ana, lead=lead)

    page = signed_in(ana).get("/notes?author=mine").text

    assert 'data-refreshes hx-get="/notes?author=mine" hx-trigger="stale,' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "No note in this time"),
        ("?range=quarter", "No note in the last quarter"),
        ("?author=mine", "No note is like that"),
    ],
)
def test_an_empty_list_says_so(ana, signed_in, query, words):
    assert words in signed_in(ana).get(f"/notes{query}").text


def test_a_row_is_one_click_away_from_its_subject(cast, lead, signed_in, note):
    note(cast.ana, lead=lead)
    note(cast.sol, person=cast.ana)

    page = signed_in(cast.ana).get("/notes").text

    assert f'<th scope="row"><a href="/leads/{lead.pk}">{lead.facility.name}</a></th>' in page
    assert f'<th scope="row"><a href="/people/{cast.ana.pk}/notes">Ana</a></th>' in page


# --- CSV ----------------------------------------------------------------------


def test_the_csv_is_what_spreadsheets_expect(cast, make, signed_in, note):
    facility = make(FacilityFactory, name='St. "Mary\'s", Albany')
    lead = make(LeadFactory, owner=cast.ana, facility=facility)
    at = datetime(2026, 11, 20, 15, 14, 3, tzinfo=ZoneInfo("UTC"))
    note(cast.ben, lead=lead, tier=Tier.SENIOR_MANAGEMENT, text='Said "no",\nthen', written_at=at)
    note(cast.ada, person=cast.ana, written_at=at - DAY, text="Zürich — 名")

    response = signed_in(cast.ada).get("/notes.csv?since=2026-11-01")
    sent = b"".join(response.streaming_content)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="notes.csv"'
    assert sent.startswith(b"\xef\xbb\xbf" + ",".join(HEADER).encode() + b"\r\n")
    text = sent.decode("utf-8-sig").partition("\r\n")[2]
    assert list(csv.reader(StringIO(text, newline=""))) == [
        [
            "2026-11-20T10:14:03-05:00",
            "Ben",
            "Lead",
            'St. "Mary\'s", Albany',
            "Senior management",
            'Said "no",\nthen',
        ],
        ["2026-11-19T10:14:03-05:00", "Ada", "User", "Ana", "Shared", "Zürich — 名"],
    ]


def test_no_cell_is_a_formula(ana, make, signed_in, note):
    evil = [blank + formula for blank in BLANKS for formula in FORMULAS]
    for name in [*evil, *HARMLESS]:
        facility = make(FacilityFactory, name=name)
        note(ana, lead=make(LeadFactory, owner=ana, facility=facility), text=name)

    rows = exported(signed_in(ana))[::-1]

    defused = [f"'{name}" for name in evil] + HARMLESS
    assert [row["Note"] for row in rows] == defused
    assert [row["Subject"] for row in rows] == defused
    assert [csv_export.restored(row["Note"]) for row in rows] == evil + HARMLESS


def test_an_empty_csv_still_has_its_header(ana, signed_in):
    response = signed_in(ana).get("/notes.csv")

    assert b"".join(response.streaming_content).decode("utf-8-sig") == ",".join(HEADER) + "\r\n"


def test_history_keeps_who_exported_what(cast, lead, signed_in, note):
    for tier in Tier:
        note(cast.ada, lead=lead, tier=tier)

    exported(signed_in(cast.cleo), "?subject=lead&since=2026-01-01")

    [event] = exports()
    assert (event.actor, event.person, event.lead) == (cast.cleo, cast.cleo, None)
    assert event.sentence == "Cleo exported 2 notes."
    filters = {"subject": "lead", "since": "2026-01-01"}
    assert event.detail == {"filters": filters, "rows": 2, "whole": True}


def test_history_says_of_how_long_the_notes_of_an_export_are(ana, lead, signed_in, note):
    note(ana, lead=lead)
    for query in ("", "?range=month"):
        exported(signed_in(ana), query)

    assert [event.detail["filters"] for event in exports()] == [
        {"range": "7 days"},
        {"range": "month"},
    ]
    assert [event.sentence for event in exports()] == ["Ana exported 1 note."] * 2


def test_an_export_that_is_broken_off_is_written_down_too(
    transactional_db, ana, lead, signed_in, note, monkeypatch
):
    monkeypatch.setattr(csv_export, "LINES_AT_ONCE", 2)
    for _ in range(5):
        note(ana, lead=lead)
    response = signed_in(ana).get("/notes.csv")
    chunks = iter(response.streaming_content)
    next(chunks), next(chunks)
    response.close()

    [event] = exports()
    assert (event.detail["rows"], event.detail["whole"]) == (2, False)


def test_history_knows_of_an_export_before_anything_of_it_leaves(ana, lead, signed_in, note):
    """Who kills the process half-way has a part of the notes all the same."""
    note(ana, lead=lead)
    response = signed_in(ana).get("/notes.csv?range=month")
    chunks = iter(response.streaming_content)
    next(chunks)

    with acting_as(SYSTEM):
        event = Event.objects.get(kind="exported")
    assert (event.actor, event.person) == (ana, ana)
    assert event.sentence == "Ana began to export notes."
    assert event.detail == {"filters": {"range": "month"}}
    response.close()


def exports():
    """Return the events of exports that have come to an end."""
    with acting_as(SYSTEM):
        ended = Event.objects.filter(kind="exported", detail__has_key="rows")
        return list(ended.order_by("pk"))

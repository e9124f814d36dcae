"""The audit page: one list of events, field changes and sign-ins, narrowed to a question."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as, joined_by
from bulk.models import BulkAction
from history.actions import record
from history.models import Access, Event
from leads.models import Facility
from people.models import Policy
from tests.factories import LeadFactory


@pytest.fixture
def audit(in_admin, ada):
    """What the page lists for a query: `audit("?kind=exported")`."""
    browser = in_admin(ada)

    def ask(query=""):
        text = browser.get(f"/admin/audit{query}").text
        found = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", text, re.S)
        return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in found]

    return ask


def told(rows):
    """Without when it was."""
    return [re.sub(r"^\w+ \d+ \w+ \d+, [\d:]+ ", "", row) for row in rows]


@pytest.fixture
def leads(cast, make):
    return [make(LeadFactory, owner=cast.ana) for _ in range(3)]


def moved(leads, by):
    """Write down that `by` moved some leads at once; return the id of it."""
    bulk = uuid4()
    with acting_as(by):
        for lead in leads:
            record(
                Event.Kind.REASSIGNED, "Given to Ben.", by=by, lead=lead, why="Leave", bulk_id=bulk
            )
    return bulk


def test_who_moved_these_leads(audit, signed_in, cast, leads):
    said = {"deed": "reassign", "lead": [lead.pk for lead in leads[:2]], "to": cast.ben.pk}
    signed_in(cast.cleo).post("/leads/bulk", said | {"why": "Leave"})
    numbers = ",".join(str(lead.pk) for lead in leads)

    what = "Cleo Reassigned Cleo reassigned the lead to Ben. Leave"
    lines = [f"{what} {lead.pk} All of it" for lead in leads[:2]]
    assert told(audit(f"?leads={numbers}&kind=reassigned")) == lines[::-1]
    with acting_as(SYSTEM):
        bulk = BulkAction.objects.get()
    assert told(audit(f"?bulk={bulk.pk}&kind=reassigned")) == lines[::-1]


def test_what_somebody_exported_last_week(audit, signed_in, cast, move_clock):
    with acting_as(SYSTEM):
        today = clock().astimezone(cast.ada.zone).date()
    for days_ago in (14, 7, 0):
        move_clock(timedelta(days=-days_ago))
        signed_in(cast.ben).get("/notes.csv").getvalue()
        signed_in(cast.ana).get("/notes.csv").getvalue()

    asked = f"?actor={cast.ben.pk}&kind=exported"
    since, until = today - timedelta(days=8), today - timedelta(days=6)
    assert len(audit(asked)) == 6
    rows = audit(f"{asked}&since={since}&until={until}")
    last_week = today - timedelta(days=7)
    for row in rows:
        assert row.startswith(f"{last_week:%a} {last_week.day} {last_week:%b %Y}, ")
    assert told(rows) == [
        "Ben Exported Ben exported 0 notes.",
        "Ben Exported Ben began to export notes.",
    ]


def test_who_was_turned_away_from_a_lead(audit, signed_in, dora, leads):
    signed_in(dora).get(f"/leads/{leads[0].pk}")

    assert told(audit(f"?leads={leads[0].pk}&kind=denied")) == [
        f"Dora Denied GET /leads/{leads[0].pk} was answered 404 from 127.0.0.1. {leads[0].pk}"
    ]


def test_it_says_that_looking_leaves_no_trace(in_admin, ada, leads):
    page = in_admin(ada).get(f"/admin/audit?leads={leads[0].pk}").text

    assert "Who only looked at a lead is not written down" in page
    assert f'href="/leads/{leads[0].pk}/sight"' in page


def test_what_changed_of_a_facility_and_of_the_policy(audit, ana, leads):
    bulk = uuid4()
    with acting_as(SYSTEM):
        joined_by(bulk, by=ana)
        Facility.objects.filter(pk=leads[0].facility_id).update(city="Troy")
        Policy.objects.update(fresh_hours=2)

    assert told(audit(f"?bulk={bulk}")) == [
        "Ana Field changed Ana changed the policy. fresh hours 24 → 2 All of it",
        "Ana Field changed Ana changed the facility. "
        f"{leads[0].facility} city Albany → Troy All of it",
    ]


def test_pages_follow_each_other_without_a_gap(in_admin, ada, cast, leads):
    with acting_as(SYSTEM):
        for number in range(120):
            record(Event.Kind.CREATED, f"Number {number}.", by=SYSTEM, lead=leads[0])
    browser, url, seen = in_admin(ada), "/admin/audit?kind=created", []
    while url:
        text = browser.get(url).text
        seen += re.findall(r"Number (\d+)\.", text)
        following = re.search(r'href="([^"]*)" rel="next"', text)
        url = following and following[1].replace("&amp;", "&")

    assert seen == [str(number) for number in range(119, -1, -1)]


NOON = datetime(2030, 1, 2, 12, tzinfo=UTC)


def overlapping(lead, *, number):
    """Write a short deed, then what a long transaction wrote, which had begun before it."""
    with acting_as(SYSTEM):
        short = Event(at=NOON + timedelta(seconds=5), kind="created", sentence="Short.", lead=lead)
        long = [Event(at=NOON, kind="created", sentence="Long.", lead=lead) for _ in range(number)]
        for event in [short, *long]:
            event.actor_id, event.actor_name = SYSTEM.pk, SYSTEM.name
            event.save()


def test_what_a_long_transaction_wrote_is_on_one_page_too(in_admin, ada, leads):
    overlapping(leads[0], number=50)
    browser = in_admin(ada)

    first = browser.get("/admin/audit?kind=created").text
    following = re.search(r'href="([^"]*)" rel="next"', first)[1].replace("&amp;", "&")
    said = re.findall(r"(Long|Short)\.", first + browser.get(following).text)

    assert sorted(said) == ["Long"] * 50 + ["Short"]


def test_a_day_begins_with_all_of_its_transactions(audit, leads):
    overlapping(leads[0], number=1)

    assert len(audit("?kind=created&since=2030-01-02")) == 2


def test_days_narrow_it(audit, cast, leads):
    moved(leads[:1], cast.cleo)

    assert audit("?kind=reassigned&since=2020-01-01&until=2099-01-01") != []
    assert audit("?kind=reassigned&until=2020-01-01") == []
    assert audit("?kind=reassigned&since=2099-01-01") == []


NONSENSE = {
    "leads=7;8": "Leads are numbers, as in 7, 8.",
    f"leads={'7,' * 201}": "Ask for 200 leads at a time.",
    "leads=" + "9" * 19: "Leads are numbers, as in 7, 8.",
    "bulk=3f2a": "That is not the id of a bulk action.",
    "actor=0": "Select a valid choice",
    "person=x": "Select a valid choice",
    "kind=nothing": "Select a valid choice",
    "since=2030-02-31": "Enter a valid date.",
}


def test_what_makes_no_sense_is_an_error_and_shows_nothing(in_admin, ada, cast, leads):
    moved(leads, cast.cleo)
    browser = in_admin(ada)
    for query, said in NONSENSE.items():
        for page in ("audit", "audit.csv"):
            response = browser.get(f"/admin/{page}?{query}")
            assert response.status_code == 422, (page, query)
            assert said in response.text, (page, query)
            assert "Given to Ben." not in response.text, (page, query)
    with acting_as(SYSTEM):
        assert not Event.objects.filter(kind="exported").exists()


def test_the_csv_is_what_the_filters_show_and_is_written_down(in_admin, ada, cast, leads):
    bulk = moved(leads[:2], cast.cleo)

    response = in_admin(ada).get(f"/admin/audit.csv?bulk={bulk}")

    header, *rows = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    assert header == [
        "At",
        "Who",
        "Kind",
        "What",
        "Why",
        "Lead",
        "Fields",
        "Bulk action",
        "Address",
    ]
    assert sorted(row[1:8] for row in rows) == sorted(
        ["Cleo", "reassigned", "Given to Ben.", "Leave", str(lead.pk), "", str(bulk)]
        for lead in leads[:2]
    )
    with acting_as(SYSTEM):
        assert str(Event.objects.get(kind="exported")) == "Ada exported 2 lines of the audit."


def test_the_csv_of_everything_holds_all_three(in_admin, ada, cast, leads):
    response = in_admin(ada).get("/admin/audit.csv")

    kinds = {row[2] for row in csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))}
    assert kinds >= {"field_changed", Access.Kind.SIGNED_IN}

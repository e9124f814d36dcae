"""The call queue as a list: pages, filters, counts, and what it costs."""

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.actions import reassign_lead
from leads.models import Lead
from leads.queue import BAND_NAMES, PAGE, Cursor, QueueFilters, queue_page
from people.models import OpportunityType
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EPOCH = 0.0


def many_leads(owner, number, **facts):
    """Make that many leads of one owner at one go; return them."""
    with acting_as(SYSTEM):
        template = LeadFactory(owner=owner, **facts)
        kinds = [template]
        facilities = [FacilityFactory.build() for _ in range(number - 1)]
        for facility in type(template.facility).objects.bulk_create(facilities):
            lead = Lead.objects.get(pk=template.pk)
            lead.pk, lead.facility, lead._state.adding = None, facility, True
            kinds.append(lead)
        return [template, *Lead.objects.bulk_create(kinds[1:])]


def walk(rep, filters=None, between=lambda: None, viewer=None):
    """Return the rows of every page, as a browser asks for them; `between` happens in between."""
    rows, after = [], None
    while True:
        with acting_as(viewer or rep):
            page = queue_page(rep, filters or QueueFilters(), after)
        assert len(page.rows) <= PAGE
        rows += page.rows
        if page.next is None:
            return rows
        after = Cursor.parse(str(page.next))
        between()


# --- a plain model of bands and order, to compare with ------------------------


def scatter(leads, seed):
    """Give the leads random facts, near the boundaries more often than not."""
    chance = random.Random(seed)
    now = clock()
    edges = [timedelta(0), timedelta(microseconds=1), HOUR, DAY, 14 * DAY, 40 * DAY]

    def moment(*sides):
        side = chance.choice(sides)
        return side and now + side * chance.choice(edges)

    for lead in leads:
        lead.created_at = moment(-1)
        lead.owned_at = moment(-1)
        lead.last_contact_at = moment(-1, None)
        lead.callback_at = moment(-1, 1, None, None, None)
        on = moment(-1, 1, None, None, None)
        lead.follow_up_on = on and on.date()
        lead.hot_at = moment(-1, None, None, None)
        lead.queued_at = moment(-1, None, None, None)
        lead.unreached = chance.random() < 0.2
    fields = [
        "created_at",
        "owned_at",
        "last_contact_at",
        "callback_at",
        "follow_up_on",
        "hot_at",
        "queued_at",
        "unreached",
    ]
    with acting_as(SYSTEM):
        Lead.objects.bulk_update(leads, fields)


def place(lead, now, zone):
    """Return (band, key) of a lead: product.md section 3, said once more."""
    today = now.astimezone(zone).date()
    latest = max(filter(None, [lead.created_at, lead.owned_at, lead.last_contact_at]))
    contact = lead.last_contact_at.timestamp() if lead.last_contact_at else EPOCH
    if lead.callback_at and lead.callback_at <= now:
        return "callback_due", lead.callback_at.timestamp()
    if lead.queued_at:
        return "queued", lead.queued_at.timestamp()
    if lead.follow_up_on and lead.follow_up_on <= today:
        return "follow_up_due", lead.follow_up_on.toordinal()
    if lead.unreached:
        return "unreached", -contact
    if lead.hot_at:
        return "hot", -lead.hot_at.timestamp()
    if lead.callback_at or lead.follow_up_on:
        return "scheduled", its_time(lead, now, zone)
    if lead.last_contact_at is None and now - lead.created_at < DAY:
        return "fresh", -lead.created_at.timestamp()
    if now - latest >= 14 * DAY:
        return "long_tail", -latest.timestamp()
    return "active", contact


def its_time(lead, now, zone):
    on = lead.follow_up_on
    midnight = on and now.astimezone(zone).replace(
        year=on.year, month=on.month, day=on.day, hour=0, minute=0, second=0, microsecond=0
    )
    return min(filter(None, [lead.callback_at, midnight])).timestamp()


@pytest.mark.parametrize(("seed", "zone"), [(1, "America/New_York"), (2, "Asia/Kolkata")])
def test_the_queue_is_what_a_plain_model_says(ana, seed, zone):
    ana.time_zone = zone
    leads = many_leads(ana, 160)
    scatter(leads, seed)
    now = clock()

    def rank(lead):
        band, key = place(lead, now, ZoneInfo(zone))
        return BAND_NAMES.index(band), key, lead.pk

    rows = walk(ana)

    assert [row.lead.pk for row in rows] == [lead.pk for lead in sorted(leads, key=rank)]
    assert [row.band for row in rows] == [BAND_NAMES[rank(row.lead)[0]] for row in rows]


# --- pages --------------------------------------------------------------------


def test_the_pages_have_every_lead_once(ana):
    leads = many_leads(ana, 2 * PAGE + 20)

    rows = walk(ana)

    assert sorted(row.lead.pk for row in rows) == sorted(lead.pk for lead in leads)


def test_a_last_page_that_is_full_has_no_next(ana):
    many_leads(ana, PAGE)

    with acting_as(ana):
        assert queue_page(ana).next is None


def test_while_time_moves_the_pages_still_have_every_lead_once(ana, move_clock):
    leads = many_leads(ana, 2 * PAGE + 20)
    scatter(leads, seed=3)
    passed = [timedelta(0)]

    def time_passes():
        passed[0] += 5 * HOUR
        move_clock(passed[0])

    rows = walk(ana, between=time_passes)

    assert sorted(row.lead.pk for row in rows) == sorted(lead.pk for lead in leads)


def test_while_leads_change_the_others_are_still_there_once(ana, ben):
    leads = many_leads(ana, 3 * PAGE)
    scatter(leads, seed=4)
    changing = leads[::3]
    changes = iter(changing)

    def somebody_works():
        with acting_as(SYSTEM):
            for fact in ({"hot_at": clock()}, {"queued_at": clock()}, {"owner": ben}):
                Lead.objects.filter(pk=next(changes).pk).update(**fact)

    rows = [row.lead.pk for row in walk(ana, between=somebody_works)]

    untouched = {lead.pk for lead in leads} - {lead.pk for lead in changing}
    assert untouched <= set(rows)
    assert [pk for pk in rows if pk in untouched] == list(
        dict.fromkeys(pk for pk in rows if pk in untouched)
    )


def test_a_window_that_ends_while_one_reads_on_is_left_out(ana, move_clock):
    many_leads(ana, PAGE + 10, protected_until=ending())

    rows = walk(ana, between=lambda: move_clock(2 * HOUR))

    assert len(rows) == PAGE


def ending():
    with acting_as(SYSTEM):
        return clock() + HOUR


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "~~~",
        "x~1~1.0~1",
        "2026-01-01T00:00:00~1~1.0~1",
        "2026-01-01T00:00:00+00:00~x~1.0~1",
        "2026-01-01T00:00:00+00:00~1~x~1",
        "2026-01-01T00:00:00+00:00~1~nan~1",
        "2026-01-01T00:00:00+00:00~1~inf~1",
        "2026-01-01T00:00:00+00:00~1~1.0~x",
        "2026-01-01T00:00:00+00:00~1~1.0~-1",
        "2026-01-01T00:00:00+00:00~1~1.0~99999999999999999999",
        "2026-01-01T00:00:00+00:00~1~1.0",
        "2026-01-01T00:00:00+00:00~1~1.0~1~1",
        "0001-01-01T00:00:00+14:00~1~1.0~1",
        "9999-12-31T23:59:59-14:00~1~1.0~1",
        "2026-01-01T00:00:00+00:00~1~1.0~" + "9" * 5000,
    ],
)
def test_a_cursor_that_nobody_was_given_is_a_value_error_and_a_404(ana, signed_in, text):
    with pytest.raises(ValueError):  # noqa: PT011 - all of them, whatever they say
        Cursor.parse(text)
    if text:
        assert signed_in(ana).get("/leads", {"after": text}).status_code == 404


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:00+00:00~0~-1e300~0", "8999-12-31T23:59:59+00:00~99~1e300~1"]
)
def test_a_cursor_from_far_away_shows_a_page(ana, signed_in, make, text):
    make(LeadFactory, owner=ana)

    assert signed_in(ana).get("/leads", {"after": text}).status_code == 200


def test_a_cursor_says_exactly_what_it_was(ana):
    many_leads(ana, PAGE + 1)
    with acting_as(ana):
        cursor = queue_page(ana).next

    assert Cursor.parse(str(cursor)) == cursor


# --- counts and filters -------------------------------------------------------


def test_the_counts_are_the_rows(ana):
    scatter(many_leads(ana, 90), seed=5)

    rows = walk(ana)

    with acting_as(ana):
        page = queue_page(ana)
    assert page.counts == {band: sum(row.band == band for row in rows) for band in BAND_NAMES}
    assert page.total == len(rows) == 90


def test_a_band_shows_only_its_rows_and_all_counts(ana):
    scatter(many_leads(ana, 90), seed=6)
    with acting_as(ana):
        everything = queue_page(ana).counts

    for band in BAND_NAMES:
        assert [row.band for row in walk(ana, QueueFilters(band=band))] == [band] * everything[band]
        with acting_as(ana):
            assert queue_page(ana, QueueFilters(band=band)).counts == everything


@pytest.fixture
def four(ana, make):
    """Four leads of Ana's that differ in what filters ask for."""
    bmd = make(LeadFactory, owner=ana, opportunity="BMD", facility=mercy(make, "Alder", "NY"))
    won = {"owner": ana, "stage": "qualified"}
    return {
        "bmd": bmd,
        "cs": make(LeadFactory, owner=ana, facility=bmd.facility),
        "qualified": make(LeadFactory, facility=mercy(make, "Birch", "MA"), **won),
        "queued": make(
            LeadFactory, owner=ana, queued_at=clock(), facility=mercy(make, "Cedar", "CT")
        ),
    }


def mercy(make, word, state):
    return make(FacilityFactory, name=f"Mercy {word}", state=state)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "bmd cs qualified queued"),
        ({"opportunity": "BMD"}, "bmd"),
        ({"opportunity": "CS"}, "cs qualified queued"),
        ({"state": "NY"}, "bmd cs"),
        ({"state": "TX"}, ""),
        ({"stage": "qualified"}, "qualified"),
        ({"stage": "new"}, "bmd cs queued"),
        ({"text": "alder"}, "bmd cs"),
        ({"text": "mercy"}, "bmd cs qualified queued"),
        ({"text": "xx"}, "bmd cs qualified queued"),
        ({"band": "queued"}, "queued"),
        ({"opportunity": "CS", "state": "NY"}, "cs"),
        ({"opportunity": "CS", "state": "NY", "stage": "new", "text": "mercy a"}, "cs"),
        ({"opportunity": "CS", "stage": "qualified", "text": "alder"}, ""),
        ({"state": "CT", "band": "queued", "text": "cedar"}, "queued"),
    ],
)
def test_filters_narrow_rows_and_counts_alike(ana, four, filters, expected):
    with acting_as(ana):
        if "opportunity" in filters:
            kind = OpportunityType.objects.get(code=filters["opportunity"])
            filters = filters | {"opportunity": kind.pk}
        page = queue_page(ana, QueueFilters(**filters))

    found = {row.lead.pk for row in page.rows}
    assert {name for name, lead in four.items() if lead.pk in found} == set(expected.split())
    assert "band" in filters or page.total == len(found)


# --- what others do meanwhile -------------------------------------------------


def test_a_lead_that_goes_between_two_statements_is_left_out(transactional_db, cast, make, at_once):
    going, staying = make(LeadFactory, owner=cast.ana), make(LeadFactory, owner=cast.ana)

    def hand_over():
        with acting_as(cast.ana):
            reassign_lead(going.pk, to=cast.ben, by=cast.ana)

    with acting_as(cast.ana), connection.execute_wrapper(once(at_once, hand_over)):
        rows = queue_page(cast.ana).rows

    assert [row.lead.pk for row in rows] == [staying.pk]


def once(at_once, deed):
    """Let `deed` happen, in a transaction of its own, just before leads are read by their ids."""
    done = []

    def execute(run, sql, params, many, context):
        if not done and 'FROM "leads_lead"' in sql:
            done.append(at_once(deed))
            assert done == [[None]]
        return run(sql, params, many, context)

    return execute


# --- what it costs ------------------------------------------------------------


def test_a_page_takes_as_many_queries_for_1_lead_as_for_60(ana):
    taken = []
    for more in (1, 29, 30):
        for lead in many_leads(ana, more):
            with acting_as(SYSTEM):
                ContactFactory(facility=lead.facility)
        with acting_as(ana), CaptureQueriesContext(connection) as queries:
            queue_page(ana)
        taken.append(len(queries))

    assert len(set(taken)) == 1
    assert taken[0] <= 5

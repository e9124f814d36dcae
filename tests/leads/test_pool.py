"""The pool as a list: what is in it for whom, in what order, and page by page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.actions import claim_lead, release_lead
from leads.expiry import release_expired
from leads.lists import found_size
from leads.models import Lead
from leads.pool import COUNT_UP_TO, PAGE, Cursor, PoolFilters, PoolPage, pool_page
from people.models import OpportunityType, User
from tests.factories import FacilityFactory, LeadFactory

INSTANT, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def waiting(make):
    """Make a lead that waits in the pool under a name, since some time ago."""

    def one(name, *, since=HOUR, state="NY", **fields):
        with acting_as(SYSTEM):
            facility = FacilityFactory(name=name, state=state)
            return LeadFactory(facility=facility, pool_since=clock() - since, **fields)

    return one


@pytest.fixture
def expired(make, ana):
    """Make a lead of Ana's whose window has ended some time ago, though nobody has noticed."""

    def one(name, *, since=HOUR, state="NY", **fields):
        with acting_as(SYSTEM):
            facility = FacilityFactory(name=name, state=state)
            fields |= {"held_for": 50 * DAY, "protected_until": clock() - since}
            return LeadFactory(**{"owner": ana, "facility": facility} | fields)

    return one


def pool(user, **filters):
    """Return the facilities of the first page, from top to bottom."""
    with acting_as(user):
        page = pool_page(user, PoolFilters(**filters))
        assert page.count == len(page.rows)
        return [row.lead.facility.name for row in page.rows]


# --- what is in it ------------------------------------------------------------


def test_what_came_last_is_on_top_whether_it_was_released_or_ran_out(ana, waiting, expired):
    waiting("third", since=3 * DAY)
    expired("second", since=2 * DAY)
    waiting("first", since=INSTANT)
    expired("fourth", since=4 * DAY)

    assert pool(ana) == ["first", "second", "third", "fourth"]


def test_of_two_that_came_at_the_same_time_the_later_made_is_on_top(ana, waiting, expired):
    waiting("a")
    expired("b")
    waiting("c")

    assert pool(ana) == ["c", "b", "a"]


def test_a_lead_is_in_it_from_the_instant_its_window_ends(ana, ben, make, move_clock):
    lead = make(LeadFactory, owner=ana)
    left = lead.protected_until - lead.owned_at

    move_clock(left - INSTANT)
    assert pool(ben) == []
    move_clock(left)
    assert pool(ben) == [lead.facility.name]


def test_the_time_in_the_pool_counts_from_the_end_of_the_window(ana, expired):
    lead = expired("lead", since=5 * DAY)

    def since():
        with acting_as(ana):
            return [row.since for row in pool_page(ana).rows]

    assert since() == [lead.protected_until]
    assert release_expired() == 1
    assert since() == [lead.protected_until]


def test_nothing_else_is_in_it(ana, ben, make):
    make(LeadFactory, owner=ana)
    make(LeadFactory, owner=ben, status="flagged", protection_left=DAY)
    make(LeadFactory, status="disqualified")
    make(LeadFactory, owner=ben, status="won", stage="won")

    assert pool(ana) == []


def test_a_claim_takes_a_lead_out_and_a_release_puts_it_on_top(ana, ben, waiting):
    waiting("other", since=INSTANT)
    lead = waiting("lead", since=DAY)
    with acting_as(ana):
        claimed = claim_lead(lead.pk, by=ana)
    assert pool(ana) == pool(ben) == ["other"]

    with acting_as(ana):
        release_lead(lead.pk, by=ana, version=claimed.version, why="No budget")
    assert pool(ana) == pool(ben) == ["lead", "other"]


# --- for whom -----------------------------------------------------------------


@pytest.fixture
def everywhere(waiting, expired):
    for state in ("NY", "TX", "CA"):
        waiting(f"{state} CS", state=state)
        waiting(f"{state} BMD", state=state, opportunity="BMD")
        expired(f"{state} expired", state=state)


NORTHERN = {"NY CS", "NY BMD", "NY expired"}
SOUTHERN = {"TX CS", "TX BMD", "TX expired"}
OTHERS = {"CA CS", "CA BMD", "CA expired"}


def test_reps_see_what_they_may_work_and_managers_what_anyone_of_theirs_may(cast, everywhere):
    with acting_as(SYSTEM):
        cast.ana.opportunity_types.set(OpportunityType.objects.filter(code="CS"))
        cast.ben.opportunity_types.set(OpportunityType.objects.filter(code="BMD"))
        User.objects.filter(pk=cast.ben.pk).update(territories=["CA"])

    def seen_by(user):
        return set(pool(user))

    assert seen_by(cast.ana) == {"NY CS", "NY expired"}
    assert seen_by(cast.ben) == {"CA BMD"}
    assert seen_by(cast.cleo) == {"NY CS", "NY expired", "CA BMD"}
    assert seen_by(cast.dora) == seen_by(cast.eli) == SOUTHERN
    assert seen_by(cast.sol) == seen_by(cast.ada) == NORTHERN | SOUTHERN | OTHERS


def test_no_territories_listed_means_all(ana, cleo, everywhere):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(territories=[])

    assert set(pool(ana)) == set(pool(cleo)) == NORTHERN | SOUTHERN | OTHERS


def test_no_opportunity_types_means_none(ana, everywhere):
    with acting_as(SYSTEM):
        ana.opportunity_types.clear()

    assert pool(ana) == []


def test_a_deactivated_rep_sees_nothing_and_adds_nothing_to_their_manager(cast, everywhere):
    with acting_as(SYSTEM):
        User.objects.filter(pk__in=[cast.ana.pk, cast.ben.pk]).update(is_active=False)

    assert pool(cast.ana) == pool(cast.cleo) == []


def test_asking_for_anothers_state_shows_nothing(ana, everywhere):
    assert pool(ana, state="TX") == pool(ana, state="TX", text="TX C") == []


# --- filters ------------------------------------------------------------------


def test_filters_narrow_rows_and_count(sol, everywhere, waiting):
    waiting("by hand", state="MA", source="Manual")
    with acting_as(sol):
        bmd = OpportunityType.objects.get(code="BMD").pk

    assert set(pool(sol, opportunity=bmd)) == {"NY BMD", "TX BMD", "CA BMD"}
    assert set(pool(sol, state="TX")) == SOUTHERN
    assert pool(sol, state="TX", opportunity=bmd) == ["TX BMD"]
    assert pool(sol, source="Manual") == ["by hand"]
    assert pool(sol, source="Nobody") == []
    assert set(pool(sol, text="expired")) == {"NY expired", "TX expired", "CA expired"}
    assert pool(sol, text="expired", state="NY") == ["NY expired"]
    assert pool(sol, text="by hand", source="Manual") == ["by hand"]
    assert pool(sol, text="by hand", source="CMS") == []
    assert len(pool(sol, text="xx")) == 10


@pytest.mark.parametrize("make_old", ["waiting", "expired"])
@pytest.mark.parametrize("text", [None, "lead"])
@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("day", ["0 d lead"]),
        ("week", ["0 d lead", "1 d lead"]),
        ("month", ["0 d lead", "1 d lead", "7 d lead"]),
        ("older", ["30 d lead", "99 d lead"]),
        (None, ["0 d lead", "1 d lead", "7 d lead", "30 d lead", "99 d lead"]),
        ("nonsense", ["0 d lead", "1 d lead", "7 d lead", "30 d lead", "99 d lead"]),
    ],
)
def test_ages_are_exact(ana, request, make_old, text, age, expected):
    """A lead that has waited for exactly a day is no longer one of a day."""
    make_old = request.getfixturevalue(make_old)
    for days in (0, 1, 7, 30, 99):
        make_old(f"{days} d lead", since=days * DAY)

    assert pool(ana, age=age, text=text) == expected


# --- pages --------------------------------------------------------------------


def many(number, **fields):
    with acting_as(SYSTEM):
        template = LeadFactory(**fields)
        leads = []
        for facility in type(template.facility).objects.bulk_create(
            FacilityFactory.build(name=f"Mercy {n}") for n in range(number - 1)
        ):
            lead = Lead.objects.get(pk=template.pk)
            lead.pk, lead.facility, lead._state.adding = None, facility, True
            leads.append(lead)
        return [template, *Lead.objects.bulk_create(leads)]


def walk(user, between=lambda: None, **filters):
    ids, after = [], None
    while True:
        with acting_as(user):
            page = pool_page(user, PoolFilters(**filters), after)
        assert len(page.rows) <= PAGE
        ids += [row.lead.pk for row in page.rows]
        if page.next is None:
            return ids
        after = Cursor.parse(str(page.next))
        between()


@pytest.fixture
def mixed(ana):
    """Some hundred leads that have waited for a few hours or days, many for the same time."""
    leads = many(60) + many(60, owner=ana, held_for=50 * DAY)
    with acting_as(SYSTEM):
        for number, lead in enumerate(leads):
            ago = clock() - timedelta(hours=number % 7)
            if lead.owner_id:
                lead.protected_until = ago
            else:
                lead.pool_since = ago
        Lead.objects.bulk_update(leads, ["pool_since", "protected_until"])
    return leads


@pytest.mark.parametrize("text", [None, "mercy"])
@pytest.mark.parametrize("viewer", ["ben", "sol"])  # some scopes, all scopes
def test_the_pages_have_every_lead_once_in_order(cast, mixed, viewer, text):
    def waited(lead):
        return lead.pool_since or lead.protected_until, lead.pk

    expected = [lead.pk for lead in sorted(mixed, key=waited, reverse=True)]

    assert walk(getattr(cast, viewer), text=text) == expected


def test_while_leads_come_and_go_the_others_are_there_once(ben, mixed, make, move_clock):
    passed, claimed = [timedelta(0)], []

    def meanwhile():
        passed[0] += HOUR
        move_clock(passed[0])
        make(LeadFactory)
        if not claimed:
            assert release_expired() == 60
            with acting_as(ben):
                claimed.append(claim_lead(mixed[0].pk, by=ben).pk)

    ids = walk(ben, between=meanwhile)

    others = {lead.pk for lead in mixed} - set(claimed)
    assert sorted(pk for pk in ids if pk not in claimed) == sorted(others)


def test_counting_stops_where_nobody_reads_on():
    def said(count):
        return found_size(PoolPage([], count, as_of=None, scopes=[]))

    assert said(1) == "1 lead"
    assert said(COUNT_UP_TO) == "1,000 leads"
    assert said(COUNT_UP_TO + 1) == "more than 1,000 leads"


def test_a_full_last_page_has_no_next(ana):
    many(PAGE)

    with acting_as(ana):
        assert pool_page(ana).next is None


@pytest.mark.parametrize(
    "text",
    [
        "~",
        "x~1",
        "2026-01-01T00:00:00~1",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T00:00:00+00:00~x",
        "2026-01-01T00:00:00+00:00~-1",
        "2026-01-01T00:00:00+00:00~99999999999999999999",
        "2026-01-01T00:00:00+00:00~1~1",
        "0001-01-01T00:00:00+14:00~1",
        "9999-12-31T23:59:59-14:00~1",
    ],
)
@pytest.mark.parametrize("search", ["", "mercy"])
def test_a_cursor_that_nobody_was_given_is_a_value_error_and_a_404(ana, signed_in, text, search):
    with pytest.raises(ValueError):  # noqa: PT011 - all of them, whatever they say
        Cursor.parse(text)
    assert signed_in(ana).get("/leads/pool", {"after": text, "q": search}).status_code == 404


# --- what others do meanwhile -------------------------------------------------


def test_a_lead_that_is_claimed_between_two_statements_is_left_out(
    transactional_db, cast, make, at_once
):
    going, staying = make(LeadFactory), make(LeadFactory)
    done = []

    def ben_claims():
        with acting_as(cast.ben):
            return claim_lead(going.pk, by=cast.ben)

    def just_before(run, sql, params, many, context):
        if not done and 'FROM "leads_lead"' in sql:
            done.extend(at_once(ben_claims))
        return run(sql, params, many, context)

    with acting_as(cast.ana), connection.execute_wrapper(just_before):
        rows = pool_page(cast.ana).rows

    assert done == [going]
    assert [row.lead.pk for row in rows] == [staying.pk]


# --- what it costs ------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "hospital"])
def test_a_page_takes_as_many_queries_for_1_lead_as_for_60(ana, text):
    taken = []
    for more in (1, 29, 30):
        many(more)
        with acting_as(ana), CaptureQueriesContext(connection) as queries:
            pool_page(ana, PoolFilters(text=text))
        taken.append(len(queries))

    assert len(set(taken)) == 1
    assert taken[0] <= 6

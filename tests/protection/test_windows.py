"""The protection list: one open row for every lead that is held, whatever happens to it."""

from datetime import timedelta

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from clients.models import Client
from leads.actions import claim_lead, reassign_lead, release_lead
from leads.expiry import release_expired
from leads.models import Facility, Lead
from people.models import OpportunityType, Policy, User
from protection.models import Window
from protection.window import window_end
from tests.factories import FacilityFactory, LeadFactory

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, facility=make(FacilityFactory, name="Mercy", city="Albany"))


def change(rows, **values):
    with acting_as(SYSTEM):
        rows.update(**values)


def the(lead):
    return Lead.objects.filter(pk=lead.pk)


def now():
    with acting_as(SYSTEM):
        return clock()


def until(lead):
    with acting_as(SYSTEM):
        return the(lead).get().protected_until


def listed(lead):
    """Return the lead's open row as everybody reads it."""
    with acting_as(SYSTEM):
        rows = Window.objects.filter(lead=lead, ended_at=None)
        shown = ["facility_name", "city", "state", "opportunity", "owner_name"]
        assert len(rows) <= 1
        return rows.values_list(*shown, "expires_at").first()


def ended(lead):
    """Return how the lead's windows have ended, and when, the first one first."""
    with acting_as(SYSTEM):
        rows = Window.objects.filter(lead=lead, ended_at__isnull=False).order_by("started_at", "pk")
        return list(rows.values_list("owner_name", "end", "ended_at"))


def test_a_held_lead_is_listed(lead):
    assert listed(lead) == ("Mercy", "Albany", "NY", "CS", "Ana", lead.protected_until)


def test_a_lead_in_the_pool_is_not(db, make):
    assert listed(make(LeadFactory)) is None


@pytest.mark.parametrize(
    ("change_of", "column", "value"),
    [
        ("facility", 0, {"name": "Saint Jude"}),
        ("facility", 1, {"city": "Troy"}),
        ("facility", 2, {"state": "MA"}),
        ("type", 3, {"code": "CLIN"}),
        ("owner", 4, {"name": "Ana Maria"}),
    ],
)
def test_it_shows_the_names_of_today(ana, lead, change_of, column, value):
    rows = {
        "facility": Facility.objects.filter(pk=lead.facility_id),
        "type": OpportunityType.objects.filter(code="CS"),
        "owner": User.objects.filter(pk=ana.pk),
    }
    expected = list(listed(lead))
    expected[column] = next(iter(value.values()))

    change(rows[change_of], **value)

    assert listed(lead) == tuple(expected)


def test_an_ended_row_keeps_the_names_of_its_time(ana, ben, lead):
    with acting_as(ana):
        reassign_lead(lead.pk, to=ben, by=ana)
    change(User.objects.filter(pk=ana.pk), name="Ana Maria")
    change(Facility.objects.filter(pk=lead.facility_id), name="Saint Jude")

    with acting_as(SYSTEM):
        rows = Window.objects.filter(lead=lead).order_by("pk")
        assert list(rows.values_list("facility_name", "owner_name")) == [
            ("Mercy", "Ana"),
            ("Saint Jude", "Ben"),
        ]


# --- changing hands -----------------------------------------------------------


def test_a_rep_hands_over_the_time_that_is_left(ana, ben, lead, move_clock):
    move_clock(10 * DAY)
    with acting_as(ana):
        reassign_lead(lead.pk, to=ben, by=ana)

    assert listed(lead) == ("Mercy", "Albany", "NY", "CS", "Ben", lead.protected_until)
    assert ended(lead) == [("Ana", "handed over", now())]


@pytest.mark.parametrize("boss", ["cleo", "sol", "ada"])
def test_from_a_manager_or_above_a_new_window_opens(cast, lead, move_clock, boss):
    boss = getattr(cast, boss)
    move_clock(10 * DAY)
    with acting_as(boss):
        reassign_lead(lead.pk, to=cast.ben, by=boss)

    assert listed(lead) == ("Mercy", "Albany", "NY", "CS", "Ben", window_end(now(), 45))
    assert ended(lead) == [("Ana", "handed over", now())]


def test_a_release_ends_it_now(ana, lead, move_clock):
    move_clock(10 * DAY)
    with acting_as(ana):
        release_lead(lead.pk, by=ana, version=lead.version, why="No budget")

    assert listed(lead) is None
    assert ended(lead) == [("Ana", "released", now())]


def test_a_sweep_ends_it_when_it_ended(lead, move_clock):
    move_clock(60 * DAY)
    release_expired()

    assert listed(lead) is None
    assert ended(lead) == [("Ana", "expired", lead.protected_until)]


def test_what_has_run_out_is_not_listed_even_before_the_sweep(ben, lead, move_clock):
    move_clock(lead.protected_until - now() - timedelta(microseconds=1))
    with acting_as(ben):
        assert Window.objects.count() == 1

    move_clock(lead.protected_until - lead.owned_at)
    with acting_as(ben):
        assert Window.objects.count() == 0


def test_who_claims_their_own_expired_lead_again_gets_a_window_of_its_own(ana, lead, move_clock):
    move_clock(lead.protected_until - lead.owned_at + 24 * HOUR)
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)

    assert listed(lead) == ("Mercy", "Albany", "NY", "CS", "Ana", window_end(now(), 45))
    assert ended(lead) == [("Ana", "expired", lead.protected_until)]
    with acting_as(SYSTEM):
        assert [event.kind for event in lead.events.order_by("id")] == [
            "expired",
            "claimed",
            "protected",
        ]


def test_who_assigns_an_expired_lead_writes_its_end_down_first(ana, ben, sol, lead, move_clock):
    change(the(lead), hot_at=now(), follow_up_on=now().date())
    move_clock(50 * DAY)
    for to in (ana, ben):
        with acting_as(sol):
            reassign_lead(lead.pk, to=to, by=sol)

    assert ended(lead) == [
        ("Ana", "expired", lead.protected_until),
        ("Ana", "handed over", now()),
    ]
    with acting_as(SYSTEM):
        assert the(lead).values_list("hot_at", "follow_up_on").get() == (None, None)
        assert [event.kind for event in lead.events.order_by("id")] == [
            "expired",
            "reassigned",
            "protected",
            "reassigned",
            "protected",
        ]


# --- stopping, closing, extending ---------------------------------------------


def flag(lead):
    left = until(lead) - now()
    change(the(lead), status="flagged", protected_until=None, protection_left=left)
    return left


def test_a_flag_stops_it_and_resolving_resumes_the_rest_with_the_names_of_today(
    ana, lead, move_clock
):
    move_clock(10 * DAY)
    left = flag(lead)
    assert listed(lead) is None
    assert ended(lead) == [("Ana", "stopped", now())]

    move_clock(20 * DAY)
    change(User.objects.filter(pk=ana.pk), name="Ana Maria")
    change(Facility.objects.filter(pk=lead.facility_id), name="Saint Jude", city="Troy")
    change(the(lead), status="open", protection_left=None, protected_until=now() + left)

    assert listed(lead) == ("Saint Jude", "Troy", "NY", "CS", "Ana Maria", now() + left)
    assert ended(lead) == []


@pytest.mark.parametrize("status", ["disqualified", "won", "lost"])
def test_an_outcome_that_ends_the_lead_closes_it(lead, status):
    stage = {} if status == "disqualified" else {"stage": status}
    if status == "won":
        with acting_as(SYSTEM):
            Client.objects.create(facility=lead.facility)
    change(the(lead), status=status, protected_until=None, **stage)

    assert listed(lead) is None
    assert ended(lead) == [("Ana", "closed", now())]


def test_an_extension_moves_its_end_and_nothing_else(lead, move_clock):
    move_clock(10 * DAY)
    later = window_end(now(), 45)
    change(the(lead), protected_until=later)

    assert listed(lead) == ("Mercy", "Albany", "NY", "CS", "Ana", later)
    assert ended(lead) == []


def test_policy_counts_for_windows_that_begin_afterwards(ana, ben, lead, make):
    waiting = make(LeadFactory)
    change(Policy.objects.all(), protection_days=10)

    with acting_as(ben):
        claim_lead(waiting.pk, by=ben)

    assert listed(lead)[-1] == lead.protected_until
    assert listed(waiting)[-1] == window_end(now(), 10)


# --- at the same time ---------------------------------------------------------


def test_a_claim_and_a_renaming_at_the_same_time_agree(transactional_db, cast, make, at_once):
    leads = [make(LeadFactory) for _ in range(8)]

    def claim(lead):
        with acting_as(cast.ana):
            claim_lead(lead.pk, by=cast.ana)

    def rename(lead):
        change(Facility.objects.filter(pk=lead.facility_id), name="Saint Jude")

    for lead in leads:
        assert at_once(lambda lead=lead: claim(lead), lambda lead=lead: rename(lead)) == [None] * 2

    assert [listed(lead)[0] for lead in leads] == ["Saint Jude"] * len(leads)

"""The nine bands of the call queue: who is in which, what decides, and in what order they stand."""

from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.queue import QueueFilters, queue_page
from people.models import Policy, User
from tests.factories import FacilityFactory, LeadFactory

INSTANT = timedelta(microseconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ON_SCREEN = [
    "callback_due",
    "hot",
    "follow_up_due",
    "fresh",
    "active",
    "scheduled",
    "unreached",
    "long_tail",
    "queued",
]
DECIDED = [
    "callback_due",
    "queued",
    "follow_up_due",
    "unreached",
    "hot",
    "scheduled",
    "fresh",
    "long_tail",
    "active",
]

# What makes a lead belong to a band, and to no other: how long ago, or from now, something is.
FACTS = {
    "callback_due": {"callback_at": -MINUTE},
    "hot": {"hot_at": -HOUR},
    "follow_up_due": {"follow_up_on": timedelta(0)},
    "fresh": {"created_at": -HOUR, "last_contact_at": None},
    "active": {},
    "scheduled": {"callback_at": HOUR},
    "unreached": {"unreached": True, "no_answer_count": 3},
    "long_tail": {"created_at": -20 * DAY, "owned_at": -15 * DAY, "last_contact_at": -14 * DAY},
    "queued": {"queued_at": -HOUR},
}
# Where two bands would need different values of the same fact.
OTHERWISE = {("callback_due", "scheduled"): {"follow_up_on": 2 * DAY}}
IMPOSSIBLE = {frozenset({"fresh", "long_tail"})}


@pytest.fixture
def own(ana):
    """Give Ana a lead, by default an active one, with facts as lengths of time from now."""

    def make(name, **facts):
        facts = {"created_at": -3 * DAY, "owned_at": -2 * DAY, "last_contact_at": -DAY} | facts
        with acting_as(SYSTEM):
            now = clock()
            said = {name: at(now, name, fact) for name, fact in facts.items()}
            return LeadFactory(facility=FacilityFactory(name=name), owner=ana, **said)

    return make


def at(now, name, fact):
    if not isinstance(fact, timedelta) or name == "protection_left":
        return fact
    # Ana's day, which is what counts for a date.
    return (now.astimezone(NEW_YORK) + fact).date() if name == "follow_up_on" else now + fact


NEW_YORK = ZoneInfo("America/New_York")


def queue(rep, **filters):
    """Return [(facility, band)] of the first page, from top to bottom."""
    with acting_as(rep):
        rows = queue_page(rep, QueueFilters(**filters)).rows
        return [(row.lead.facility.name, row.band) for row in rows]


def names(rep, band):
    return [name for name, found in queue(rep) if found == band]


# --- who is where -------------------------------------------------------------


def test_each_band_has_the_leads_that_meet_its_rule_in_the_order_of_the_screen(ana, own):
    for band in reversed(ON_SCREEN):
        own(band, **FACTS[band])

    assert queue(ana) == [(band, band) for band in ON_SCREEN]


def test_of_two_rules_that_a_lead_meets_the_one_decided_first_counts(ana, own):
    expected = {}
    for earlier, later in combinations(DECIDED, 2):
        if frozenset({earlier, later}) in IMPOSSIBLE:
            continue
        facts = OTHERWISE.get((earlier, later), FACTS[later])
        name = f"{earlier} rather than {later}"
        own(name, **facts | FACTS[earlier])
        expected[name] = earlier

    assert dict(queue(ana)) == expected


def test_fresh_counts_before_long_tail_where_policy_lets_them_meet(ana, own):
    with acting_as(SYSTEM):
        Policy.objects.update(fresh_hours=24 * 30)
    own("both", **FACTS["long_tail"] | {"last_contact_at": None})

    assert queue(ana) == [("both", "fresh")]


def test_a_callback_and_a_follow_up_to_come_are_both_scheduled(ana, own):
    own("callback", callback_at=HOUR)
    own("follow-up", follow_up_on=DAY)
    own("both", callback_at=3 * DAY, follow_up_on=2 * DAY)

    assert queue(ana) == [
        ("callback", "scheduled"),
        ("follow-up", "scheduled"),
        ("both", "scheduled"),
    ]


def test_a_follow_up_that_is_due_beats_a_callback_that_is_not(ana, own):
    own("lead", follow_up_on=-DAY, callback_at=HOUR)

    assert queue(ana) == [("lead", "follow_up_due")]


@pytest.mark.parametrize(
    "facts",
    [
        {"protected_until": timedelta(0)},
        {"protected_until": -DAY},
        {"status": "flagged", "protected_until": None, "protection_left": DAY},
        {"status": "disqualified", "protected_until": None},
        {"status": "won", "stage": "won", "protected_until": None},
        {"status": "lost", "stage": "lost", "protected_until": None},
    ],
    ids=["ends now", "ended", "flagged", "disqualified", "won", "lost"],
)
def test_what_is_not_held_stands_in_no_band(ana, own, facts):
    own("gone", **facts, callback_at=-MINUTE)
    own("last moment", protected_until=INSTANT)

    assert queue(ana) == [("last moment", "active")]


def test_nobody_elses_leads_are_in_my_queue(ana, ben, own, make):
    own("mine")
    make(LeadFactory, owner=ben)
    make(LeadFactory)

    assert queue(ana) == [("mine", "active")]


def test_a_manager_reads_a_reps_queue_as_the_rep_does(ana, cleo, eli, sol, own):
    for band in ON_SCREEN:
        own(band, **FACTS[band])

    def as_read_by(viewer):
        with acting_as(viewer):
            return [row.band for row in queue_page(ana).rows]

    assert as_read_by(cleo) == as_read_by(sol) == ON_SCREEN
    assert as_read_by(eli) == []


# --- to the microsecond -------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "band"),
    [
        ({"created_at": -24 * HOUR + INSTANT, "last_contact_at": None}, "fresh"),
        ({"created_at": -24 * HOUR, "last_contact_at": None}, "active"),
        ({"created_at": -HOUR, "last_contact_at": -MINUTE}, "active"),
        ({"callback_at": timedelta(0)}, "callback_due"),
        ({"callback_at": INSTANT}, "scheduled"),
        ({"callback_at": -30 * DAY}, "callback_due"),
        *[
            (FACTS["long_tail"] | {latest: -14 * DAY + late}, band)
            for latest in ("created_at", "owned_at", "last_contact_at")
            for late, band in [(timedelta(0), "long_tail"), (INSTANT, "active")]
        ],
        (FACTS["long_tail"] | {"last_contact_at": None, "owned_at": -14 * DAY}, "long_tail"),
        (FACTS["long_tail"] | {"last_contact_at": None, "owned_at": INSTANT - 14 * DAY}, "active"),
        ({"unreached": False, "no_answer_count": 3}, "active"),
        ({"unreached": True, "no_answer_count": 0, "last_contact_at": None}, "unreached"),
    ],
)
def test_boundaries_are_exact(ana, own, facts, band):
    own("lead", **facts)

    assert queue(ana) == [("lead", band)]


def test_bands_follow_the_clock_without_any_job(ana, own, move_clock):
    own("lead", callback_at=HOUR)

    for offset, band in [(HOUR - INSTANT, "scheduled"), (HOUR, "callback_due")]:
        move_clock(offset)
        assert queue(ana) == [("lead", band)]


def test_the_policy_says_how_long_fresh_and_long_tail_are(ana, own):
    with acting_as(SYSTEM):
        Policy.objects.update(fresh_hours=2, long_tail_days=1)
    own("fresh", created_at=-2 * HOUR + INSTANT, last_contact_at=None)
    own("no longer", created_at=-2 * HOUR, owned_at=-2 * HOUR, last_contact_at=None)
    own("long tail", last_contact_at=-DAY)

    assert dict(queue(ana)) == {"fresh": "fresh", "no longer": "active", "long tail": "long_tail"}


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Pacific/Honolulu", "Pacific/Kiritimati", "Australia/Lord_Howe"]
)
def test_a_follow_up_is_due_from_midnight_where_the_rep_is(ana, own, move_clock, zone):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(time_zone=zone)
        ana.refresh_from_db()
        now = clock()
    today = now.astimezone(ZoneInfo(zone)).date()
    midnight = datetime.combine(today + DAY, time(), ZoneInfo(zone)).astimezone(UTC)
    own("today", follow_up_on=today)
    own("tomorrow", follow_up_on=today + DAY)

    move_clock(midnight - now - INSTANT)
    assert dict(queue(ana)) == {"today": "follow_up_due", "tomorrow": "scheduled"}
    move_clock(midnight - now)
    assert dict(queue(ana)) == {"today": "follow_up_due", "tomorrow": "follow_up_due"}


def test_in_a_managers_view_it_is_the_reps_day_that_counts(ana, cleo, own):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(time_zone="Pacific/Kiritimati")
        User.objects.filter(pk=cleo.pk).update(time_zone="Pacific/Honolulu")
        ana.refresh_from_db()
    # The two zones are 24 hours apart.
    own("lead", follow_up_on=clock().astimezone(ana.zone).date())

    with acting_as(cleo):
        assert [row.band for row in queue_page(ana).rows] == ["follow_up_due"]


# --- order inside a band ------------------------------------------------------


@pytest.mark.parametrize(
    ("band", "leads"),
    [
        (
            "callback_due",
            [{"callback_at": -DAY}, {"callback_at": -2 * INSTANT}, {"callback_at": -INSTANT}],
        ),
        ("hot", [{"hot_at": -INSTANT}, {"hot_at": -2 * INSTANT}, {"hot_at": -DAY}]),
        ("follow_up_due", [{"follow_up_on": -days * DAY} for days in (400, 2, 1, 0)]),
        (
            "fresh",
            [{"created_at": -ago, "last_contact_at": None} for ago in (INSTANT, 2 * INSTANT, HOUR)],
        ),
        (
            "active",
            [{"last_contact_at": None}]
            + [{"last_contact_at": -ago} for ago in (13 * DAY, 2 * INSTANT, INSTANT)],
        ),
        (
            "scheduled",
            [
                {"callback_at": INSTANT},
                {"follow_up_on": DAY},
                {"callback_at": 3 * DAY},
                {"follow_up_on": 4 * DAY, "callback_at": 9 * DAY},
                {"follow_up_on": 8 * DAY},
            ],
        ),
        (
            "unreached",
            [{"unreached": True, "last_contact_at": -ago} for ago in (INSTANT, HOUR, 90 * DAY)]
            + [{"unreached": True, "last_contact_at": None}],
        ),
        (
            "long_tail",
            [
                FACTS["long_tail"],
                FACTS["long_tail"] | {"last_contact_at": -14 * DAY - INSTANT},
                FACTS["long_tail"] | {"last_contact_at": None},
                FACTS["long_tail"] | {"owned_at": -16 * DAY, "last_contact_at": None},
            ],
        ),
        ("queued", [{"queued_at": -DAY}, {"queued_at": -2 * INSTANT}, {"queued_at": -INSTANT}]),
    ],
)
def test_inside_a_band_the_order_is_the_one_promised(ana, own, band, leads):
    for place, facts in reversed(list(enumerate(leads))):
        own(str(place), **facts)

    assert names(ana, band) == [str(place) for place in range(len(leads))]


def test_the_earlier_made_of_two_equal_leads_comes_first(ana, own):
    for name in "abc":
        own(name, queued_at=-HOUR)

    assert names(ana, "queued") == ["a", "b", "c"]

"""The windows on offer and the next free one, against a model that tries every quarter hour."""

from datetime import time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.range import Range

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.grid import State, day_grid
from callbacks.models import Callback
from callbacks.slots import next_free_slot
from people.models import User
from tests.callbacks.conftest import NEW_YORK, at, reload
from tests.callbacks.model import QUARTER, SLOT, next_free, rounded_up, transitions, windows_of_day
from tests.factories import LeadFactory

LEADS = 24
ZONES = [
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Asia/Kolkata",
    "Asia/Kathmandu",
]
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def fresh(user, **fields):
    with acting_as(SYSTEM):
        User.objects.filter(pk=user.pk).update(**fields)
        return User.objects.get(pk=user.pk)


def put(rep, lead, starts_at):
    with acting_as(SYSTEM):
        return Callback.objects.create(
            lead=lead,
            rep=rep,
            booked_by=rep,
            slot=Range(starts_at, starts_at + SLOT),
            local_date=starts_at.date(),
            local_time=time(9),
            time_zone=rep.time_zone,
        )


# --- against the model --------------------------------------------------------


@st.composite
def situations(draw):
    """A rep's zone and hours, a moment near a clock change or not, and what is taken around it."""
    zone = draw(st.sampled_from(ZONES))
    changes = transitions(zone) or transitions("America/New_York")
    days = draw(st.sets(st.integers(1, 7), max_size=7))
    starts, ends = sorted(draw(st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1])))
    return SimpleNamespace(
        zone=zone,
        working_days=sorted(days),
        work_starts=starts,
        work_ends=ends,
        now=draw(st.sampled_from(changes)) + draw(shifts),
        ahead=draw(st.timedeltas(-timedelta(days=1), timedelta(days=182))),
        taken=draw(st.lists(st.integers(0, 120), max_size=LEADS)),
    )


hours = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
shifts = st.timedeltas(-timedelta(days=4), timedelta(days=1))


def taken_from(since, quarters):
    """Return starts of half hours that do not overlap, some of them off the rep's own grid."""
    starts = []
    for number in sorted(quarters):
        start = rounded_up(since) + QUARTER * number
        if not starts or start - starts[-1] >= SLOT:
            starts.append(start)
    return starts


@pytest.fixture
def leads(ana, make):
    return [make(LeadFactory, owner=ana) for _ in range(LEADS)]


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(situations())
def test_the_next_free_window_is_the_models(ana, leads, move_clock, situation):
    with transaction.atomic():
        move_clock(timedelta(0))
        move_clock(situation.now - clock())
        rep = fresh(
            ana,
            time_zone=situation.zone,
            working_days=situation.working_days,
            work_starts=situation.work_starts,
            work_ends=situation.work_ends,
        )
        now = clock()
        after = now + situation.ahead
        taken = taken_from(after, situation.taken)
        for lead, starts_at in zip(leads, taken, strict=False):
            put(rep, lead, starts_at)

        with acting_as(rep):
            for _ in range(8):
                found = next_free_slot(rep, after)
                assert found == next_free(rep, after, now, taken)
                if found is None:
                    break
                after = found + timedelta(microseconds=1)
            assert_grid_is_the_models(rep, after, now, taken)
        transaction.set_rollback(True)


def assert_grid_is_the_models(rep, moment, now, taken):
    day = moment.astimezone(rep.zone).date()
    windows = day_grid(rep, day, LOS_ANGELES).windows
    assert [window.starts_at for window in windows] == windows_of_day(day, rep.zone)
    for window in windows:
        clash = any(abs(window.starts_at - other) < SLOT for other in taken)
        open_state = State.TAKEN if clash else State.FREE
        assert window.state == (State.PAST if window.starts_at < now else open_state)


# --- in words -----------------------------------------------------------------


def test_the_first_free_window_of_the_next_working_day(ana, make, monday):
    rep = fresh(ana)
    for number in range(16):
        put(rep, make(LeadFactory, owner=rep), at(monday, "09:00") + SLOT * number)

    with acting_as(rep):
        assert next_free_slot(rep, at(monday, "08:00")) == at(monday + timedelta(days=1), "09:00")


def test_without_a_moment_it_starts_from_now(ana):
    rep = fresh(ana)
    with acting_as(rep):
        assert next_free_slot(rep) == next_free(rep, clock(), clock(), [])


def test_three_full_weeks_are_not_the_end(ana, make, monday):
    rep = fresh(ana, working_days=[1], work_starts=time(9), work_ends=time(10))
    mondays = [monday + timedelta(weeks=number) for number in range(-1, 5)]
    for day in mondays:
        for wall in ("09:00", "09:30"):
            put(rep, make(LeadFactory, owner=rep), at(day, wall))

    with acting_as(rep):
        assert next_free_slot(rep) == at(monday + timedelta(weeks=5), "09:00")


@pytest.mark.parametrize("hours", [("09:00", "09:29"), ("09:01", "09:59"), ("09:15", "09:45")])
def test_hours_without_a_whole_window_have_none(ana, hours):
    starts, ends = map(time.fromisoformat, hours)
    rep = fresh(ana, work_starts=starts, work_ends=ends)
    with acting_as(rep):
        assert next_free_slot(rep) is None


def test_nobody_elses_diary_counts(ana, ben, make, monday):
    put(fresh(ben), make(LeadFactory, owner=ben), at(monday, "09:00"))
    rep = fresh(ana)
    with acting_as(rep):
        assert next_free_slot(rep, at(monday, "09:00")) == at(monday, "09:00")


def test_the_grid_names_what_takes_a_window_and_says_the_time_there(ana, lead, make, monday):
    rep = fresh(ana)
    other = make(LeadFactory, owner=ana)
    put(rep, other, at(monday, "10:00"))
    put(rep, lead, at(monday, "11:00"))

    with acting_as(rep):
        grid = day_grid(rep, monday, LOS_ANGELES, lead=lead)

    windows = {f"{window.here:%H:%M}": window for window in grid.windows}
    assert windows["10:00"].taken_by == other.facility.name
    assert (windows["10:00"].state, windows["10:30"].state) == (State.TAKEN, State.FREE)
    assert windows["11:00"].state == State.OWN
    assert f"{windows['10:00'].there:%H:%M}" == "07:00"
    assert [f"{window.here:%H:%M}" for window in (grid.working[0], grid.working[-1])] == [
        "09:00",
        "16:30",
    ]
    assert len(grid.working) + len(grid.others) == 48


def test_what_stands_at_a_lead_out_of_sight_is_taken_without_a_name(ana, lead, monday):
    rep = fresh(ana, territories=["MA"])
    put(rep, lead, at(monday, "10:00"))
    with acting_as(SYSTEM):
        type(lead).objects.filter(pk=lead.pk).update(protected_until=clock())

    with acting_as(rep):
        grid = day_grid(rep, monday, NEW_YORK)

    (taken,) = [window for window in grid.windows if window.state == State.TAKEN]
    assert (f"{taken.here:%H:%M}", taken.taken_by) == ("10:00", "")


def test_a_rep_who_moves_keeps_the_instant(ana, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    rep = fresh(ana, time_zone="Asia/Kathmandu")

    with acting_as(rep):
        grid = day_grid(rep, monday, NEW_YORK)
    callback = reload(callback)
    assert callback.slot.lower == at(monday, "10:00")
    assert callback.window.endswith("10:00-10:30 EST")
    # 10:00 in New York is 20:45 in Kathmandu: two windows of the new grid overlap it.
    assert [f"{w.here:%H:%M}" for w in grid.windows if w.state == State.TAKEN] == ["20:30", "21:00"]

"""Days of clock changes: every window exists, comes once, and overlaps with no other."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.grid import day_grid
from callbacks.slots import (
    HALF_HOURS,
    BadWindow,
    check_window,
    first_instant,
    window_at,
)
from people.models import User
from tests.callbacks.conftest import NEW_YORK, at, open_callbacks
from tests.callbacks.model import SLOT, transitions, windows_of_day
from tests.factories import LeadFactory

ZONES = [
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Santiago",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Asia/Kolkata",
    "Asia/Kathmandu",
]


def move_to(user, zone):
    with acting_as(SYSTEM):
        User.objects.filter(pk=user.pk).update(time_zone=zone)
        return User.objects.get(pk=user.pk)


@pytest.fixture
def travel(move_clock):
    """Move the database's clock to an instant: `travel(instant)`."""
    real_now = clock()
    return lambda instant: move_clock(instant - real_now)


@pytest.mark.parametrize("name", ZONES)
def test_a_days_windows_are_those_that_exist_each_once(name):
    zone = ZoneInfo(name)
    for change in transitions(name):
        for day in {(change + timedelta(days=days)).astimezone(zone).date() for days in (-1, 0, 1)}:
            instants = [first_instant(day, half_hour, zone) for half_hour in HALF_HOURS]
            opening = [instant for instant in instants if instant]
            assert opening == windows_of_day(day, zone)
            assert all(b - a >= SLOT for a, b in pairwise(opening))


@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        ("America/New_York", "2027-03-14 02:00"),
        ("America/New_York", "2027-03-14 02:30"),
        ("Australia/Lord_Howe", "2026-10-04 02:00"),
        ("Africa/Casablanca", "2027-03-14 02:30"),
    ],
)
def test_a_wall_time_that_is_skipped_is_refused_with_a_sentence(zone, wall):
    wall = datetime.fromisoformat(wall)
    with pytest.raises(BadWindow, match=f"There is no {wall:%H:%M} on .* put forward"):
        window_at(wall, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "wall", "first"),
    [
        ("America/New_York", "2026-11-01 01:30", "05:30"),
        ("Australia/Lord_Howe", "2027-04-04 01:30", "14:30"),
        ("Asia/Kolkata", "2026-11-01 01:30", "20:00"),
        ("Asia/Kathmandu", "2026-11-01 09:00", "03:15"),
    ],
)
def test_of_a_wall_time_that_comes_twice_the_first_is_meant(zone, wall, first):
    instant = window_at(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert f"{instant.astimezone(UTC):%H:%M}" == first


def test_the_second_pass_of_a_doubled_hour_is_no_window(ana):
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)
    now = first - timedelta(days=10)

    assert check_window(first, ana, now) == datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001
    with pytest.raises(BadWindow):
        check_window(first.replace(fold=1), ana, now)


def test_a_day_of_clock_changes_says_what_it_lacks_and_has_twice(ana, travel):
    rep = move_to(ana, "America/New_York")
    travel(at(datetime(2027, 3, 1), "09:00"))  # noqa: DTZ001
    with acting_as(rep):
        spring = day_grid(rep, datetime(2027, 3, 14).date(), NEW_YORK)  # noqa: DTZ001
        autumn = day_grid(rep, datetime(2027, 11, 7).date(), NEW_YORK)  # noqa: DTZ001

    assert (spring.skipped, spring.doubled) == ([time(2), time(2, 30)], [])
    assert (autumn.skipped, autumn.doubled) == ([], [time(1), time(1, 30)])
    assert (len(spring.windows), len(autumn.windows)) == (46, 48)


@pytest.mark.parametrize("name", ["America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"])
def test_every_window_of_a_day_of_clock_changes_can_be_booked(ana, make, book, travel, name):
    rep = move_to(ana, name)
    forward, back = transitions(name)[-2:]
    for change in (forward, back):
        travel(change - timedelta(days=3))
        with acting_as(rep):
            grid = day_grid(rep, change.astimezone(rep.zone).date(), NEW_YORK)
        booked = [
            book(rep, make(LeadFactory, owner=rep), window.starts_at)
            for window in grid.windows[:10]
        ]
        assert {callback.slot.lower for callback in booked} <= {
            callback.slot.lower for callback in open_callbacks(rep)
        }
        assert [callback.local_time for callback in booked] == [
            window.here.time() for window in grid.windows[:10]
        ]

"""What is left of a window: one number, in Python and in SQL, and how loudly it is shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import DateTimeField, Value
from hypothesis import example, given
from hypothesis import strategies as st

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.rows import left as chip
from people.models import Policy
from protection.left import DaysLeft, days_left, time_left, urgency
from protection.models import Window
from protection.window import window_end
from tests.factories import LeadFactory

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 24, 9, 5, tzinfo=NEW_YORK)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TICK = timedelta(microseconds=1)
# The clocks of New York go forward and back.
CHANGES = [datetime(2027, 3, 14, 7, tzinfo=UTC), datetime(2027, 11, 7, 6, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("left", "days", "loud"),
    [
        (45 * DAY, 45, ""),
        (45 * DAY - MINUTE, 45, ""),
        (44 * DAY, 44, ""),
        (7 * DAY + TICK, 8, ""),
        (7 * DAY, 7, "soon"),
        (DAY + TICK, 2, "soon"),
        (DAY, 1, "last"),
        (HOUR, 1, "last"),
        (TICK, 1, "last"),
        (timedelta(0), 0, "last"),
        (-TICK, 0, "last"),
        (-30 * DAY, 0, "last"),
    ],
)
def test_a_day_begun_counts_whole_and_the_last_ones_stand_out(left, days, loud):
    assert days_left(NOW, NOW + left) == days
    assert chip(NOW, NOW + left) == f"{days} d"
    assert urgency(NOW, NOW + left, soon_days=7) == loud


def test_how_many_days_stand_out_is_policy():
    assert urgency(NOW, NOW + 10 * DAY, soon_days=14) == "soon"
    assert urgency(NOW, NOW + 3 * DAY, soon_days=2) == ""


@pytest.mark.parametrize(
    ("left", "said"),
    [(DAY, "24 h"), (HOUR + TICK, "2 h"), (HOUR, "60 min"), (TICK, "1 min"), (0 * DAY, "0 min")],
)
def test_the_last_day_is_told_in_hours_and_minutes(left, said):
    assert time_left(NOW, NOW + left) == said


MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda m: datetime(2026, 1, 1, tzinfo=UTC) + m * MINUTE
)


@given(MOMENTS, st.integers(1, 400))
@example(CHANGES[0] - 30 * MINUTE, 45)
@example(CHANGES[1] - 20 * DAY, 45)
def test_a_window_that_has_just_opened_has_all_its_days(opened, days):
    """Whatever the clocks do in between, unless it begins or ends in an hour that is odd itself."""
    until = window_end(opened, days)
    begins, ends = (instant.astimezone(NEW_YORK) for instant in (opened, until))
    is_odd = begins.fold or begins.time() != ends.time()

    assert days_left(opened, until) == days or is_odd


@given(MOMENTS, st.timedeltas(-2 * DAY, 60 * DAY))
def test_there_are_days_left_until_the_end_and_not_after(now, left):
    days = days_left(now, now + left)

    assert (days > 0) == (left > timedelta(0))
    assert abs(days - left / DAY) <= 1 + HOUR / DAY or left < timedelta(0)


def days_by_sql(untils):
    """Return the database's clock, and what it says is left until each of the moments."""
    columns = {
        f"of_{n}": DaysLeft(Value(until, output_field=DateTimeField()))
        for n, until in enumerate(untils)
    }
    return list(Policy.objects.annotate(**columns).values(*columns).get().values())


@pytest.mark.parametrize("change", [None, *CHANGES], ids=["any day", "forward", "back"])
@pytest.mark.parametrize(
    "away", [-90 * MINUTE, -30 * MINUTE, 0 * DAY, 30 * MINUTE, 7 * DAY], ids=str
)
def test_sql_counts_the_days_like_python(db, move_clock, change, away):
    if change:
        with acting_as(SYSTEM):
            move_clock(change - clock() + away)
    steps = [days * DAY + ticks * TICK for days in range(-2, 50, 3) for ticks in (-1, 0, 1)]
    steps += [minutes * MINUTE for minutes in range(-90, 200, 15)]
    with acting_as(SYSTEM):
        now = clock()
        untils = [now + step for step in steps] + [window_end(now, days) for days in (7, 45)]

        assert days_by_sql(untils) == [days_left(now, until) for until in untils]


@pytest.mark.parametrize("change", CHANGES, ids=["forward", "back"])
def test_soon_is_what_has_no_more_days_left_than_policy_says(ana, make, move_clock, change):
    with acting_as(SYSTEM):
        move_clock(change - clock() - 7 * DAY - 30 * MINUTE)
        now = clock()
    untils = [now + 7 * DAY + minutes * MINUTE for minutes in range(-120, 121, 10)]
    for until in untils:
        make(LeadFactory, owner=ana, owned_at=now, protected_until=until)

    with acting_as(SYSTEM):
        soon = Window.objects.public().expiring_soon(7).values_list("expires_at", flat=True)
        assert list(soon) == [until for until in untils if days_left(now, until) <= 7]

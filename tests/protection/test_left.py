"""What is left of a window: one number, in Python and in SQL, and how loudly it is shown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db.models import DateTimeField, Value
from hypothesis import given
from hypothesis import strategies as st

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.rows import left as chip
from people.models import Policy
from protection.left import DaysLeft, days_left, is_soon, urgency

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TICK = timedelta(microseconds=1)


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


# Anything, and what lies next to whole days.
LEFT = st.one_of(
    st.timedeltas(-400 * DAY, 400 * DAY),
    st.builds(
        lambda days, ticks: days * DAY + ticks * TICK, st.integers(-2, 60), st.integers(-2, 2)
    ),
)


@given(LEFT, st.integers(0, 60))
def test_soon_is_what_has_no_more_days_left_than_policy_says(left, soon_days):
    assert is_soon(NOW, NOW + left, soon_days) == (left <= soon_days * DAY)


def test_sql_counts_the_days_like_python(db):
    lefts = [days * DAY + ticks * TICK for days in range(-2, 61) for ticks in (-1, 0, 1)]
    lefts += [MINUTE, HOUR, 7 * DAY - MINUTE, 400 * DAY + HOUR]

    counted = days_by_sql(lefts)

    assert counted == [days_left(NOW, NOW + left) for left in lefts]
    assert all(one <= other for one, other in pairwise(days_by_sql(sorted(lefts))))


def days_by_sql(lefts):
    """Ask for the days left of moments that far from the database's clock."""
    with acting_as(SYSTEM):
        now = clock()
        columns = {
            f"of_{n}": DaysLeft(Value(now + left, output_field=DateTimeField()))
            for n, left in enumerate(lefts)
        }
        return list(Policy.objects.annotate(**columns).values(*columns).get().values())

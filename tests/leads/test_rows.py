"""What a row says: times, what is left, and why it stands where it stands."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from leads import rows

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 9, 5, tzinfo=NEW_YORK)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(0), "now"),
        (MINUTE, "1 min"),
        (HOUR - timedelta(seconds=1), "59 min"),
        (HOUR, "1 h"),
        (DAY, "1 d"),
        (400 * DAY, "400 d"),
    ],
)
def test_time_passed_is_said_in_its_largest_unit(passed, said):
    assert rows.since(NOW, NOW - passed) == said


def test_nothing_yet_is_never():
    assert rows.since(NOW, None) == "never"


@pytest.mark.parametrize(
    ("band", "lead", "why"),
    [
        ("callback_due", {"callback_at": NOW.replace(hour=9, minute=0)}, "callback 09:00-09:30"),
        (
            "callback_due",
            {"callback_at": NOW.replace(day=23, hour=23, minute=30)},
            "callback yesterday 23:30-00:00",
        ),
        ("hot", {"hot_at": NOW - 2 * HOUR}, "interested 2 h ago, qualification open"),
        ("follow_up_due", {"follow_up_on": date(2026, 11, 24)}, "follow-up due today"),
        ("follow_up_due", {"follow_up_on": date(2026, 11, 3)}, "follow-up due on 3 Nov"),
        ("fresh", {"created_at": NOW - 3 * HOUR}, "new 3 h ago, never called"),
        ("active", {"last_contact_at": NOW - 6 * DAY}, "no contact for 6 days"),
        ("active", {"last_contact_at": NOW - DAY}, "no contact for 1 day"),
        (
            "active",
            {"last_contact_at": None, "owned_at": NOW - 3 * DAY},
            "never contacted, yours for 3 days",
        ),
        (
            "scheduled",
            {"callback_at": NOW.replace(day=25, hour=10, minute=0)},
            "callback tomorrow 10:00-10:30",
        ),
        (
            "scheduled",
            {"callback_at": None, "follow_up_on": date(2027, 1, 5)},
            "follow-up on 5 Jan 2027",
        ),
        ("unreached", {"no_answer_count": 3}, "no answer 3 times"),
        ("long_tail", {"last_contact_at": NOW - 21 * DAY}, "no contact for 21 days"),
        ("queued", {"queued_at": NOW - 5 * MINUTE}, "added to the queue 5 min ago"),
    ],
)
def test_a_row_says_why_it_is_where_it_is(band, lead, why):
    assert rows.why_here(band, SimpleNamespace(**lead), NOW, NEW_YORK) == why


def test_a_callback_is_said_in_the_reps_time():
    lead = SimpleNamespace(callback_at=NOW.replace(hour=13, minute=0))

    why = rows.why_here("callback_due", lead, NOW, ZoneInfo("America/Los_Angeles"))

    assert why == "callback 10:00-10:30"

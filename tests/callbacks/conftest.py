"""A lead of Ana's, a working Monday far enough ahead, and hands to book with."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback
from callbacks.models import Callback
from leads.actions import get_lead
from leads.models import Lead
from people.models import User
from tests.factories import LeadFactory

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


@pytest.fixture
def monday(cast):
    """The Monday after next in New York."""
    today = clock().astimezone(NEW_YORK).date()
    return today + timedelta(days=14 - today.weekday())


def at(day: date, wall: str, zone=NEW_YORK):
    """Return the instant of a wall time: `at(monday, "10:00")`."""
    return datetime.combine(day, time.fromisoformat(wall), zone)


@pytest.fixture
def book():
    """Book as a user: `book(ana, lead, at(monday, "10:00"))`; returns the callback."""

    def run(by, lead, starts_at):
        with acting_as(by):
            callback, _ = book_callback(get_lead(lead.pk), starts_at, by=User.objects.get(pk=by.pk))
        return callback

    return run


def reload(row):
    with acting_as(SYSTEM):
        return type(row).objects.get(pk=row.pk)


def open_callbacks(rep):
    with acting_as(SYSTEM):
        return list(Callback.objects.open().filter(rep=rep).order_by("starts_at"))


def callback_at(lead):
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=lead.pk).callback_at

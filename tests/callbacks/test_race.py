"""Many connections, one diary: each window is booked once, and nobody waits long."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.http import Http404

from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import SlotTaken, book_callback
from callbacks.models import SLOT, Callback
from leads.actions import get_lead, release_lead
from people.models import User
from tests.callbacks.conftest import at
from tests.factories import LeadFactory

CONNECTIONS = 32


@pytest.fixture
def windows(monday):
    return [at(monday, "09:00") + SLOT * number for number in range(16)]


def client(rep, leads, windows):
    """Try each window with the lead beside it; return how many were got.

    Whoever waits for a second for somebody else's lock is broken off, and so is the test.
    """

    def run():
        booked = 0
        for lead, starts_at in zip(leads, windows, strict=True):
            with suppress(SlotTaken), acting_as(rep):
                wait_a_second_at_most()
                book_callback(get_lead(lead.pk), starts_at, by=rep)
                booked += 1
        return booked

    return run


def wait_a_second_at_most():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")


def open_starts(rep):
    with acting_as(SYSTEM):
        return sorted(Callback.objects.open().filter(rep=rep).values_list("starts_at", flat=True))


def test_of_32_clients_one_gets_each_window(transactional_db, cast, make, windows, at_once):
    rep = User.objects.get(pk=cast.ana.pk)
    leads = [[make(LeadFactory, owner=rep) for _ in windows] for _ in range(CONNECTIONS)]

    results = at_once(*[client(rep, own, windows) for own in leads])

    assert sum(results) == len(windows)
    assert open_starts(rep) == windows


def test_clients_who_move_from_window_to_window_do_not_block_each_other(
    transactional_db, cast, make, windows, at_once
):
    """Each has one lead: what it leaves, another takes at that moment, in any direction."""
    rep = User.objects.get(pk=cast.ana.pk)
    leads = [make(LeadFactory, owner=rep) for _ in range(CONNECTIONS)]
    orders = [random.Random(seed).sample(windows, k=len(windows)) for seed in range(CONNECTIONS)]

    results = at_once(
        *[
            client(rep, [lead] * len(windows), order)
            for lead, order in zip(leads, orders, strict=True)
        ]
    )

    assert [result for result in results if not isinstance(result, int)] == []
    kept = open_starts(rep)
    assert len(kept) == len(set(kept)) > 0
    assert set(kept) <= set(windows)


def test_moving_a_callback_while_the_lead_is_released(
    transactional_db, cast, make, windows, at_once
):
    """Both lock the lead before its callback, so one of them waits and neither is broken off."""
    rep = User.objects.get(pk=cast.ana.pk)
    leads = [make(LeadFactory, owner=rep) for _ in windows]
    for lead, starts_at in zip(leads, windows, strict=True):
        move_to(rep, lead, starts_at)

    for lead, starts_at in zip(leads, windows, strict=True):
        moved, released = at_once(
            lambda lead=lead, at=starts_at: move_to(rep, lead, at + timedelta(days=1)),
            lambda lead=lead: release(lead, by=cast.cleo),
        )
        assert released is None or isinstance(released, Refused)
        if released:  # told that the callback has moved
            release(lead, by=cast.cleo)
        assert moved is None or isinstance(moved, Refused | Http404)
    assert open_starts(rep) == []


def move_to(rep, lead, starts_at):
    with acting_as(rep):
        book_callback(get_lead(lead.pk), starts_at, by=rep)


def release(lead, by):
    with acting_as(by):
        seen = get_lead(lead.pk).version
        release_lead(lead.pk, by=by, version=seen, why="Closed down")

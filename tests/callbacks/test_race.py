"""Many connections, one diary: each window is booked once, and nobody waits long."""

import random
from contextlib import suppress
from datetime import timedelta
from time import perf_counter

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


class Stopwatch:
    """Times the statements of one connection: who waits for a lock waits in a statement."""

    def __init__(self):
        self.worst = 0

    def __call__(self, execute, *arguments):
        began = perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.worst = max(self.worst, perf_counter() - began)


def client(rep, leads, windows):
    """Try each window with the lead beside it; return how many were got and the worst wait."""

    def run():
        booked, stopwatch = 0, Stopwatch()
        with connection.execute_wrapper(stopwatch):
            for lead, starts_at in zip(leads, windows, strict=True):
                with suppress(SlotTaken), acting_as(rep):
                    book_callback(get_lead(lead.pk), starts_at, by=rep)
                    booked += 1
        return booked, stopwatch.worst

    return run


def open_starts(rep):
    with acting_as(SYSTEM):
        return sorted(Callback.objects.open().filter(rep=rep).values_list("starts_at", flat=True))


def test_of_32_clients_one_gets_each_window(transactional_db, cast, make, windows, at_once):
    rep = User.objects.get(pk=cast.ana.pk)
    leads = [[make(LeadFactory, owner=rep) for _ in windows] for _ in range(CONNECTIONS)]

    results = at_once(*[client(rep, own, windows) for own in leads])

    assert sum(booked for booked, _ in results) == len(windows)
    assert open_starts(rep) == windows
    assert max(wait for _, wait in results) < 1


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

    # A deadlock would be an exception, and a wait of at least a second until it is found.
    assert max(wait for _, wait in results) < 1
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
        assert released is None
        assert moved is None or isinstance(moved, Refused | Http404)
    assert open_starts(rep) == []


def move_to(rep, lead, starts_at):
    with acting_as(rep):
        book_callback(get_lead(lead.pk), starts_at, by=rep)


def release(lead, by):
    with acting_as(by):
        release_lead(lead.pk, by=by, why="Closed down")

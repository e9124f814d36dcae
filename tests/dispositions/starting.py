"""A lead of a rep's in each band of the queue, with all that puts it there."""

from datetime import timedelta

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback
from leads.models import Lead, Task
from leads.queue import BAND_NAMES
from tests.factories import LeadFactory


def next_slot(after):
    """Return the first half hour of the clock at or after an instant."""
    rest = (after - after.replace(minute=0, second=0, microsecond=0)) % timedelta(minutes=30)
    return after - rest + timedelta(minutes=30)


def lead_in(band, rep, move_clock):
    """Return a lead of `rep` that stands in `band` now; may move the clock."""
    with acting_as(SYSTEM):
        lead = LeadFactory(owner=rep, held_for=timedelta(days=20), **COLUMNS.get(band, dict)())
        if band == "fresh":
            Lead.objects.filter(pk=lead.pk).update(created_at=clock())
        else:
            Lead.objects.filter(pk=lead.pk).update(created_at=clock() - timedelta(days=20))
        add_task(band, lead)
    if band in {"callback_due", "scheduled"}:
        book(lead, rep)
    if band == "callback_due":
        move_clock(timedelta(hours=2))
    return lead


def contacted(days):
    return {"last_contact_at": clock() - timedelta(days=days), "last_outcome": "no_answer"}


COLUMNS = {
    "hot": lambda: (
        contacted(1)
        | {
            "last_outcome": "interested",
            "hot_at": clock() - timedelta(days=1),
            "stage": "contacted",
        }
    ),
    "follow_up_due": lambda: contacted(30) | {"follow_up_on": clock().date() - timedelta(days=1)},
    "active": lambda: contacted(3) | {"no_answer_count": 1},
    "unreached": lambda: contacted(2) | {"no_answer_count": 3, "unreached": True},
    "queued": lambda: {"queued_at": clock()},
}


def add_task(band, lead):
    if band == "hot":
        Task.objects.create(lead=lead, kind=Task.Kind.QUALIFICATION)
    elif band == "follow_up_due":
        Task.objects.create(lead=lead, kind=Task.Kind.FOLLOW_UP, due_on=lead.follow_up_on)


def book(lead, rep):
    with acting_as(rep):
        lead = Lead.objects.with_display().get(pk=lead.pk)
        book_callback(lead, next_slot(lead.as_of + timedelta(hours=1)), by=rep)


__all__ = ["BAND_NAMES", "lead_in", "next_slot"]

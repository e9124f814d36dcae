"""Everything that can happen to a callback. One function, one transaction, one event."""

from django.db import transaction
from django.db.models import F

from backoffice.clock import Clock
from backoffice.refusals import Forbidden, Refused
from callbacks.models import Callback
from callbacks.slots import BadWindow, check_window, day_of, next_free_slot
from history.actions import record
from history.models import Event

NO_LONGER = "This lead is no longer yours to call: its time has ended, or it was closed."


class SlotTaken(BadWindow):
    """Another callback stands there; `next_free` is the next window that is free, or None."""

    def __init__(self, starts_at, rep):
        self.next_free = next_free_slot(rep, starts_at)
        wall = starts_at.astimezone(rep.zone)
        super().__init__(f"{wall:%H:%M} on {day_of(wall)} is taken. {offer(self.next_free, rep)}")


def offer(starts_at, rep):
    if starts_at is None:
        return "There is no free window after it."
    wall = starts_at.astimezone(rep.zone)
    return f"The next free window is at {wall:%H:%M} on {day_of(wall)}."


@transaction.atomic
def book_callback(lead, starts_at, *, by):
    """Book the window that opens at `starts_at`; return the callback and the one that it replaces.

    `lead` is with_display(). It has one open callback: a new one moves it. Refused with SlotTaken
    where another callback of the rep stands, with BadWindow where nobody could book.
    """
    lock_own(lead, by)
    callback, replaced = place_callback(lead, starts_at, by=by)
    if replaced and replaced.slot == callback.slot:
        raise BadWindow("The callback is at that time already.")
    if replaced:
        kind, deed = Event.Kind.CALLBACK_MOVED, f"moved the callback of {replaced.window} to"
    else:
        kind, deed = Event.Kind.CALLBACK_BOOKED, "booked a callback for"
    record(kind, f"{by.name} {deed} {callback.window}.", by=by, lead=lead, detail=about(callback))
    return callback, replaced


@transaction.atomic
def cancel_callback(callback, *, by, why=""):
    """Take an open callback out of the diary."""
    lock_own(callback.lead, by)
    end(callback, Callback.Status.CANCELLED)
    sentence = f"{by.name} cancelled the callback of {callback.window}."
    kind = Event.Kind.CALLBACK_CANCELLED
    record(kind, sentence, by=by, lead=callback.lead, why=why, detail=about(callback))


@transaction.atomic
def complete_callback(callback, *, by):
    """Mark an open callback as done, without a disposition."""
    lock_own(callback.lead, by)
    end(callback, Callback.Status.DONE)
    sentence = f"{by.name} marked the callback of {callback.window} as done."
    record(Event.Kind.CALLBACK_DONE, sentence, by=by, lead=callback.lead, detail=about(callback))


def about(callback):
    return {"callback": callback.pk, "starts_at": callback.slot.lower.isoformat()}


# --- parts, for actions that lock, authorise and record themselves ------------


def own(lead, by):
    """Return the lead as a row that `by` holds now, or no row; Forbidden to all but its owner."""
    if lead.owner_id != by.pk:
        raise Forbidden("Only the lead's owner keeps its callbacks.")
    return type(lead).objects.held_by(by).filter(pk=lead.pk)


def check_own(lead, by):
    """Refuse a lead that `by` could not book a callback for."""
    if not own(lead, by).exists():
        raise Refused(NO_LONGER)


def lock_own(lead, by):
    """Lock a lead that `by` could book a callback for, as changed; refuse any other."""
    if own(lead, by).update(version=F("version") + 1) != 1:
        raise Refused(NO_LONGER)


def place_callback(lead, starts_at, *, by):
    """Put a callback into the diary of `by`, in place of the lead's open one; return both.

    The caller has locked the lead, which is with_display(). Refused like book_callback, and then
    nothing is changed.
    """
    wall = check_window(starts_at, by, lead.as_of)
    # What is known to be taken is refused before anything is written. That also keeps two that
    # would swap their windows from waiting for each other.
    standing = list(Callback.objects.in_the_way_of(lead, starts_at, by))
    if any(callback.lead_id != lead.pk for callback in standing):
        raise SlotTaken(starts_at, by)
    replaced = standing[0] if standing else None
    if replaced:
        end(replaced, Callback.Status.CANCELLED)
    callback = insert(lead, starts_at, wall, by)
    if callback is None:
        if replaced:
            reopen(replaced)
        raise SlotTaken(starts_at, by)
    return callback, replaced


# Never a plain INSERT: two that meet at an exclusion constraint wait for each other.
INSERT = """
INSERT INTO callbacks_callback (lead_id, rep_id, booked_by_id, slot, local_date, local_time,
    time_zone, status)
VALUES (%(lead)s, %(rep)s, %(rep)s, tstzrange(%(starts_at)s, %(starts_at)s + interval '30 minutes'),
    %(date)s, %(time)s, %(zone)s, 'open')
ON CONFLICT DO NOTHING RETURNING *"""


def insert(lead, starts_at, wall, rep):
    """Return the new callback, or None where the window is taken."""
    row = {
        "lead": lead.pk,
        "rep": rep.pk,
        "starts_at": starts_at,
        "date": wall.date(),
        "time": wall.time(),
        "zone": rep.time_zone,
    }
    return next(iter(Callback.objects.raw(INSERT, row)), None)


def end(callback, status):
    """Close an open callback; Refused if somebody was quicker."""
    still_open = Callback.objects.open().filter(pk=callback.pk)
    if still_open.update(status=status, ended_at=Clock()) != 1:
        raise Refused("This callback was done or cancelled already.")


def reopen(callback):
    """Put a callback back that this transaction has just closed."""
    Callback.objects.filter(pk=callback.pk).update(status=Callback.Status.OPEN, ended_at=None)

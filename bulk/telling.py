"""Telling people of a bulk action: once each, however many of their leads it was.

What leaves the building waits until nobody can undo it any more.
"""

from collections import Counter

from backoffice.clock import WallClock
from bulk.models import BulkAction
from dispositions.actions import FINAL_AFTER
from leads.models import Lead
from leads.rows import counted
from notifications.actions import notify
from notifications.models import Kind
from people.models import User


def tell(bulk, result):
    """Tell the new owner, and those who had the leads, of the rows with that result."""
    rows = list(bulk.rows.filter(result=result).values_list("lead_id", "before__owner_id"))
    if not rows:
        return
    if bulk.deed == BulkAction.Deed.REASSIGN:
        tell_of_reassignment(bulk, rows)
    elif bulk.deed == BulkAction.Deed.QUEUE:
        tell_of_claims(bulk, [lead for lead, owner in rows if owner is None])


def tell_of_reassignment(bulk, rows):
    leads = [lead for lead, _ in rows]
    by, to = bulk.actor, bulk.target
    send(bulk, to, Kind.LEAD_ASSIGNED, f"{by.name} gave you {named(leads)}.", leads)
    had = Counter(owner for _, owner in rows if owner not in (None, by.pk, to.pk))
    for owner in User.objects.filter(pk__in=had):
        theirs = [lead for lead, pk in rows if pk == owner.pk]
        sentence = f"{by.name} gave {named(theirs, 'of your ')} to {to.name}, callbacks cancelled."
        send(bulk, owner, Kind.LEAD_RELEASED, sentence, theirs)


def tell_of_claims(bulk, leads):
    if leads:
        send(bulk, bulk.actor, Kind.CLAIM_CONFIRMED, f"You claimed {named(leads)}.", leads)


def send(bulk, recipient, kind, sentence, leads):
    lead = Lead(pk=leads[0]) if len(leads) == 1 else None
    key = f"bulk:{bulk.pk}:{recipient.pk}"
    due_at = WallClock() + FINAL_AFTER
    notify(recipient, kind, sentence, lead=lead, key=key, due_at=due_at)


def named(leads, whose=""):
    """Return "Mercy Hospital", or "12 of your leads"."""
    if len(leads) == 1:
        facility = Lead.objects.filter(pk=leads[0]).values_list("facility__name", flat=True).first()
        return facility or "a lead"
    return counted(len(leads), f"{whose}lead")

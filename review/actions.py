"""What becomes of a lead that a rep reported as bad data. One function, one transaction."""

from django.db import transaction
from django.db.models import F
from django.http import Http404

from backoffice.refusals import Forbidden, Refused
from history.actions import record
from history.models import Event
from leads.actions import (
    add_contact,
    call,
    changed_since,
    edit_contact,
    edit_facility,
    get_lead,
    may,
    record_window,
    tell_owner,
)
from leads.models import Lead
from notifications.actions import notify
from notifications.models import Kind

OWNER, POOL = "owner", "pool"

# Why an owner can't go on with the lead; the pool can always have it.
OBSTACLES = {
    "inactive": "{owner} has been deactivated.",
    "out_of_scope": "{owner} may no longer work this lead.",
    "full": "{owner} owns as many open leads as one rep may.",
}
INSTEAD = "Put it into the pool instead."


@transaction.atomic
def resolve_flag(pk, *, by, version, to=OWNER, facility=None, contacts=(), contact=None, why=""):
    """Correct what was wrong, and send the lead back to its owner or put it into the pool.

    The owner goes on with exactly the time that was left when the flag stopped their window.
    `facility` are its fields with the version that was seen, `contacts` pairs of a contact and the
    same, `contact` the fields of a new one. Refused if the lead has changed since `version`, or
    if its owner can't have it back.
    """
    lead = lock_flagged(pk, by, version, "resolve it", with_owner=True)
    correct(lead, by, facility, contacts, contact)
    result = call("resolve_flag", pk, version, to == POOL)[0]
    if result in OBSTACLES:
        raise Refused(f"{OBSTACLES[result].format(owner=lead.owner.name)} {INSTEAD}")
    if result != "resolved":
        raise changed_since(get_lead(pk), "resolve it")
    resolved = get_lead(pk)
    if to == POOL:
        sentence = f"{by.name} reviewed the lead and put it into the pool."
        tell_owner(lead.owner, resolved, f"{by.name} put {resolved.facility.name} into the pool.")
    else:
        sentence = f"{by.name} reviewed the lead and sent it back to {lead.owner.name}."
        tell_of_return(resolved, by)
    record(Event.Kind.FLAG_RESOLVED, sentence, by=by, lead=resolved, why=why, detail={"to": to})
    if to == OWNER:
        record_window(resolved, resolved.protected_until, by=by, owner=lead.owner)
    return resolved


def correct(lead, by, facility, contacts, contact):
    if facility:
        edit_facility(lead, by=by, **facility)
    for person, fields in contacts:
        edit_contact(lead, person, by=by, **fields)
    if contact:
        add_contact(lead, by=by, **contact)


def tell_of_return(lead, by):
    sentence = f"{by.name} corrected {lead.facility.name} and sent it back to you."
    key = f"resolved:{lead.pk}:{lead.version}"
    notify(lead.owner, Kind.LEAD_ASSIGNED, sentence, lead=lead, key=key)


@transaction.atomic
def discard_lead(pk, *, by, version, why):
    """Disqualify a flagged lead for good: there is nothing to correct."""
    lead = lock_flagged(pk, by, version, "discard it")
    move_on(lead, status=Lead.Status.DISQUALIFIED, protection_left=None)
    record(Event.Kind.DISCARDED, f"{by.name} discarded the lead.", by=by, lead=lead, why=why)
    tell_owner(lead.owner, lead, f"{by.name} discarded {lead.facility.name}: {why}")
    return lead


@transaction.atomic
def merge_lead(pk, *, into, by, version, why=""):
    """Close a flagged lead as a duplicate of the lead `into`, which stays as it is.

    Nothing moves: whoever sees the one that stays sees the other's history with it.
    """
    locked = lock_pair(pk, into)
    lead = check_flagged(locked.get(pk), by, version, "merge it")
    other = locked.get(into)
    if other is None or other == lead:
        raise Refused("There is no such lead to merge it with.")
    check_duplicates(lead, other)
    move_on(lead, status=Lead.Status.DISQUALIFIED, merged_into=other)
    kinds = Event.Kind.MERGED, Event.Kind.DUPLICATE_MERGED
    tell_both(kinds, lead, other, by, "merged", why)
    sentence = f"{by.name} found that {lead.facility.name} was there already{owned(other)}."
    tell_owner(lead.owner, lead, sentence)
    return lead, other


@transaction.atomic
def unmerge_lead(pk, *, by, version, why=""):
    """Take a merge back: the duplicate waits for review again, exactly as it did."""
    lead = get_lead(pk)
    locked = lock_pair(pk, lead.merged_into_id or pk)
    lead = locked[pk]
    authorise(lead, by)
    if lead.version != version or lead.merged_into_id not in locked:
        raise changed_since(lead, "take its merge back")
    other = locked[lead.merged_into_id]
    move_on(lead, status=Lead.Status.FLAGGED, merged_into=None)
    kinds = Event.Kind.UNMERGED, Event.Kind.DUPLICATE_UNMERGED
    tell_both(kinds, lead, other, by, "took back the merge of", why)
    return lead


def lock_pair(*pks):
    """Lock the leads in the order of their numbers; return {number: lead} of those that are."""
    rows = Lead.objects.with_display().select_for_update(of=("self",), no_key=True)
    return {lead.pk: lead for lead in rows.filter(pk__in=pks).order_by("pk")}


def check_duplicates(lead, other):
    if other.opportunity_type_id != lead.opportunity_type_id:
        raise Refused("They are of different opportunity types, so both may stand.")
    if other.merged_into_id:
        raise Refused(f"{other.facility.name} was merged into another lead itself: choose that.")


def owned(lead):
    """Return whose a lead is, as far as the public protection list says."""
    held = lead.status == Lead.Status.OPEN and not lead.is_in_pool
    return f", worked by {lead.owner.name}" if held else ""


def tell_both(kinds, lead, other, by, deed, why):
    """Write it into both histories; each names the other by number, for who sees it."""
    of_lead, of_other = kinds
    said = {"by": by, "why": why}
    sentence = f"{by.name} {deed} this lead as a duplicate."
    record(of_lead, sentence, lead=lead, detail={"into": other.pk}, **said)
    sentence = f"{by.name} {deed} a duplicate of this lead: {lead.facility.name}."
    record(of_other, sentence, lead=other, detail={"duplicate": lead.pk}, **said)


# --- parts ----------------------------------------------------------------------


def authorise(lead, by):
    if not may("leads.resolve_flag", lead, by):
        raise Forbidden("Only a sales admin reviews what was reported.")


def lock_flagged(pk, by, version, deed, *, with_owner=False):
    """Lock and return a lead that waits for review, as it was seen at `version`."""
    lead = get_lead(pk)
    authorise(lead, by)
    if with_owner:
        # Its facility may be corrected, which locks all leads there: in the order of their numbers.
        there = Lead.objects.filter(facility=lead.facility_id).values_list("pk", flat=True)
        call("lock_many", list(there), lead.owner_id)
    else:
        call("lock_for_hand_over", pk, None)
    return check_flagged(get_lead(pk), by, version, deed)


def check_flagged(lead, by, version, deed):
    if lead is None:
        raise Http404("No such lead.")
    authorise(lead, by)
    if lead.status != Lead.Status.FLAGGED or lead.version != version:
        raise changed_since(lead, deed)
    return lead


def move_on(lead, **columns):
    """Change a lead that is locked, and with it its version."""
    Lead.objects.filter(pk=lead.pk).update(**columns, version=F("version") + 1)
    lead.version += 1

"""What sales admins do with the people who work here. One function, one transaction, one event."""

from django.db import transaction
from django.db.models import F

from backoffice.refusals import Refused, unless_taken
from backoffice.rls import SYSTEM_ID, joined_by
from history.actions import record
from history.models import Event
from leads.actions import call
from people.models import User
from people.permissions import Role
from staff.handing_over import go_on
from staff.models import Departure

STALE = "Somebody else changed this person meanwhile. Look again before you save."
TAKEN = "Somebody has just been given this address."


@transaction.atomic
def add_person(*, by, email, opportunity_types, **fields):
    """Make an account, which its owner opens with the link of an invitation (staff.invitations)."""
    person = User(email=email.lower(), **fields)
    person.set_unusable_password()
    with unless_taken(TAKEN):
        person.save(force_insert=True)
    person.opportunity_types.add(*opportunity_types)
    sentence = f"{by.name} added {person.name}: {person.get_role_display().lower()}."
    record(Event.Kind.PERSON_ADDED, sentence, by=by, person=person)
    return person


@transaction.atomic
def edit_person(pk, *, by, version, opportunity_types, **fields):
    """Change who somebody is and what they may work, as seen at `version`.

    It counts from their next request on. Nobody changes their own role.
    """
    person = lock_person(pk, by, version)
    if person == by and fields["role"] != by.role:
        raise Refused("Nobody changes their own role: another sales admin does.")
    changes = changed(person, fields) | changed_types(person, opportunity_types)
    if not changes:
        return person
    fields["email"] = fields["email"].lower()
    with unless_taken(TAKEN):
        User.objects.filter(pk=pk).update(**fields, version=F("version") + 1)
    change_types(person, opportunity_types)
    if "email" in changes:
        call("move_email_address", pk)
    sentence = f"{by.name} changed {person.name}: {', '.join(changes)}."
    record(Event.Kind.PERSON_EDITED, sentence, by=by, person=person, detail=changes)
    return User.objects.get(pk=pk)


@transaction.atomic
def deactivate_person(pk, *, by, version, to=None, why=""):
    """Close an account and sign it out; its open leads go to `to`, or into the pool.

    The first of them at once, the others in chunks (staff.tasks). Refused for oneself, and for a
    colleague who does not work here as a rep. Returns the Departure that tells how far it is.
    """
    person = lock_person(pk, by, version)
    if person == by:
        raise Refused("Nobody deactivates themselves: another sales admin does.")
    if not person.is_active:
        raise Refused(f"{person.name} is deactivated already.")
    if to is not None and (to == person or to.role != Role.INSIDE_REP or not to.is_active):
        raise Refused(f"{to.name} can't take over leads.")
    departure = Departure.objects.create(person=person, to=to, by=by)
    joined_by(departure.pk)
    User.objects.filter(pk=pk).update(is_active=False, version=F("version") + 1)
    call("end_sessions", pk)
    goes = f"their leads go to {to.name}" if to else "their leads go into the pool"
    sentence = f"{by.name} deactivated {person.name}; {goes}."
    about = {"why": why, "bulk_id": departure.pk}
    record(Event.Kind.PERSON_LEFT, sentence, by=by, person=person, **about)
    return go_on(departure)


@transaction.atomic
def reactivate_person(pk, *, by, version):
    """Open a closed account again: with its password, and without the leads that it had."""
    person = lock_person(pk, by, version)
    if person.is_active:
        raise Refused(f"{person.name} is active already.")
    if person.departures.filter(state=Departure.State.RUNNING).exists():
        raise Refused(f"The leads of {person.name} are still being handed over.")
    User.objects.filter(pk=pk).update(is_active=True, version=F("version") + 1)
    sentence = f"{by.name} reactivated {person.name}."
    record(Event.Kind.PERSON_RETURNED, sentence, by=by, person=person)
    return person


def lock_person(pk, by, version):
    """Lock and return a person as seen at `version`, with whoever else keeps the house.

    The sales admins come first and in order, so that of two who would lock each other out one
    waits, and then finds that it is they who were.
    """
    admins = User.objects.filter(role=Role.SALES_ADMIN, is_active=True).order_by("pk")
    if by.pk not in set(admins.select_for_update(no_key=True).values_list("pk", flat=True)):
        raise Refused("You are no sales admin any more.")
    people = User.objects.exclude(pk=SYSTEM_ID).select_for_update(of=("self",), no_key=True)
    person = people.filter(pk=pk, version=version).first()
    if person is None:
        raise Refused(STALE)
    return person


def changed(person, fields):
    """Return {field: [before, after]} of what differs, as history keeps it."""
    said = {"work_starts": "%H:%M", "work_ends": "%H:%M"}

    def text(name, value):
        if name in said:
            return value.strftime(said[name])
        if isinstance(value, list):
            return ", ".join(map(str, value)) or "all"
        return "" if value is None else str(value)

    pairs = {name: [text(name, getattr(person, name)), text(name, fields[name])] for name in fields}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def changed_types(person, wanted):
    before = sorted(str(kind) for kind in person.opportunity_types.all())
    after = sorted(map(str, wanted))
    said = [", ".join(before), ", ".join(after)]
    return {} if before == after else {"opportunity_types": said}


def change_types(person, wanted):
    before, after = set(person.opportunity_types.all()), set(wanted)
    if before - after:
        person.opportunity_types.remove(*(before - after))
    if after - before:
        person.opportunity_types.add(*(after - before))

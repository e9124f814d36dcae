"""Everything that can happen to a lead. One function, one transaction, an event for each deed."""

import json

from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import F
from django.http import Http404
from psycopg import errors

from backoffice.clock import Clock
from backoffice.refusals import Forbidden, Refused
from backoffice.rls import SYSTEM
from callbacks.models import Callback
from history.actions import line, record, record_all
from history.models import Event
from leads.models import Contact, Facility, Lead, Task
from notifications.actions import notify
from notifications.models import Kind
from people.models import User
from people.permissions import LEAD_PERMISSIONS, Relation, Role
from protection.models import Window
from protection.window import day_there, window_end, window_end_from_now

STALE = "Somebody else changed this meanwhile. Look at it again before you save."
CHANGED = "The lead has changed since you looked: {what}. Look again before you {deed}."


def get_lead(pk):
    """Return the lead with what is shown of it; 404 unless the actor sees it."""
    lead = Lead.objects.with_display().filter(pk=pk).first()
    if lead is None:
        raise Http404("No such lead.")
    return lead


def relation_to(lead, user):
    """Say what `user` is to a lead that they see (people.permissions.Relation)."""
    if user.role == Role.SALES_ADMIN:
        return Relation.SALES_ADMIN
    if user.role == Role.SENIOR_MANAGER:
        return Relation.SENIOR_MANAGER
    if lead.owner_id == user.pk and not lead.has_expired:
        return Relation.OWNER
    if user.role == Role.MANAGER and lead.owner_team_id == user.team_id and not lead.has_expired:
        return Relation.MANAGER
    return Relation.VIEWER


def may(permission, lead, user):
    """May `user` do this to a lead that they see? Row security decides again in the database."""
    return relation_to(lead, user) in LEAD_PERMISSIONS[permission]


def authorise(permission, lead, user):
    if not may(permission, lead, user):
        raise Forbidden("Only the lead's owner and those above may do this.")


class ClaimRefused(Refused):
    """The refusal of a claim; `word` is the database's for why."""

    def __init__(self, sentence, word):
        super().__init__(sentence)
        self.word = word


class AboutLead(Refused):
    """The refusal of something to a `lead` that the actor may open, if it is not None."""

    def __init__(self, sentence, lead=None):
        super().__init__(sentence)
        self.lead = lead


def changed_since(lead, deed):
    """Return the refusal that tells an open tab what it has missed; `deed` as in "release it"."""
    event = lead.events.order_by("-id").first()
    what = str(event).rstrip(".") if event else "somebody edited it"
    return AboutLead(CHANGED.format(what=what, deed=deed), lead)


# --- changing hands ---------------------------------------------------------


@transaction.atomic
def claim_lead(pk, *, by, tells=True):
    """Take a lead out of the pool and give it to `by`; Refused if somebody has it or `by` may not.

    Where the last owner's window had run out and no job had noticed, that is written down first.
    `tells` is whether the bell confirms it: of many claims it is rung once.
    """
    taken_by, until = claim_terms(pk)
    if taken_by:
        # Whoever comes after the winner need not stand in line for the locks.
        raise refused_claim(pk, "unavailable", taken_by, by)
    # One conditional hand-over in the database: two reps can't both win.
    result, taken_by, expired_owner_id, expired_owner = call("claim", pk, until)
    if result != "claimed":
        raise refused_claim(pk, result, taken_by, by)
    lead = get_lead(pk)
    if expired_owner_id:
        callbacks, _ = cancel_open(lead, Callback, Task)
        record_expiry(lead, expired_owner)
        owner = User.objects.get(pk=expired_owner_id)
        sentence = f"Your protection of {lead.facility.name} has ended."
        tell_owner(owner, lead, sentence, callback=callbacks)
    record(Event.Kind.CLAIMED, f"{by.name} claimed the lead from the pool.", by=by, lead=lead)
    record_window(lead, until, by=by)
    if tells:
        confirm_claim(lead, until, by)
    return lead


def confirm_claim(lead, until, by):
    sentence = f"{lead.facility.name} is yours until {day_there(until)}."
    key = f"claimed:{lead.pk}:{lead.version}"
    notify(by, Kind.CLAIM_CONFIRMED, sentence, lead=lead, key=key)


def claim_terms(pk):
    """Return by whom a lead is taken (None: by nobody), and when a window from now on will end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.taken_by(%s), app.clock(), protection_days FROM people_policy", [pk]
        )
        taken_by, now, days = cursor.fetchone()
    return taken_by, window_end(now, days)


def cooling_down(leads):
    """Return {id: when the actor can claim it again} of those that they had a short while ago."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.cooling_down(%s)", [leads])
        return dict(cursor.fetchall())


def refused_claim(pk, result, taken_by, by):
    """Return the exception that explains why a claim failed; 404 for what `by` may not see."""
    if result == "cooling_down":
        again = cooling_down([pk])[pk].astimezone(by.zone)
        return ClaimRefused(
            "You had this lead a short while ago, so others may claim it first. "
            f"You can from {again:%H:%M} on {again:%a} {again.day} {again:%b}.",
            result,
        )
    if result == "full":
        return ClaimRefused(
            "You own as many open leads as one rep may. Finish or release some first.", result
        )
    if taken_by:
        return ClaimRefused(f"This lead is taken by {taken_by}.", "taken")
    get_lead(pk)
    return ClaimRefused("This lead is not in a pool that you claim from.", "not_in_pool")


@transaction.atomic
def release_lead(pk, *, by, version, why):
    """Put an owned lead back into the pool, by hand, as it was seen at `version`."""
    lead = get_lead_to_hand_over(pk)
    authorise("leads.release_lead", lead, by)
    if lead.version != version:
        raise changed_since(lead, "release it")
    # Written first: afterwards the lead may be out of sight.
    if lead.owner and lead.owner != by:
        sentence = f"{by.name} released {lead.facility.name} into the pool."
        tell_owner(lead.owner, lead, sentence, callback=lead.callback_at)
    cancel_open(lead, Callback, Task)
    record(Event.Kind.RELEASED, f"{by.name} released the lead.", by=by, lead=lead, why=why)
    if call("release", pk, version) != ("released",):
        raise Refused("This lead has no owner who could release it.")


@transaction.atomic
def reassign_lead(pk, *, to, by, version=None, why=""):
    """Give a lead to `to`: with the remaining time from its owner, with a new window from above.

    `version` is the lead's as the caller saw it, if they looked. leads/many.py does it to many.
    """
    lead = get_lead_to_hand_over(pk, to=to)
    authorise("leads.reassign_lead", lead, by)
    if version and lead.version != version:
        raise changed_since(lead, "reassign it")
    until = window_end_from_now()
    if lead.has_expired:
        record_expiry(lead, lead.owner.name)
    record_all(lines_of_reassignment(lead, to, by, until, why=why))
    tell_of_reassignment(lead, to, by)
    # Appointments are a rep's own; what there is to do stays with the lead.
    cancel_open(lead, Callback)
    _, result = call("reassign", [pk], [lead.version], to.pk, until, False)
    if result != "reassigned":
        raise Refused(REASSIGN_REFUSALS[result].format(to=to.name))
    if lead.has_expired:
        # Out of reach before, also of those who see everything: nobody works an expired lead.
        cancel_open(lead, Callback, Task)


def lines_of_reassignment(lead, to, by, until, *, why="", bulk_id=None):
    """Return what history says of a lead that `by` gives to `to`."""
    sentence = f"{by.name} reassigned the lead to {to.name}."
    lines = [
        line(Event.Kind.REASSIGNED, sentence, by=by, lead=lead, why=why, bulk_id=bulk_id),
    ]
    if lead.owner_id != by.pk:
        lines.append(line_of_window(lead, until, by=by, owner=to))
    return lines


def get_lead_to_hand_over(pk, *, to=None):
    """Lock who receives a lead, then the lead itself, as a claim does; return the lead."""
    call("lock_for_hand_over", pk, to and to.pk)
    return get_lead(pk)


def tell_of_reassignment(lead, to, by):
    """Tell the new owner, and the old one with the callback that leaves their diary."""
    facility = lead.facility.name
    key = f"assigned:{lead.pk}:{lead.version}"
    notify(to, Kind.LEAD_ASSIGNED, f"{by.name} gave you {facility}.", lead=lead, key=key)
    if lead.owner and lead.owner != by:
        sentence = f"{by.name} gave {facility} to {to.name}."
        tell_owner(lead.owner, lead, sentence, callback=lead.callback_at)


def tell_owner(owner, lead, sentence, *, callback=None):
    """Tell who had the lead that they have it no longer, and no `callback` there if it had one."""
    sentence += " Your callback there is cancelled." if callback else ""
    key = f"released:{lead.pk}:{lead.version}"
    notify(owner, Kind.LEAD_RELEASED, sentence, lead=lead, key=key)


REASSIGN_REFUSALS = {
    "unavailable": "This lead can't be reassigned as it stands.",
    "out_of_scope": "{to} may not work this lead.",
    "full": "{to} owns as many open leads as one rep may.",
}


def call(function, *arguments):
    """Call app.<function> and return its row."""
    marks = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM app.{function}({marks})", arguments)
        return cursor.fetchone()


def cancel_open(lead, *models):
    """Cancel the lead's open rows of the models, as its owner changes; return how many of each."""
    # The lead before what hangs on it, as everywhere: a callback's end is copied onto its lead.
    Lead.objects.select_for_update(no_key=True).filter(pk=lead.pk).first()
    return [
        model.objects.filter(lead=lead, status="open").update(status="cancelled", ended_at=Clock())
        for model in models
    ]


def record_expiry(lead, owner_name):
    sentence = f"The protection of {owner_name} ended; the lead went back into the pool."
    record(Event.Kind.EXPIRED, sentence, by=SYSTEM, lead=lead)


def record_window(lead, until, *, by, owner=None):
    record_all([line_of_window(lead, until, by=by, owner=owner or by)])


def line_of_window(lead, until, *, by, owner):
    sentence = f"Protected for {owner.name} until {day_there(until)}."
    detail = {"until": until.isoformat()}
    return line(Event.Kind.PROTECTED, sentence, by=by, lead=lead, detail=detail)


# --- tasks ------------------------------------------------------------------


@transaction.atomic
def complete_task(lead, task, *, by):
    """Mark an open task as done; a qualification that is done no longer keeps the lead hot."""
    if not may("leads.work_lead", lead, by):
        raise Forbidden("Only the lead's owner may complete its tasks.")
    # The lead before its task, as everywhere.
    Lead.objects.filter(pk=lead.pk).update(
        **{TASK_COLUMNS[task.kind]: None}, version=F("version") + 1
    )
    done = Task.objects.filter(pk=task.pk, lead=lead, status=Task.Status.OPEN).update(
        status=Task.Status.DONE, ended_at=Clock()
    )
    if not done:
        raise Refused("This task is not open any more.")
    sentence = f"{by.name} completed: {task}."
    record(Event.Kind.TASK_DONE, sentence, by=by, lead=lead, detail={"task": task.pk})


# Which column of the lead says that it has such a task open.
TASK_COLUMNS = {Task.Kind.QUALIFICATION: "hot_at", Task.Kind.FOLLOW_UP: "follow_up_on"}


@transaction.atomic
def record_email(lead, contact, *, by):
    """Write down that `by` opened an e-mail to a contact of a lead that can't be reached."""
    if not may("leads.work_lead", lead, by):
        raise Forbidden("Only the lead's owner writes to its people.")
    record(Event.Kind.EMAILED, f"{by.name} e-mailed {contact.name}.", by=by, lead=lead)


# --- making and editing -----------------------------------------------------


@transaction.atomic
def add_lead(*, by, facility, opportunity_type, contact=None, take=False):
    """Make a lead by hand at a new or known facility; Refused if there is a live one already.

    `facility` and `contact` are dicts of fields. With `take`, `by` claims it at once.
    """
    pk, created = find_or_make(facility, opportunity_type, contact)
    if not created:
        raise already_known(pk)
    lead = get_lead(pk)
    record(Event.Kind.CREATED, f"{by.name} added the lead.", by=by, lead=lead)
    if contact and contact["name"]:
        record(Event.Kind.CONTACT_ADDED, f"{by.name} added {contact['name']}.", by=by, lead=lead)
    return claim_lead(pk, by=by) if take else lead


def find_or_make(facility, opportunity_type, contact):
    """Return (the lead's id, whether it is new).

    Its contact is made with it, because nobody may edit the facility of a lead without an owner.
    """
    fields = ("name", "address", "city", "state", "postcode", "phone", "time_zone")
    said = as_json(contact) if contact and contact["name"] else None
    arguments = [*(facility[name] for name in fields), opportunity_type.pk, "Manual", said]
    try:
        with transaction.atomic():
            return call("add_lead", *arguments)
    except ProgrammingError as problem:
        if not isinstance(problem.__cause__, errors.InsufficientPrivilege):
            raise
        raise Forbidden("You do not work this opportunity type in that state.") from problem


def as_json(contact):
    phone = contact.get("phone")
    return json.dumps(contact | {"phone": phone.as_e164 if phone else ""})


def already_known(pk):
    lead = Lead.objects.filter(pk=pk).first()
    window = Window.objects.filter(lead=pk).first()
    owner = f" and is worked by {window.owner_name}" if window else ""
    return AboutLead(f"This lead is already known{owner}.", lead)


@transaction.atomic
def edit_facility(lead, *, by, version, **fields):
    """Change a facility's fields as seen at `version`; Refused if it was changed since."""
    authorise("leads.change_facility", lead, by)
    changes = changed_fields(lead.facility, fields)
    if changes:
        # Triggers copy it to leads and their windows, which are locked before facilities.
        call("lock_leads_of", lead.facility_id)
        update_facility(lead.facility_id, version, fields)
        sentence = f"{by.name} edited the facility: {', '.join(changes)}."
        record(Event.Kind.FACILITY_EDITED, sentence, by=by, lead=lead, detail=changes)


def update_facility(pk, version, fields):
    try:
        with transaction.atomic():
            update_at_version(Facility.objects.filter(pk=pk), version, fields)
    except IntegrityError as same:
        # It may be one that the actor does not see, so nothing more is said.
        raise Refused("A facility of this name and address is already known.") from same


@transaction.atomic
def add_contact(lead, *, by, **fields):
    """Add a person to the lead's facility."""
    authorise("leads.change_facility", lead, by)
    if fields.get("is_decision_maker"):
        no_decision_maker(lead)
    contact = Contact.objects.create(facility_id=lead.facility_id, **fields)
    record(Event.Kind.CONTACT_ADDED, f"{by.name} added {contact.name}.", by=by, lead=lead)
    return contact


@transaction.atomic
def edit_contact(lead, contact, *, by, version, **fields):
    """Change a contact's fields as seen at `version`; Refused if it was changed since."""
    authorise("leads.change_facility", lead, by)
    changes = changed_fields(contact, fields)
    if changes:
        update_at_version(lead.facility.contacts.filter(pk=contact.pk), version, fields)
        sentence = f"{by.name} edited {contact.name}: {', '.join(changes)}."
        record(Event.Kind.CONTACT_EDITED, sentence, by=by, lead=lead, detail=changes)


@transaction.atomic
def choose_decision_maker(lead, contact, *, by):
    """Make `contact` the one person at the facility who decides."""
    authorise("leads.change_facility", lead, by)
    no_decision_maker(lead)
    if not lead.facility.contacts.filter(pk=contact.pk).update(
        is_decision_maker=True, version=F("version") + 1
    ):
        raise Refused(STALE)
    sentence = f"{by.name} marked {contact.name} as the decision-maker."
    record(Event.Kind.DECISION_MAKER_CHOSEN, sentence, by=by, lead=lead)


def no_decision_maker(lead):
    Contact.objects.filter(facility=lead.facility_id, is_decision_maker=True).update(
        is_decision_maker=False, version=F("version") + 1
    )


def changed_fields(row, fields):
    """Return {field: [before, after]} of what differs, as text."""
    return {
        name: [str(getattr(row, name)), str(value)]
        for name, value in fields.items()
        if str(getattr(row, name)) != str(value)
    }


def update_at_version(rows, version, fields):
    """Update the one row that is still as it was seen at `version`, or refuse."""
    changed = rows.filter(version=version).update(**fields, version=F("version") + 1)
    if changed != 1:
        raise Refused(STALE)

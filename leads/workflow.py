"""From the first conversation to the contract: stages, dates, and how a lead ends well or not."""

from datetime import date

from django.db import transaction
from django.db.models import F

from backoffice.refusals import Forbidden, Refused
from callbacks.models import Callback
from history.actions import record
from history.models import Event
from leads.actions import STALE, cancel_open, changed_fields, get_lead, may
from leads.models import Lead, Task
from protection.actions import extend_window
from protection.models import Extension

Stage = Lead.Stage
ORDER = [
    Stage.NEW,
    Stage.CONTACTED,
    Stage.QUALIFIED,
    Stage.DISCOVERY,
    Stage.GAMEPLAN,
    Stage.CONTRACT,
]
ENDS = {Stage.WON: Lead.Status.WON, Stage.LOST: Lead.Status.LOST}

# Dates whose first setting under an ownership keeps the lead.
QUALIFYING_DATES = {
    "gameplan_on": Extension.Activity.GAMEPLAN_CALL,
    "contract_sent_on": Extension.Activity.CONTRACT_SENT,
}

WORDS = {
    "discovery_on": "discovery date",
    "gameplan_on": "gameplan call",
    "contract_sent_on": "contract sent",
    "expected_close_on": "expected close",
    "expected_value": "expected value",
}


@transaction.atomic
def move_stage(pk, stage, *, by, version, why=""):
    """Move a lead to another stage, as seen at `version`; lost ends it.

    Won is clients.actions.win_lead.
    Reaching a stage beyond contacted for the first time under this ownership extends the window;
    moving back does not.
    """
    stage = Stage(stage)
    lead = change_own(pk, by, version)
    if lead.stage == stage:
        raise Refused(f"This lead is in stage {stage.label.lower()} already.")
    return enter_stage(lead, stage, by=by, why=why)


def enter_stage(lead, stage, *, by, why=""):
    """Move a lead that change_own() returned."""
    before, lead.stage = Stage(lead.stage), stage
    Lead.objects.filter(pk=lead.pk).update(stage=stage, **ending(stage))
    sentence = f"{by.name} moved the lead from {before.label.lower()} to {stage.label.lower()}."
    if stage in ENDS:
        cancel_open(lead, Callback, Task)
    elif is_forward(before, stage):
        extend_window(lead, Extension.Activity(stage), by=by)
    moved = {"stage": [before, stage]}
    record(Event.Kind.STAGE_MOVED, sentence, by=by, lead=lead, why=why, detail=moved)
    return lead


def is_forward(before, after):
    return ORDER.index(after) > max(ORDER.index(before), ORDER.index(Stage.CONTACTED))


def is_behind(activity, stage):
    """Has a lead in `stage` the stage that is this qualifying activity, or gone past it?"""
    return activity in ORDER and (stage not in ORDER or ORDER.index(activity) <= ORDER.index(stage))


def ending(stage):
    """Return the columns that a stage ends a lead with."""
    if stage not in ENDS:
        return {}
    return {
        "status": ENDS[stage],
        "protected_until": None,
        "hot_at": None,
        "follow_up_on": None,
        "queued_at": None,
    }


@transaction.atomic
def plan(pk, *, by, version, **fields):
    """Set the lead's dates and expected value, as seen at `version`.

    Scheduling a gameplan call and sending a contract extend the window, each the first time under
    this ownership.
    """
    lead = change_own(pk, by, version)
    if is_ahead(fields.get("contract_sent_on"), lead, by):
        raise Refused("A contract is sent on the day that it is sent, not ahead of it.")
    changes = changed_fields(lead, fields)
    if not changes:
        return lead
    Lead.objects.filter(pk=pk).update(**fields)
    said = "; ".join(said_of(name, fields[name]) for name in changes)
    record(Event.Kind.PLANNED, f"{by.name} set: {said}.", by=by, lead=lead, detail=changes)
    for name, activity in QUALIFYING_DATES.items():
        if name in changes and fields[name]:
            extend_window(lead, activity, by=by)
    return lead


def said_of(name, value):
    """Return what a field was set to, as history says it."""
    return f"no {WORDS[name]}" if value is None else f"{WORDS[name]} {written(value)}"


def written(value):
    """Return a date or an amount of dollars as text."""
    return f"{value.day} {value:%b %Y}" if isinstance(value, date) else f"${value:,.2f}"


def is_ahead(day, lead, user):
    """Does a day lie in the future for `user`, by the clock at which the lead was read?"""
    return day is not None and day > lead.as_of.astimezone(user.zone).date()


def only_owner(lead, by):
    if not may("leads.work_lead", lead, by):
        raise Forbidden("Only the lead's owner moves it through the workflow.")


def change_own(pk, by, version):
    """Lock and return an open lead that `by` owns, its version moved on; refuse any other."""
    lead = get_lead(pk)
    only_owner(lead, by)
    own = Lead.objects.held_by(by).filter(pk=pk, version=version)
    if own.update(version=F("version") + 1) != 1:
        raise Refused(STALE if lead.status == Lead.Status.OPEN else f"This lead is {lead.status}.")
    return get_lead(pk)

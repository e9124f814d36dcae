"""What a sales admin changes of the house: teams and what may be sold.

One function, one transaction, one event.
"""

from django.db import transaction

from backoffice.refusals import Refused, unless_taken
from history.actions import record
from history.models import Event
from people.models import OpportunityType, Policy, Team

STALE = "Somebody else changed this meanwhile. Look at it again before you save."
TAKEN = "Somebody has just given that name to another {word}."


@transaction.atomic
def add_team(*, name, by):
    with unless_taken(TAKEN.format(word="team")):
        team = Team.objects.create(name=name)
    record(Event.Kind.HOUSE_CHANGED, f"{by.name} added the team {name}.", by=by, person=by)
    return team


@transaction.atomic
def rename_team(team, *, name, version, by):
    return edit(team, "team", {"name": name}, version=version, by=by)


@transaction.atomic
def add_opportunity_type(*, code, name, by):
    with unless_taken(TAKEN.format(word="opportunity type")):
        kind = OpportunityType.objects.create(code=code, name=name)
    sentence = f"{by.name} added the opportunity type {code}, {name}."
    record(Event.Kind.HOUSE_CHANGED, sentence, by=by, person=by)
    return kind


@transaction.atomic
def edit_opportunity_type(kind, *, code, name, version, by):
    fields = {"code": code, "name": name}
    return edit(kind, "opportunity type", fields, version=version, by=by)


@transaction.atomic
def change_policy(numbers, *, version, by):
    """Change the policy as it was seen at `version`; Refused where somebody was faster."""
    before = Policy.current()
    changed = {
        name: [getattr(before, name), number]
        for name, number in numbers.items()
        if getattr(before, name) != number
    }
    rows = Policy.objects.filter(pk=before.pk, version=version)
    if not rows.update(**numbers, version=version + 1):
        raise Refused(STALE)
    sentence = f"{by.name} changed the policy: {', '.join(map(told, changed.items()))}."
    record(Event.Kind.POLICY_CHANGED, sentence, by=by, person=by, detail=changed)


def told(change):
    name, (before, after) = change
    return f"{name.replace('_', ' ')} {before} → {after}"


def edit(row, word, fields, *, version, by):
    """Change a row as it was seen at `version`, with one event, unless nothing differs."""
    rows = type(row).objects.filter(pk=row.pk)
    before = rows.select_for_update().get()
    if before.version != version:
        raise Refused(STALE)
    changed = {
        name: [getattr(before, name), value]
        for name, value in fields.items()
        if getattr(before, name) != value
    }
    if not changed:
        return before
    with unless_taken(TAKEN.format(word=word)):
        rows.update(**fields, version=version + 1)
    sentence = f"{by.name} changed the {word} {before}."
    record(Event.Kind.HOUSE_CHANGED, sentence, by=by, person=by, detail=changed)
    return rows.get()

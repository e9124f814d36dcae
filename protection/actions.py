"""Keeping a lead: qualifying activities move the end of the owner's window."""

from history.actions import record
from history.models import Event
from protection.models import Extension
from protection.window import day_there, window_end_from_now


def extend_window(lead, activity, *, by):
    """Let the first activity of its kind under this ownership keep the lead; return the new end.

    The end moves to the policy's days after now, if that is later. The caller has locked the lead.
    """
    if Extension.objects.under_ownership_of(lead).filter(activity=activity).exists():
        return lead.protected_until
    until = window_end_from_now()
    extension = Extension.objects.create(
        lead=lead,
        owner_id=lead.owner_id,
        owned_at=lead.owned_at,
        activity=activity,
        until_before=lead.protected_until,
        until=until,
    )
    if until > lead.protected_until:
        type(lead).objects.filter(pk=lead.pk).update(protected_until=until)
        sentence = f"{extension}: protected until {day_there(until)}."
        record(Event.Kind.EXTENDED, sentence, by=by, lead=lead, detail=detail(extension))
        lead.protected_until = until
    return lead.protected_until


def detail(extension):
    moved = [extension.until_before.isoformat(), extension.until.isoformat()]
    return {"activity": extension.activity, "protected_until": moved}

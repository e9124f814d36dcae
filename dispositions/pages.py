"""What the picker of outcomes and the Activity tab show."""

from django.urls import reverse

from callbacks.picker import picker
from dispositions.actions import correctable, may_disposition
from dispositions.forms import DispositionForm
from dispositions.timeline import timeline
from history.models import Event
from leads import rows
from leads.duplicates import duplicates_of
from leads.folder import folder_context
from leads.models import Lead
from leads.outcomes import BUTTONS
from leads.to_do import to_do


def asking(lead, viewer, form, *, asked, refusal=None, back=""):
    """Return what dispositions/_form.html shows.

    `asked` is the query or form in which a window of the picker is looked for; a `refusal`
    (BadWindow) is shown there. `back` is where to go from a page without JavaScript.
    """
    return {
        "lead": lead,
        "form": form,
        "url": reverse("dispositions:disposition", args=[lead.pk]),
        "outcomes": BUTTONS,
        "chosen": form.chosen,
        "asks": form.asks,
        "picker": callback_picker(lead, viewer, asked, refusal) if form.asks == "slot" else None,
        "earlier": earlier_outcome(lead, viewer),
        "must_correct": lead.status != Lead.Status.OPEN,
        "back": back,
    }


def callback_picker(lead, viewer, asked, refusal):
    windows = reverse("leads:callback", args=[lead.pk])
    page = reverse("dispositions:disposition", args=[lead.pk])
    return picker(lead, viewer, asked, url=windows, page_url=page, refusal=refusal)


def earlier_outcome(lead, viewer):
    """Return what a new disposition may correct: "Voicemail / No answer, 10:02"; or ""."""
    earlier = correctable(lead)
    if earlier is None:
        return ""
    there = earlier.at.astimezone(viewer.zone)
    day = rows.day(there.date(), lead.as_of.astimezone(viewer.zone).date())
    return f"{earlier}, {there:%H:%M}" if day == "today" else f"{earlier}, {day} {there:%H:%M}"


# --- the Activity tab ---------------------------------------------------------


def activity_context(lead, *, viewer, before=None):
    """Return what the Activity tab shows: the picker, open tasks, and the history, newest first."""
    context = folder_context(lead, viewer=viewer, tab="dispositions:activity")
    if may_disposition(lead, viewer):
        form = DispositionForm(initial={"version": lead.version})
        context |= asking(lead, viewer, form, asked={})
    path = reverse("dispositions:activity", args=[lead.pk])
    merged = list(duplicates_of(lead))
    others = {other.pk: other.facility.name for other in merged}
    events = Event.objects.filter(lead__in=[lead.pk, *others])
    facilities = [lead.facility_id, *(other.facility_id for other in merged)]
    history = timeline(events, viewer, before, path=path, others=others, facilities=facilities)
    return context | to_do(lead, viewer) | history

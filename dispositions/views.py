"""Outcomes of calls over HTTP: the picker, Undo, and a lead's history."""

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice.access import requires
from backoffice.htmx import came_from, render_page
from backoffice.unsent import keeps_typed
from callbacks.slots import BadWindow, slot_from
from dispositions.actions import authorise, disposition_lead, may_disposition, undo_disposition
from dispositions.forms import DispositionForm
from dispositions.pages import activity_context, asking
from leads.actions import get_lead
from leads.models import Lead
from leads.outcomes import Outcome
from leads.replies import moved_on


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("dispositions.disposition_lead")
def disposition(request, pk):
    if request.method == "POST" and "choose" not in request.POST:
        return record(request, pk, DispositionForm(request.POST))
    return ask(request, pk, begun(request))


def begun(request):
    """Return the form as far as it is filled in, without a word about what is missing."""
    said = request.POST.dict() or request.GET.dict()
    if "choose" in said:
        said["outcome"] = said["choose"]
    elif "day" in said:
        said["outcome"] = Outcome.CALLBACK
    return DispositionForm(initial=said)


def record(request, pk, form):
    if not form.is_valid():
        return ask(request, pk, form, status=422)
    slot = request.POST.get("slot", "")
    try:
        starts_at = slot_from(slot, request.user) if form.asks == "slot" else None
        made = disposition_lead(pk, by=request.user, starts_at=starts_at, **form.said)
    except BadWindow as refusal:
        return ask(request, pk, form, refusal=refusal, status=422)
    sentence = f"{made.lead.facility}: {made.said}"
    undo_url = reverse("dispositions:undo", args=[made.pk])
    return moved_on(request, made.lead, sentence, event="dispositioned", undo_url=undo_url)


def ask(request, pk, form, *, refusal=None, status=200):
    """Answer with the picker, filled in as far as it was."""
    lead = get_lead(pk)
    authorise(lead, request.user, corrects=lead.status != Lead.Status.OPEN)
    form.initial.setdefault("version", lead.version)
    asked = request.POST or request.GET
    back = asked.get("back") or came_from(request)
    context = asking(lead, request.user, form, asked=asked, refusal=refusal, back=back)
    return render_page(request, "dispositions/ask.html", context, fragment="form", status=status)


@require_POST
@requires("dispositions.undo_disposition")
def undo(request, pk):
    undone = undo_disposition(pk, by=request.user)
    lead = get_lead(undone.lead_id)
    return moved_on(request, lead, f"Undone. {lead.facility}: {undone}.", event="undone")


@require_safe
@requires("leads.view_lead")
def activity(request, pk):
    context = activity_context(get_lead(pk), viewer=request.user, before=earlier_than(request))
    return render_page(request, "dispositions/activity.html", context, fragment="audit")


def earlier_than(request):
    """Return the event before which the asked page of a history begins, or None."""
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() and len(before) < 19 else None


@require_safe
@requires("leads.view_lead")
def menu(request, pk):
    """The three dots of a row, for a browser without JavaScript."""
    lead = get_lead(pk)
    context = {"works": may_disposition(lead, request.user), "back": came_from(request)}
    return render(request, "dispositions/menu.html", context | {"lead": lead})

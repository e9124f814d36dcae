"""The Workflow tab of a folder over HTTP: moving the stage, setting the dates."""

from functools import partial

from django.contrib import messages
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from backoffice.access import requires
from backoffice.htmx import go_to, render_page
from backoffice.unsent import keeps_typed
from leads import rows
from leads import workflow as actions
from leads.actions import get_lead
from leads.forms import PlanForm, stage_form
from leads.workflow_tab import workflow_context, written_or


@require_safe
@requires("leads.view_lead")
def workflow(request, pk):
    return show(request, get_lead(pk))


@keeps_typed
@require_POST
@requires("leads.work_lead")
def move_stage(request, pk):
    return change_stage(request, pk, stage_form(request.POST), actions.move_stage)


def change_stage(request, pk, form, action):
    """Do `action` with what the form says, and answer with the tab."""
    lead = get_lead(pk)
    actions.only_owner(lead, request.user)
    if not form.is_valid():
        return show(request, lead, stage_form=form, status=422)
    if form.cleaned_data["version"] != lead.version:
        return show(request, lead, stage_form=form, is_stale=True, status=409)
    action(pk, by=request.user, **form.cleaned_data)
    return saved(request, lead, "Moved to {lead.stage}.")


@keeps_typed
@require_POST
@requires("leads.work_lead")
def plan(request, pk):
    lead = get_lead(pk)
    actions.only_owner(lead, request.user)
    is_ahead = partial(actions.is_ahead, lead=lead, user=request.user)
    form = PlanForm(request.POST, prefix=PlanForm.prefix_of(lead), is_ahead=is_ahead)
    if not form.is_valid():
        return show(request, lead, plan_form=form, status=422)
    if form.is_stale(lead):
        form.beside_saved(lead, lambda saved: written_or(saved, "nothing"))
        return show(request, lead, plan_form=form, is_stale=True, status=409)
    actions.plan(pk, by=request.user, **form.cleaned_data)
    return saved(request, lead, "Saved.")


def show(request, lead, *, status=200, **filled_in):
    """Answer with the tab; forms that were filled in keep what was typed."""
    context = workflow_context(lead, viewer=request.user, **filled_in)
    return render_page(request, "leads/workflow.html", context, fragment="workflow", status=status)


def saved(request, before, sentence):
    """Answer with the tab as it is now, and say whether the protection was extended."""
    lead = get_lead(before.pk)
    sentence = sentence.format(lead=lead)
    if lead.protected_until and lead.protected_until != before.protected_until:
        sentence += f" Protected until {rows.moment(lead.protected_until, request.user.zone)}."
    if not request.htmx:
        messages.success(request, sentence)
        return go_to(request, reverse("leads:workflow", args=[lead.pk]))
    context = workflow_context(lead, viewer=request.user) | {"sentence": sentence}
    return render_page(request, "leads/workflow.html", context, fragment="saved")

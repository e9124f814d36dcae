"""The bad-data review over HTTP, for sales admins."""

from django.contrib import messages
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from backoffice.access import requires
from backoffice.htmx import go_to
from dispositions.views import earlier_than
from leads.actions import get_lead
from leads.views import cursor
from people.admin_site import site
from review import actions
from review.forms import Correction, DiscardForm, MergeForm, UnmergeForm
from review.pages import Cursor, lead_context, list_context


@require_safe
@requires("leads.resolve_flag")
def show_list(request):
    context = list_context(cursor(request, Cursor), viewer=request.user)
    return render(request, "review/list.html", site.each_context(request) | context)


@require_safe
@requires("leads.resolve_flag")
def show_lead(request, pk):
    return show(request, get_lead(pk))


@require_POST
@requires("leads.resolve_flag")
def resolve(request, pk):
    lead = get_lead(pk)
    form = Correction(lead, request.POST)
    if not form.is_valid():
        return show(request, lead, correction=form, status=422)
    to = actions.POOL if request.POST.get("to") == actions.POOL else actions.OWNER
    resolved = actions.resolve_flag(pk, by=request.user, to=to, **form.said)
    where = "in the pool" if to == actions.POOL else f"{lead.owner.name}'s again"
    messages.success(request, f"{resolved.facility.name} is {where}.")
    return go_to(request, "admin:review")


@require_POST
@requires("leads.resolve_flag")
def discard(request, pk):
    lead = get_lead(pk)
    form = DiscardForm(request.POST, auto_id="discard-%s")
    if not form.is_valid():
        return show(request, lead, discard_form=form, status=422)
    actions.discard_lead(pk, by=request.user, **form.cleaned_data)
    messages.success(request, f"{lead.facility.name} is discarded.")
    return go_to(request, "admin:review")


@require_POST
@requires("leads.resolve_flag")
def merge(request, pk):
    lead = get_lead(pk)
    form = MergeForm(request.POST, auto_id="merge-%s")
    if not form.is_valid():
        return show(request, lead, merge_form=form, status=422)
    lead, other = actions.merge_lead(pk, by=request.user, **form.cleaned_data)
    messages.success(request, f"{lead.facility.name} is merged into {other.facility.name}.")
    # There it says into which, and takes it back.
    return go_to(request, request.path.removesuffix("/merge"))


@require_POST
@requires("leads.resolve_flag")
def unmerge(request, pk):
    lead = get_lead(pk)
    form = UnmergeForm(request.POST)
    if not form.is_valid():
        return show(request, lead, status=422)
    actions.unmerge_lead(pk, by=request.user, **form.cleaned_data)
    messages.success(request, f"{lead.facility.name} waits for review again.")
    return go_to(request, request.path.removesuffix("/unmerge"))


def show(request, lead, *, status=200, **filled_in):
    """Answer with the page of a lead, its forms as they were filled in."""
    asked = request.POST or request.GET
    context = lead_context(
        lead,
        viewer=request.user,
        before=earlier_than(request),
        find=asked.get("find"),
        **filled_in,
    )
    context |= site.each_context(request)
    return render(request, "review/lead.html", context, status=status)

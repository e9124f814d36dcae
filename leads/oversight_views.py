"""What those above the owner do with a lead, over HTTP: reopen it, share it, ask who sees it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice.access import requires
from backoffice.htmx import go_to
from backoffice.unsent import keeps_typed
from leads.actions import authorise, get_lead
from leads.folder import contact_context, folder_context
from leads.forms import GrantForm, ReopenForm
from leads.grants import grant_lead, withdraw_grant
from leads.protection_views import where_next
from leads.reopening import POOL, reopen_lead
from leads.sight import sight_context
from people.models import User


@keeps_typed
@require_POST
@requires("leads.reopen_lead")
def reopen(request, pk):
    lead = get_lead(pk)
    authorise("leads.reopen_lead", lead, request.user)
    form = ReopenForm(lead, request.POST)
    if not form.is_valid():
        context = contact_context(lead, viewer=request.user)
        context["protection"]["reopen_form"] = form
        template = "leads/_folder_head.html" if request.htmx else "leads/contact.html"
        return render(request, template, context, status=422)
    reopen_lead(pk, by=request.user, **form.cleaned_data)
    where = "in the pool" if form.cleaned_data["to"] == POOL else f"{lead.owner.name}'s again"
    messages.success(request, f"{lead.facility.name} is {where}.")
    return go_to(request, where_next(lead, request.user))


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("leads.grant_lead")
def sharing(request, pk):
    lead = get_lead(pk)
    authorise("leads.grant_lead", lead, request.user)
    form = GrantForm(lead, request.POST or None)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        grant_lead(pk, to=to, by=request.user)
        messages.success(request, f"{to.name} sees this lead now.")
        return go_to(request, request.path)
    grants = lead.grants.select_related("user").order_by("user__name", "pk")
    context = folder_context(lead, viewer=request.user, tab=None)
    context |= {"form": form, "grants": grants}
    return render(request, "leads/sharing.html", context, status=422 if form.errors else 200)


@require_POST
@requires("leads.grant_lead")
def withdraw(request, pk, user_pk):
    of = get_object_or_404(User, pk=user_pk)
    withdraw_grant(pk, of=of, by=request.user)
    messages.success(request, f"{of.name} does not see this lead through a share any longer.")
    return go_to(request, request.path.removesuffix(f"/{user_pk}/withdraw"))


@require_safe
@requires("leads.view_sight")
def sight(request, pk):
    """Show who sees a lead, and why."""
    lead = get_lead(pk)
    context = folder_context(lead, viewer=request.user, tab=None) | sight_context(lead)
    return render(request, "leads/sight.html", context)

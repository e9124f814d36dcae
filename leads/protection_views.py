"""Who has which lead, over HTTP: the protection list, its CSV, and giving a lead back."""

from django.contrib import messages
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST, require_safe

from backoffice.access import requires
from backoffice.csv_export import csv_response
from backoffice.htmx import go_to
from backoffice.unsent import keeps_typed
from leads import actions
from leads.folder import contact_context
from leads.forms import ReleaseForm
from leads.models import Lead
from leads.protected import ProtectedFilters, protected_context
from leads.views import cursor, render_list
from protection import public_list


@require_safe
@requires("protection.view_list")
def show_protected(request):
    filters = ProtectedFilters.of(request)
    after = cursor(request, public_list.Cursor)
    page = public_list.list_page(filters.criteria, after)
    context = protected_context(page, filters, viewer=request.user)
    return render_list(request, "leads/protected.html", context)


@require_GET
@requires("protection.view_list")
def export_protected(request):
    filters = ProtectedFilters.of(request)
    export = public_list.list_export(filters.criteria, by=request.user, said=filters.chosen)
    return csv_response("protected.csv", export)


@keeps_typed
@require_POST
@requires("leads.release_lead")
def release(request, pk):
    lead = actions.get_lead(pk)
    actions.authorise("leads.release_lead", lead, request.user)
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return why_is_missing(request, lead, form)
    actions.release_lead(pk, by=request.user, **form.cleaned_data)
    messages.success(request, f"{lead.facility.name} is back in the pool.")
    return go_to(request, where_next(lead, request.user))


def why_is_missing(request, lead, form):
    context = contact_context(lead, viewer=request.user)
    context["protection"]["release_form"] = form
    template = "leads/_folder_head.html" if request.htmx else "leads/contact.html"
    return render(request, template, context, status=422)


def where_next(lead, user):
    """Return where to go from a lead that was released: who had it works on in their queue."""
    stays = lead.owner_id != user.pk and Lead.objects.filter(pk=lead.pk).exists()
    return lead if stays else "leads:queue"

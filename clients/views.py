"""Clients over HTTP: winning one, their table and their folders."""

from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from backoffice.access import requires
from clients.actions import win_lead
from clients.filters import ClientFilters
from clients.folder import activity_context, contacts_context, get_client
from clients.table import Cursor, client_page, clients_context
from dispositions.views import earlier_than
from leads.forms import WonForm
from leads.views import cursor, render_list
from leads.workflow_views import change_stage


@require_POST
@requires("leads.work_lead")
def win(request, pk):
    return change_stage(request, pk, WonForm(request.POST, auto_id="sent-%s"), win_lead)


@require_safe
@requires("clients.view_client")
def show_clients(request):
    filters = ClientFilters.of(request)
    page = client_page(filters, cursor(request, Cursor))
    return render_list(
        request, "clients/clients.html", clients_context(page, filters, viewer=request.user)
    )


@require_safe
@requires("clients.view_client")
def folder(request, pk):
    context = contacts_context(get_client(pk), viewer=request.user)
    return render(request, "clients/contacts.html", context)


@require_safe
@requires("clients.view_client")
def activity(request, pk):
    context = activity_context(get_client(pk), viewer=request.user, before=earlier_than(request))
    return render(request, "clients/activity.html", context)

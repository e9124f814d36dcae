"""Clients over HTTP: winning one, their table and their folders."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from backoffice.access import requires
from backoffice.htmx import render_page
from backoffice.unsent import keeps_typed
from clients.actions import win_lead
from clients.filters import ClientFilters
from clients.folder import activity_context, contacts_context, get_client
from clients.table import Cursor, client_page, clients_context, works
from dispositions.views import earlier_than
from leads.forms import WonForm
from leads.models import Lead
from leads.views import cursor, render_list
from leads.workflow_views import change_stage


@keeps_typed
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
def menu(request, pk):
    """The three dots of a row, for a browser without JavaScript."""
    context = {"client": get_client(pk), "works": works(request.user)}
    return render(request, "clients/menu.html", context)


@require_safe
@requires("clients.view_client")
def disposition(request, pk):
    return on_open_lead(request, get_client(pk), "dispositions:disposition", "Disposition")


@require_safe
@requires("clients.view_client")
def callback(request, pk):
    return on_open_lead(request, get_client(pk), "leads:callback", "Callback")


def on_open_lead(request, client, page, deed):
    """Go on to the open lead there that one owns; ask which, or offer a new one."""
    mine = Lead.objects.held_by(request.user).filter(facility=client.pk)
    ways = [
        {"url": reverse(page, args=[lead.pk]), "name": lead.opportunity_type.name}
        for lead in mine.select_related("opportunity_type").order_by("pk")
    ]
    if len(ways) == 1:
        return redirect(ways[0]["url"])
    context = {"client": client, "ways": ways, "deed": deed, "works": works(request.user)}
    return render_page(request, "clients/which_lead.html", context, fragment="which")


@require_safe
@requires("clients.view_client")
def activity(request, pk):
    context = activity_context(get_client(pk), viewer=request.user, before=earlier_than(request))
    return render_page(request, "clients/activity.html", context, fragment="audit")

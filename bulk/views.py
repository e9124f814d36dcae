"""Bulk actions over HTTP: from the bar above a list, its progress, Undo, and what it did."""

from functools import partial

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import trigger_client_event

from backoffice.access import requires
from backoffice.csv_export import csv_response
from backoffice.htmx import go_to, render_page
from backoffice.unsent import is_only_shown, keeps_typed
from bulk import actions
from bulk.models import BulkAction
from bulk.pages import answer, bulk_context, choose_context, skipped_export
from bulk.selection import agreed_ids, chosen_ids
from history.access import note_unseen
from leads.offered import get_rep


def is_reassignment(said):
    return said.get("deed") == BulkAction.Deed.REASSIGN


@partial(keeps_typed, when=is_reassignment)
@require_POST
@requires("bulk.change_leads")
def begin(request):
    if is_only_shown():
        return choose(request)
    deed = request.POST.get("deed", "")
    if deed not in BulkAction.Deed:
        raise Http404("No such deed.")
    bulk = actions.begin(
        deed,
        agreed_ids(request),
        by=request.user,
        target=get_rep(request.POST.get("to", "")) if is_reassignment(request.POST) else None,
        why=request.POST.get("why", "")[:500],
        chosen_in=request.POST.get("from", ""),
    )
    if unseen := bulk.tally.get("unseen"):
        note_unseen(request, unseen, chosen=bulk.chosen)
    return said(request, bulk, is_first=True)


@keeps_typed
@require_POST
@requires("bulk.change_leads")
def choose(request):
    """Ask to whom the selection is to go; nothing is changed by that."""
    ids = chosen_ids(request)
    actions.check_number(ids)
    context = choose_context(request.user, ids, request.POST)
    fragment = "people" if request.POST.get("part") == "people" else "picker"
    return render_page(request, "bulk/choose.html", context, fragment=fragment)


@require_safe
@requires("bulk.view_bulk")
def show(request, pk):
    bulk = actions.get_bulk(pk)
    context = bulk_context(bulk, request.user, after=request.GET.get("after", ""))
    return render(request, "bulk/show.html", context)


@require_POST
@requires("bulk.change_leads")
def go_on(request, pk):
    return said(request, actions.go_on(pk, by=request.user))


@require_POST
@requires("bulk.change_leads")
def undo(request, pk):
    return said(request, actions.undo_bulk(pk, by=request.user), is_first=True)


@require_GET
@requires("bulk.view_bulk")
def skipped(request, pk):
    bulk = actions.get_bulk(pk)
    return csv_response("skipped.csv", skipped_export(bulk, by=request.user))


def said(request, bulk, *, is_first=False):
    """Answer with how far it is: a toast beside the list, or its own page."""
    if not request.htmx:
        return go_to(request, bulk)
    response = render(request, "bulk/said.html", answer(bulk, is_first=is_first))
    # Dialogs leave when it has begun; lists look again once it has ended.
    event = "bulk-ended" if bulk.has_ended else "bulk-begun"
    return trigger_client_event(response, event, after="swap")

"""Answering a deed where it was asked for: in the queue, which redraws itself, or anywhere else."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django_htmx.http import trigger_client_event

from backoffice.htmx import came_from, go_to
from leads import queue
from leads.filters import QueueFilters
from leads.lists import queue_context

WITH_A_QUEUE = {"leads:queue", "dashboard:dashboard"}
# One works through these, and goes on there after a deed.
LISTS = WITH_A_QUEUE | {"callbacks:diary", "clients:clients"}
# Their rows stay as they are, whatever is done to a lead.
UNTOUCHED = {"clients:clients"}


def moved_on(request, lead, sentence, *, event, undo_url=""):
    """Answer after a call to a lead was dispositioned or booked, or that was undone.

    htmx in the queue gets one reply that redraws it, with the event for the scripts on the page;
    from anywhere else one goes back to the list one came from, or on to the lead's history.
    """
    behind = page_behind(request)
    if request.htmx and behind == here(request) and view_name(behind) in WITH_A_QUEUE:
        context = queue_as_it_is(request.user, behind, lead)
        context |= {"sentence": sentence, "undo_url": undo_url}
        response = render(request, "leads/moved_on.html", context)
        return trigger_client_event(response, event, {"lead": lead.pk}, after="swap")
    if request.htmx and behind == here(request) and view_name(behind) in UNTOUCHED:
        context = {"sentence": sentence, "undo_url": undo_url}
        response = render(request, "leads/said.html", context)
        return trigger_client_event(response, event, {"lead": lead.pk}, after="swap")
    messages.success(request, sentence, extra_tags=undo_url)
    return go_to(request, behind or reverse("dispositions:activity", args=[lead.pk]))


def queue_as_it_is(user, url, lead):
    """Return what leads/queue.html shows of the page of the queue that has this URL."""
    filters = QueueFilters.of_url(user, url)
    rep = filters.whose(user)
    page = queue.queue_page(rep, filters.criteria, cursor_of(url), as_of=lead.as_of)
    if not page.rows:
        page = queue.queue_page(rep, filters.criteria, as_of=lead.as_of)
    return queue_context(page, filters, rep=rep, viewer=user)


def cursor_of(url):
    after = QueryDict(urlsplit(url).query).get("after")
    try:
        return queue.Cursor.parse(after) if after else None
    except (ValueError, OverflowError):
        return None


def page_behind(request):
    """Return the path and query of the list that stands, or stood, behind what was asked; or ""."""
    pages = (here(request), request.POST.get("back", ""), came_from(request))
    return next((page for page in pages if view_name(page) in LISTS), "")


def here(request):
    """Return the path and query of the page that htmx asks from, or ""."""
    return (request.htmx and request.htmx.current_url_abs_path) or ""


def view_name(url):
    """Return the name of our page at an address, or "" where it is none of ours."""
    parts = urlsplit(url)
    try:
        return "" if parts.netloc else resolve(parts.path).view_name
    except Resolver404:
        return ""

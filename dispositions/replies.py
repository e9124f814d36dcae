"""Answering a deed where it was asked for: in the queue, which redraws itself, or anywhere else."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django_htmx.http import trigger_client_event

from backoffice.htmx import go_to
from leads import queue
from leads.filters import QueueFilters
from leads.lists import queue_context

WITH_A_QUEUE = {"leads:queue", "dashboard:dashboard"}


def moved_on(request, lead, sentence, *, event, undo_url=""):
    """Answer after a lead was dispositioned or that was undone.

    htmx in the queue gets one reply that redraws it, with the event for the scripts on the page;
    from anywhere else one goes on to the lead's history, or back to the queue one came from.
    """
    behind = page_behind(request)
    if request.htmx and is_queue(behind):
        context = queue_as_it_is(request.user, behind, lead)
        context |= {"sentence": sentence, "undo_url": undo_url}
        response = render(request, "dispositions/moved_on.html", context)
        return trigger_client_event(response, event, {"lead": lead.pk}, after="swap")
    messages.success(request, sentence, extra_tags=undo_url)
    history = reverse("dispositions:activity", args=[lead.pk])
    return go_to(request, behind if is_queue(behind) else history)


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
    """Return the path and query of the page that stands, or stood, behind the picker; or ""."""
    if request.htmx:
        return request.htmx.current_url_abs_path or ""
    return request.POST.get("back") or came_from(request)


def came_from(request):
    """Return the path and query of the page of ours that led here, or ""."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc != request.get_host():
        return ""
    return parts._replace(scheme="", netloc="", fragment="").geturl()


def is_queue(url):
    """Is this a page of the queue, and of ours?"""
    parts = urlsplit(url)
    try:
        return not parts.netloc and resolve(parts.path).view_name in WITH_A_QUEUE
    except Resolver404:
        return False

"""The dashboard over HTTP: what comes up, and the call queue."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backoffice.access import requires
from dashboard.cards import look_ahead
from leads import queue
from leads.filters import QueueFilters
from leads.lists import queue_context
from leads.views import cursor, render_list
from people.models import User
from people.sessions import polling


@require_safe
@requires("leads.view_queue")
def show_dashboard(request):
    filters = QueueFilters.of(request)
    rep = filters.whose(request.user)
    now, context = look_ahead(request.user, filters.reps.values())
    page = queue.queue_page(rep, filters.criteria, cursor(request, queue.Cursor), as_of=now)
    context |= queue_context(page, filters, rep=rep, viewer=request.user)
    # htmx asks for the list alone, which is the queue's.
    template = "leads/queue.html" if request.htmx else "dashboard/dashboard.html"
    return render_list(request, template, context)


@polling
@require_safe
@requires("leads.view_queue")
def cards(request):
    """Say the numbers to a page that knows those of `known`; open pages ask all the time."""
    _, context = look_ahead(request.user, User.objects.reps_under(request.user))
    if request.GET.get("known") == context["known"]:
        return HttpResponse(status=204)
    return render(request, "dashboard/_cards.html", context)

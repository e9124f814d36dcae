"""The diary of callbacks, and what one does to a callback from there."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from backoffice.access import requires
from backoffice.clock import clock
from backoffice.htmx import go_to, render_page
from callbacks.actions import cancel_callback, complete_callback
from callbacks.diary import Period, diary_context, diary_url, row
from callbacks.models import Callback


@require_safe
@requires("callbacks.view_callback")
def diary(request):
    context = diary_context(request.user, request.GET)
    return render_page(request, "callbacks/diary.html", context, fragment="diary")


@require_POST
@requires("callbacks.change_callback")
def cancel(request, pk):
    callback = get_callback(pk)
    cancel_callback(callback, by=request.user)
    return changed(request, callback, "The callback is cancelled.", "cancelled")


@require_POST
@requires("callbacks.change_callback")
def complete(request, pk):
    callback = get_callback(pk)
    complete_callback(callback, by=request.user)
    return changed(request, get_callback(pk), "The callback is done.", "completed")


def get_callback(pk):
    return get_object_or_404(Callback.objects.with_display(), pk=pk)


# From where in a lead's folder it was asked.
TABS = {"activity": "dispositions:activity", "workflow": "leads:workflow"}


def changed(request, callback, sentence, fragment):
    """Answer with the row as it is now; a browser without JavaScript gets the week it stands in.

    From a lead's folder one goes back there.
    """
    user, tab = request.user, TABS.get(request.POST.get("tab", ""))
    if tab:
        messages.success(request, sentence)
        return go_to(request, reverse(tab, args=[callback.lead_id]))
    if not request.htmx:
        messages.success(request, sentence)
        on = callback.starts_at.astimezone(user.zone).date()
        return go_to(request, diary_url(Period("week", on, user.zone)))
    context = {"row": row(callback, clock(), user.zone, user), "is_own": True, "sentence": sentence}
    return render_page(request, "callbacks/diary.html", context, fragment=fragment)

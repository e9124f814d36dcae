"""Booking and moving a lead's callback: in a dialog over the queue, or on a page of the folder."""

from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backoffice.access import requires
from backoffice.htmx import came_from, render_page
from callbacks.actions import book_callback, check_own
from callbacks.picker import picker
from callbacks.slots import BadWindow, slot_from
from leads.actions import get_lead
from leads.folder import folder_context
from leads.replies import moved_on


@require_http_methods(["GET", "HEAD", "POST"])
@requires("callbacks.change_callback")
def callback(request, pk):
    lead = get_lead(pk)
    check_own(lead, request.user)
    if request.method == "POST":
        return book(request, lead)
    return show_picker(request, lead, request.GET)


def book(request, lead):
    try:
        starts_at = slot_from(request.POST.get("slot", ""), request.user)
        booked, _ = book_callback(lead, starts_at, by=request.user)
    except BadWindow as refusal:
        return show_picker(request, lead, request.POST, refusal=refusal, status=422)
    return moved_on(request, get_lead(lead.pk), f"{lead.facility}: {booked}.", event="booked")


def show_picker(request, lead, asked, *, refusal=None, status=200):
    url = reverse("leads:callback", args=[lead.pk])
    picked = picker(lead, request.user, asked, url=url, refusal=refusal)
    context = {"lead": lead, "picker": picked, "url": url, "moves": lead.callback_at is not None}
    context["back"] = asked.get("back") or came_from(request)
    # htmx asks for the picker alone, or for its form to fill a dialog; the rest of the page stays.
    if not request.htmx:
        context |= folder_context(lead, viewer=request.user, tab="leads:callback")
    part = "form" if request.htmx.target == "dialog-content" else "picker"
    return render_page(request, "callbacks/book.html", context, fragment=part, status=status)

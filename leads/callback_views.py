"""Booking and moving a lead's callback, on a page of the lead's folder."""

from django.contrib import messages
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backoffice.access import requires
from backoffice.htmx import go_to, render_page
from callbacks.actions import book_callback, check_own
from callbacks.picker import picker
from callbacks.slots import BadWindow, slot_from
from leads.actions import get_lead
from leads.folder import folder_context


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
    messages.success(request, f"Callback booked: {booked.window}.")
    return go_to(request, lead)


def show_picker(request, lead, asked, *, refusal=None, status=200):
    url = reverse("leads:callback", args=[lead.pk])
    picked = picker(lead, request.user, asked, url=url, refusal=refusal)
    context = {"picker": picked, "url": url, "moves": lead.callback_at is not None}
    # htmx asks for the picker alone; the folder around it stays.
    if not request.htmx:
        context |= folder_context(lead, viewer=request.user, tab="leads:callback")
    return render_page(request, "callbacks/book.html", context, fragment="picker", status=status)

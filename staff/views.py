"""Leaving, returning and inviting over HTTP, beside the person's own page in the admin."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.access import requires
from backoffice.htmx import go_to
from backoffice.rls import SYSTEM_ID
from people.admin_site import site
from people.models import User
from staff import actions
from staff.forms import LeavingForm, VersionForm
from staff.handing_over import go_on
from staff.invitations import invite
from staff.leaving import said_after, said_ahead
from staff.models import Departure


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.change_people")
def leave(request, pk):
    """Ask how somebody leaves, with what would follow in numbers; then have them leave."""
    person = get_person(pk)
    if request.method != "POST" or "look" in request.POST:
        return ask(request, person, LeavingForm(person, asked(request, person)))
    form = LeavingForm(person, request.POST)
    if not form.is_valid():
        return ask(request, person, form, status=422)
    said = form.cleaned_data
    departure = actions.deactivate_person(pk, by=request.user, **said)
    messages.success(request, f"{person.name} is deactivated and signed out.")
    return go_to(request, reverse("admin:staff_departure", args=[departure.pk]))


def asked(request, person):
    """Return the form as far as it is filled in."""
    return {"version": person.version, **request.GET.dict(), **request.POST.dict()}


def ask(request, person, form, status=200):
    to = form.cleaned_data.get("to") if form.is_valid() else None
    context = {"person": person, "form": form, "to": to, "said": said_ahead(person, to)}
    context |= site.each_context(request)
    return render(request, "staff/leave.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.change_people")
def departure(request, pk):
    """Show how far the handing over is; what is sent here does the next chunk of it."""
    rows = Departure.objects.select_related("person", "to", "by")
    found = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        go_on(found)
        return go_to(request, request.path)
    context = {"departure": found, "said": said_after(found)} | site.each_context(request)
    return render(request, "staff/departure.html", context)


@require_POST
@requires("people.change_people")
def come_back(request, pk):
    person = get_person(pk)
    actions.reactivate_person(pk, by=request.user, version=version(request))
    messages.success(request, f"{person.name} may sign in again.")
    return go_to(request, page_of(person))


@require_POST
@requires("people.change_people")
def send_invitation(request, pk):
    person = get_person(pk)
    invite(person, by=request.user)
    messages.success(request, f"An invitation is on its way to {person.email}.")
    return go_to(request, page_of(person))


def get_person(pk):
    return get_object_or_404(User.objects.exclude(pk=SYSTEM_ID), pk=pk)


def page_of(person):
    return reverse("admin:people_user_change", args=[person.pk])


def version(request):
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise Http404("No such version.")
    return form.cleaned_data["version"]

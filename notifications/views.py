"""The bell over HTTP: what it says, and what has been read."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice import cursors
from backoffice.access import requires
from backoffice.htmx import go_to, render_page
from notifications import actions
from notifications.bell import glance, list_context, look, undelivered_context, url_of
from notifications.forms import MailForm
from notifications.models import Notice
from people.actions import STALE
from people.sessions import polling


@require_safe
@requires("notifications.view_notice")
def show_all(request):
    context = list_context(request.user, cursor(request.GET.get("after")))
    context["here"] = request.get_full_path()
    return render_page(request, "notifications/list.html", context, fragment="list")


@polling
@require_safe
@requires("notifications.view_notice")
def bell(request):
    """Say what is new to a page that knows what it says in `known`; open pages ask all the time."""
    now = glance(request.user)
    if request.GET.get("known") == now.known:
        return HttpResponse(status=204)
    return render(request, "notifications/_bell.html", {"bell": look(request.user, now)})


@require_POST
@requires("notifications.view_notice")
def read(request, pk):
    read_or_404(pk, request.user)
    return has_been_read(request)


@require_POST
@requires("notifications.view_notice")
def follow(request, pk):
    """Mark a line as read and go where it leads."""
    notice = read_or_404(pk, request.user)
    return go_to(request, url_of(notice) or resolve_url("notifications:list"))


@require_POST
@requires("notifications.view_notice")
def read_all(request):
    actions.read_all(request.user)
    return has_been_read(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.change_settings")
def settings(request):
    form = MailForm(request.user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return ask_for_mail(request, form, 422 if form.is_bound else 200)
    if form.is_stale:
        form.beside_saved()
        form.add_error(None, STALE)
        return ask_for_mail(request, form, 409)
    actions.choose_mail(form.cleaned_data["wanted"], by=request.user)
    messages.success(request, "Saved.")
    return go_to(request, "notifications:settings")


def ask_for_mail(request, form, status):
    context = {"form": form, "came_back": Notice.objects.of(request.user).bounces().first()}
    return render(request, "settings/email.html", context, status=status)


@require_safe
@requires("notifications.view_undelivered")
def undelivered(request):
    """Show sales admins whom no e-mail reaches."""
    context = undelivered_context(request.user)
    return render(request, "notifications/undelivered.html", context)


def read_or_404(pk, user):
    notice = actions.read_notice(pk, by=user)
    if notice is None:
        raise Http404("No such line.")
    return notice


def has_been_read(request):
    """Answer with the bell as it is now; other lists of the same lines hear of it."""
    if not request.htmx:
        messages.success(request, "Marked as read.")
        return go_to(request, "notifications:list")
    bell_now = look(request.user, glance(request.user))
    response = render(request, "notifications/_bell.html", {"bell": bell_now})
    response.headers["HX-Trigger"] = "notices-read"
    return response


def cursor(text):
    """Return the (due_at, id) after which a page begins, or None for the first."""
    if not text:
        return None
    try:
        due_at, pk = text.split("~")
        return cursors.instant(due_at), cursors.whole(pk)
    except (ValueError, OverflowError) as problem:
        raise Http404("No such page.") from problem

"""What is no table of rows to edit: the policy, the audit."""

from django.contrib import messages
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from backoffice.access import requires
from backoffice.csv_export import csv_response
from backoffice.htmx import go_to
from desk import actions
from desk.audit import Cursor, audit_export, audit_page, lines
from desk.audit_filters import AuditFilters
from desk.forms import PolicyForm
from desk.policy import consequences
from leads.views import cursor
from people.admin_site import site
from people.models import Policy


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.change_policy")
def policy(request):
    """Ask for numbers, then tell what they would do, then change them."""
    now = Policy.current()
    form = PolicyForm(now, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return policy_page(request, form)
    if not form.is_valid():
        return policy_page(request, form, status=409 if form.is_stale else 422)
    if "confirm" not in request.POST:
        told = consequences(form.changed(), form.numbers())
        return policy_page(request, form, consequences=told)
    actions.change_policy(form.numbers(), version=form.cleaned_data["version"], by=request.user)
    messages.success(request, "The policy is changed.")
    return go_to(request, "admin:policy")


def policy_page(request, form, status=200, **context):
    context |= site.each_context(request) | {"form": form, "now": form.policy}
    return render(request, "desk/policy.html", context, status=status)


# --- the audit --------------------------------------------------------------------


@require_safe
@requires("history.view_audit")
def audit(request):
    filters = AuditFilters.of(request)
    if not filters.is_valid():
        return not_asked(request, filters)
    page = audit_page(filters.criteria, cursor(request, Cursor))
    context = site.each_context(request) | {
        "filters": filters,
        "rows": lines(page.rows, request.user),
        "next_url": page.next and filters.url(after=page.next),
        "first_url": filters.url() if "after" in request.GET else "",
    }
    return render(request, "desk/audit.html", context)


@require_GET
@requires("history.view_audit")
def audit_csv(request):
    filters = AuditFilters.of(request)
    if not filters.is_valid():
        return not_asked(request, filters)
    found = audit_export(filters.criteria, by=request.user, said=filters.said)
    return csv_response("audit.csv", found)


def not_asked(request, filters):
    """Answer a question that makes no sense with what is wrong about it, and no rows."""
    context = site.each_context(request) | {"filters": filters}
    return render(request, "desk/audit.html", context, status=422)

"""Who has which lead, over HTTP: the protection list, its CSV, and giving a lead back."""

from django.views.decorators.http import require_GET, require_safe

from backoffice.access import requires
from backoffice.csv_export import csv_response
from leads.protected import ProtectedFilters, protected_context
from leads.views import cursor, render_list
from protection import public_list


@require_safe
@requires("protection.view_list")
def show_protected(request):
    filters = ProtectedFilters.of(request)
    after = cursor(request, public_list.Cursor)
    page = public_list.list_page(filters.criteria, after)
    context = protected_context(page, filters, viewer=request.user)
    return render_list(request, "leads/protected.html", context)


@require_GET
@requires("protection.view_list")
def export_protected(request):
    filters = ProtectedFilters.of(request)
    export = public_list.list_export(filters.criteria, by=request.user, said=filters.chosen)
    return csv_response("protected.csv", export)

"""Imports over HTTP, for sales admins: upload, columns, check, import, cancel, revert."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from backoffice import cursors
from backoffice.access import requires
from backoffice.csv_export import csv_response
from backoffice.htmx import go_to, render_page
from backoffice.refusals import Refused
from files.names import harmless
from files.uploading import is_too_large, takes_uploads_of
from imports import actions
from imports.forms import ColumnsForm, UploadForm
from imports.limits import LARGEST
from imports.models import Import
from imports.pages import import_context, list_context, url_of
from imports.rejects import rejects_export
from people.admin_site import site

EXTENSIONS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")


@takes_uploads_of(LARGEST)
@require_http_methods(["GET", "HEAD", "POST"])
@requires("imports.import_leads")
def show_list(request):
    """List imports; what is posted is the file of a new one."""
    if request.method != "POST":
        return listed(request, UploadForm())
    form = UploadForm(
        request.POST, request.FILES, is_too_large=is_too_large(request, largest=LARGEST)
    )
    if not form.is_valid():
        return listed(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        name = harmless(file.name, EXTENSIONS)
        found = actions.upload_import(file, name=name, by=request.user)
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return listed(request, form, status=422)
    return go_to(request, url_of(found))


def listed(request, form, *, status=200):
    context = list_context(viewer=request.user) | {"upload_form": form}
    return page(request, "imports/list.html", context, status=status)


@require_safe
@requires("imports.import_leads")
def show_import(request, pk):
    return show(request, get_import(pk))


@require_POST
@requires("imports.import_leads")
def choose_columns(request, pk):
    found = get_import(pk)
    form = ColumnsForm(found, request.POST)
    if not form.is_valid():
        return show(request, found, form=form, status=422)
    actions.choose_columns(pk, **form.said, by=request.user)
    return go_to(request, url_of(found))


@require_POST
@requires("imports.import_leads")
def start_over(request, pk):
    found = get_import(pk)
    return go_to(request, url_of(actions.start_over(found.pk, by=request.user)))


@require_POST
@requires("imports.import_leads")
def commit(request, pk):
    found = get_import(pk)
    actions.commit_import(pk, by=request.user)
    return go_to(request, url_of(found))


@require_POST
@requires("imports.import_leads")
def cancel(request, pk):
    found = get_import(pk)
    actions.cancel_import(pk, by=request.user)
    messages.success(request, f"{found.name} is cancelled.")
    return go_to(request, url_of(found))


@require_POST
@requires("imports.import_leads")
def revert(request, pk):
    found = get_import(pk)
    actions.revert_import(pk, by=request.user)
    return go_to(request, url_of(found))


@require_GET
@requires("imports.import_leads")
def rejected(request, pk):
    return csv_response("rejected.csv", rejects_export(get_import(pk), by=request.user))


def get_import(pk):
    return get_object_or_404(Import.objects.for_list(), pk=pk)


def show(request, found, *, form=None, status=200):
    context = import_context(
        found,
        viewer=request.user,
        show=request.GET.get("show", ""),
        after=after(request),
        form=form,
    )
    return page(request, "imports/import.html", context, fragment="import", status=status)


def after(request):
    """Return the number of the row behind which the page begins."""
    try:
        return cursors.whole(request.GET.get("after") or "0")
    except (ValueError, OverflowError) as problem:
        raise Http404("No such page.") from problem


def page(request, template, context, **more):
    return render_page(request, template, site.each_context(request) | context, **more)

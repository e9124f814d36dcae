"""The Files tab of a folder over HTTP: list, upload, download, delete."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice.access import requires
from backoffice.htmx import go_to, render_page
from files.actions import add_file, delete_file, only_owner
from files.forms import FileForm
from files.pages import files_context
from files.uploading import is_too_large
from leads.actions import get_lead


@require_http_methods(["GET", "HEAD", "POST"])
@requires("leads.view_lead")
def files(request, pk):
    lead = get_lead(pk)
    if request.method != "POST":
        return show(request, lead)
    only_owner(lead, request.user)
    form = FileForm(request.POST, request.FILES, is_too_large=is_too_large(request))
    if not form.is_valid():
        return show(request, lead, form=form, status=422)
    file = add_file(lead, by=request.user, **form.said)
    return changed(request, lead, f"Added: {file}.")


@require_safe
@requires("leads.view_lead")
def download(request, pk, file_pk):
    """Send a file to be saved, never to be shown: it is somebody else's page in our name."""
    file = lead_file(pk, file_pk)
    try:
        content = file.content.open("rb")
    except FileNotFoundError as problem:
        raise Http404("No such file.") from problem
    response = FileResponse(
        content, as_attachment=True, filename=file.name, content_type="application/octet-stream"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
@requires("leads.view_lead")
def delete(request, pk, file_pk):
    file = lead_file(pk, file_pk)
    delete_file(file, by=request.user)
    return changed(request, get_lead(pk), f"Deleted: {file}.")


def lead_file(pk, file_pk):
    return get_object_or_404(get_lead(pk).files, pk=file_pk)


def show(request, lead, *, form=None, status=200):
    context = files_context(lead, viewer=request.user, form=form)
    return render_page(request, "files/files.html", context, fragment="files", status=status)


def changed(request, lead, sentence):
    if not request.htmx:
        messages.success(request, sentence)
        return go_to(request, reverse("files:files", args=[lead.pk]))
    context = files_context(lead, viewer=request.user) | {"sentence": sentence}
    return render_page(request, "files/files.html", context, fragment="saved")

"""What the Files tab of a folder shows."""

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from files.forms import FileForm
from files.kinds import ACCEPTED, ALLOWED
from files.models import LeadFile
from leads import rows
from leads.actions import may
from leads.duplicates import duplicates_of
from leads.folder import folder_context


def files_context(lead, *, viewer, form=None):
    """Return what files/files.html shows; a form that was filled in stands for its empty one."""
    leads = [lead, *duplicates_of(lead)]
    by_id = {one.pk: one for one in leads}
    files = LeadFile.objects.filter(lead__in=leads).select_related("uploader").order_by("-pk")
    return folder_context(lead, viewer=viewer, tab="files:files") | {
        "files": [line(file, by_id[file.lead_id], viewer) for file in files],
        "files_url": reverse("files:files", args=[lead.pk]),
        "file_form": (form or FileForm()) if may("leads.work_lead", lead, viewer) else None,
        "allowed": ALLOWED,
        "accepted": ACCEPTED,
    }


def line(file, lead, viewer):
    mine = file.uploader_id == viewer.pk and may("leads.work_lead", lead, viewer)
    when = rows.date_of(file.uploaded_at, lead.as_of, viewer.zone)
    return {
        "name": file.name,
        "url": file.get_absolute_url(),
        "size": filesizeformat(file.size),
        "by": f"{file.uploader.name}, {when}",
        "delete_url": reverse("files:delete", args=[file.lead_id, file.pk]) if mine else "",
    }

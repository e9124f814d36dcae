"""What can happen to a lead's files. One function, one transaction, an event for each deed."""

from django.db import transaction

from backoffice.refusals import Forbidden, Refused
from files.models import LeadFile
from history.actions import record
from history.models import Event
from leads.actions import may


@transaction.atomic
def add_file(lead, content, *, name, kind, by):
    """Keep a file with a lead. What the storage has of a request that fails here is swept up."""
    only_owner(lead, by)
    file = LeadFile.objects.create(
        lead=lead, name=name, content=content, kind=kind, size=content.size, uploader=by
    )
    record(Event.Kind.FILE_ADDED, f"{by.name} added the file “{name}”.", by=by, lead=lead)
    return file


def only_owner(lead, by):
    if not may("leads.work_lead", lead, by):
        raise Forbidden("Only the lead's owner adds and deletes files.")


@transaction.atomic
def delete_file(file, *, by):
    """Delete a file for good, as its uploader who owns the lead; Refused if it is gone already."""
    only_owner(file.lead, by)
    if file.uploader_id != by.pk:
        raise Forbidden("Only who uploaded a file deletes it.")
    if not LeadFile.objects.filter(pk=file.pk).delete()[0]:
        raise Refused("This file was deleted already.")
    sentence = f"{by.name} deleted the file “{file.name}”."
    record(Event.Kind.FILE_DELETED, sentence, by=by, lead=file.lead)
    # Not before it is certain; should it fail then, the sweep finds it.
    transaction.on_commit(lambda: file.content.storage.delete(file.content.name), robust=True)

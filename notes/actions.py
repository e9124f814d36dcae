"""Everything that can happen to a note. One function, one transaction, one event."""

from django.db import ProgrammingError, transaction
from django.db.models import F
from django.http import Http404
from psycopg import errors

from backoffice.clock import Clock
from backoffice.refusals import Forbidden, Refused
from history.actions import record
from history.models import Event
from notes.models import EarlierText, Note

STALE = "You have changed this note meanwhile, in another tab. Look at it again before you save."


def get_note(pk):
    """Return the note with what is shown of it; 404 unless the actor sees it."""
    note = Note.objects.with_display().filter(pk=pk).first()
    if note is None:
        raise Http404("No such note.")
    return note


def authorise_edit(note, user):
    if note.author_id != user.pk:
        raise Forbidden("Only who wrote a note may edit it.")


@transaction.atomic
def add_note(subject, *, by, text, tier):
    """Write a note on what `by` sees (notes.subjects.Subject)."""
    note = insert(**subject.columns, subject_name=subject.name, author=by, tier=tier, text=text)
    # Nothing of the text: the event is seen with its note, but what it says is said only there.
    record(Event.Kind.NOTED, f"{by.name} wrote a note.", by=by, note=note, **subject.columns)
    return note


def insert(**fields):
    """Return the new note; 404 where its subject has just gone out of the author's sight."""
    try:
        with transaction.atomic():
            return Note.objects.create(**fields)
    except ProgrammingError as problem:
        if not isinstance(problem.__cause__, errors.InsufficientPrivilege):
            raise
        raise Http404("No such subject.") from problem


@transaction.atomic
def edit_note(note, *, by, version, text, tier):
    """Change a note as it was seen at `version`, and keep what it said; Refused if it changed."""
    authorise_edit(note, by)
    if version != note.version:
        raise Refused(STALE)
    if (text, tier) == (note.text, note.tier):
        return
    changed = Note.objects.filter(pk=note.pk, version=version).update(
        text=text, tier=tier, edited_at=Clock(), version=F("version") + 1
    )
    if changed != 1:
        raise Refused(STALE)
    keep(note)
    column = f"{note.subject_column}_id"
    on = {column: getattr(note, column)}
    record(Event.Kind.NOTE_EDITED, f"{by.name} edited a note.", by=by, note=note, **on)


def keep(note):
    """Write down what a note has said until now."""
    EarlierText.objects.create(
        note=note,
        version=note.version,
        text=note.text,
        tier=note.tier,
        since=note.edited_at or note.written_at,
    )

"""What the pages of notes show: the list, the notes on one subject, and one note with its past."""

from urllib.parse import urlencode

from django.urls import reverse

from leads import rows
from leads.lists import everything, list_context, nothing
from notes.forms import NoteForm
from notes.lists import COUNT_UP_TO, Cursor
from notes.models import Note, Tier
from notes.subjects import links

ON_A_TAB = 20


# --- the list ------------------------------------------------------------------


def notes_context(page, filters, *, viewer):
    """Return what notes/list.html shows of a page of the list."""
    urls = links(page.notes, viewer)
    return list_context(page, filters, "") | {
        # The search at the top looks through one's queue, here as on every page that is no list.
        "search_form": "",
        "search_label": "",
        "range": filters.chosen.get("range", ""),
        "ranges": filters.ranges,
        "csv_url": filters.csv_url,
        "rows": [
            row(note, page.as_of, viewer) | {"url": urls.get(note.pk, "")} for note in page.notes
        ],
        "shown": size(page.count),
        "empty": None if page.notes else empty_list(filters),
    }


def size(count):
    if count > COUNT_UP_TO:
        return f"more than {COUNT_UP_TO:,} notes"
    return rows.counted(count, "note")


def row(note, now, viewer):
    """Return a note as lists show it."""
    return {
        "id": str(note.pk),
        "at": rows.time_of(note.written_at, now, viewer.zone),
        "at_iso": note.written_at.isoformat(),
        "moment": rows.moment(note.written_at, viewer.zone),
        "author": note.author.name,
        "subject_type": note.subject_type,
        "subject": note.subject_name,
        "tier": note.get_tier_display(),
        "look": "" if note.tier == Tier.SHARED else "kept",
        "text": note.text,
        "note_url": note.get_absolute_url(),
        "edit_url": edit_url(note) if note.author_id == viewer.pk else "",
        "edited": "Edited" if note.is_edited else "",
    }


def edit_url(note):
    return reverse("notes:edit", args=[note.pk])


def empty_list(filters):
    """Return what to say where the list shows no note."""
    if filters.narrowing - {"range", "since", "until"}:
        return nothing("No note is like that", "Fewer filters show more.", everything(filters))
    if "quarter" in filters.chosen.values():
        return nothing("No note in the last quarter", "Choose days of your own to look further.")
    further = {
        "text": "Look at the last quarter",
        "url": filters.url(range="quarter", since=None, until=None),
    }
    return nothing("No note in this time", "Notes are written in the folder of a lead.", further)


# --- one subject ------------------------------------------------------------------


def subject_context(subject, *, viewer, now, before=None, form=None):
    """Return what notes/_panel.html shows: the notes on one subject, and a form for another."""
    notes = Note.objects.under(subject).newest_first().with_display()
    found = list((notes.after(*before) if before else notes)[: ON_A_TAB + 1])
    shown = found[:ON_A_TAB]
    return new_context(subject, form=form) | {
        "notes": [row(note, now, viewer) for note in shown],
        "earlier_url": asked_after(Cursor(shown[-1].written_at, shown[-1].pk))
        if len(found) > ON_A_TAB
        else "",
        "is_first": not before,
        "this_page": subject.notes_url + (asked_after(before) if before else ""),
        "on_tab": True,
    }


def asked_after(place):
    return "?" + urlencode({"before": place})


def new_context(subject, *, form=None):
    """Return what notes/_form.html shows where a note is written."""
    return {
        "subject": subject,
        "note_form": form or NoteForm(subject=subject.word, auto_id="note-%s"),
        "url": subject.notes_url,
        "verb": "Add the note",
        "title": "Add a note",
    }


# --- one note ---------------------------------------------------------------------


def note_context(note, *, viewer, now):
    """Return what notes/note.html shows: the note, and what it said before."""
    earlier = [
        {
            "text": text.text,
            "tier": text.get_tier_display(),
            "look": "" if text.tier == Tier.SHARED else "kept",
            "since": rows.moment(text.since, viewer.zone),
            "since_iso": text.since.isoformat(),
            "until": rows.moment(text.until, viewer.zone),
        }
        for text in note.earlier.order_by("-version")
    ]
    url = links([note], viewer).get(note.pk, "")
    edited = rows.moment(note.edited_at, viewer.zone) if note.is_edited else ""
    return {"note": row(note, now, viewer) | {"url": url, "edited": edited}, "earlier": earlier}


def edit_context(note, form):
    """Return what notes/_form.html shows where a note is edited."""
    return {
        "note_form": form,
        "url": edit_url(note),
        "verb": "Save",
        "title": "Edit the note",
        "subject": {"name": note.subject_name},
    }


def edit_form(note, data=None):
    """Return the form of a note, filled in from it or from what was sent."""
    initial = {"text": note.text, "tier": Tier(note.tier).word, "version": note.version}
    word = note.subject_type.lower()
    return NoteForm(data, initial=initial, subject=word, auto_id=f"note{note.pk}-%s")


def beside_saved(form, note):
    """Return a form that was filled in before the note changed, with what it says now beside."""
    form.data = form.data.copy()
    form.data["version"] = note.version
    form["text"].help_text = f"Saved meanwhile: {note.text}"
    return form

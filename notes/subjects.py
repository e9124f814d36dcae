"""What notes are about: leads, clients and users, as far as the reader sees them."""

from dataclasses import dataclass

from django.db.models import Model
from django.http import Http404
from django.urls import reverse

from clients.folder import get_client
from clients.models import Client
from leads.actions import get_lead
from leads.duplicates import duplicates_of
from leads.models import Lead
from notes.models import SUBJECTS
from people.models import User


@dataclass(frozen=True)
class Subject:
    """One subject that the reader sees. `column` is the one of Note that it stands in."""

    column: str
    row: Model
    name: str
    notes_url: str

    @property
    def columns(self):
        return {self.column: self.row}

    @property
    def word(self):
        return SUBJECTS[self.column].lower()

    @property
    def rows(self):
        """The subject and, of a lead, what was merged into it: their notes are read together."""
        return [self.row, *(duplicates_of(self.row) if self.column == "lead" else ())]


def lead_subject(lead):
    url = reverse("notes:of_lead", args=[lead.pk])
    return Subject("lead", lead, lead.facility.name, url)


def client_subject(client):
    url = reverse("notes:of_client", args=[client.pk])
    return Subject("client", client, client.facility.name, url)


def person_subject(person):
    url = reverse("notes:of_person", args=[person.pk])
    return Subject("person", person, person.name, url)


def get_lead_subject(pk, user):
    return lead_subject(get_lead(pk))


def get_client_subject(pk, user):
    return client_subject(get_client(pk))


def get_person_subject(pk, user):
    """404 unless `user` may read notes on that person."""
    person = User.objects.with_notes_for(user).filter(pk=pk).first()
    if person is None:
        raise Http404("No such person.")
    return person_subject(person)


def people_with_notes(user):
    """Return those whose notes `user` may read."""
    return User.objects.with_notes_for(user).select_related("team").order_by("team__name", "name")


# --- links ----------------------------------------------------------------------

PAGES = {"lead": "leads:folder", "client": "clients:folder", "person": "notes:of_person"}


def links(notes, user):
    """Return {note's id: where its subject is opened}, without subjects that `user` can't see."""
    seen = {column: seen_of(column, notes, user) for column in PAGES}
    return {
        note.pk: reverse(PAGES[note.subject_column], args=[pk])
        for note in notes
        if (pk := subject_id(note)) in seen.get(note.subject_column, ())
    }


def seen_of(column, notes, user):
    """Return the ids of those subjects of one kind that `user` sees."""
    ids = [subject_id(note) for note in notes if note.subject_column == column]
    return set(visible(column, user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else ()


def visible(column, user):
    if column == "person":
        return User.objects.with_notes_for(user)
    return Lead.objects if column == "lead" else Client.objects


def subject_id(note):
    return getattr(note, f"{note.subject_column}_id")

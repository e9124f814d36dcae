"""What the audit is narrowed to: said in the URL."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django import forms
from django.urls import reverse

from desk.audit import FIELD_CHANGED, Criteria, kind_label
from history.models import Access, Event
from leads.filters import Filters, drop
from notes.filters import day
from people.models import User

# Nearly every lead has the event of its import: no index tells these from the rest.
OFFERED = [kind for kind in Event.Kind.values if kind != Event.Kind.IMPORTED]
KINDS = [
    (FIELD_CHANGED, "Field changed"),
    *[(kind, kind_label(kind)) for kind in [*Access.Kind.values, *OFFERED]],
]
MOST_LEADS = 200


def typed(label, length):
    return forms.CharField(
        required=False,
        max_length=length,
        widget=forms.TextInput(attrs={"aria-label": label, "placeholder": label}),
    )


class AuditFilters(Filters):
    """One for the page and its CSV. Days are those of the reader's calendar.

    What makes no sense is an error: an audit that is not narrowed answers another question.
    """

    actor = drop("Who", "By anybody")
    kind = drop("Kind", "Anything", sorted(KINDS, key=lambda kind: kind[1]))
    person = drop("About", "About anybody")
    leads = typed("Leads: 7, 8", 2000)
    bulk = typed("Bulk action", 36)
    since = day("From")
    until = day("Until")

    def __init__(self, user, path, query):
        super().__init__(user, path, query)
        self.user = user
        everybody = [(str(pk), name) for pk, name in User.objects.values_list("pk", "name")]
        self.offer("actor", lambda: everybody)
        self.offer("person", lambda: everybody)

    def clean_leads(self):
        numbers = self.cleaned_data["leads"].replace(",", " ").split()
        if not all(word.isdecimal() and len(word) < 19 for word in numbers):
            raise forms.ValidationError("Leads are numbers, as in 7, 8.")
        if len(numbers) > MOST_LEADS:
            raise forms.ValidationError(f"Ask for {MOST_LEADS} leads at a time.")
        return " ".join(numbers)

    def clean_bulk(self):
        said = self.cleaned_data["bulk"]
        try:
            return str(UUID(said)) if said else ""
        except ValueError:
            raise forms.ValidationError("That is not the id of a bulk action.") from None

    @property
    def criteria(self):
        said = self.chosen
        since, until = said.get("since"), said.get("until")
        return Criteria(
            actor=int(said["actor"]) if "actor" in said else None,
            person=int(said["person"]) if "person" in said else None,
            kind=said.get("kind"),
            leads=tuple(map(int, said.get("leads", "").split())),
            bulk=UUID(said["bulk"]) if "bulk" in said else None,
            since=since and self.midnight(since),
            until=until and self.midnight(until + timedelta(days=1)),
        )

    def midnight(self, on):
        return datetime.combine(on, time(), tzinfo=self.user.zone)

    @property
    def csv_url(self):
        return self.url().replace(self.path, reverse("admin:audit_csv"), 1)

    @property
    def said(self):
        return {name: str(value) for name, value in self.chosen.items()}

"""What the list of notes is narrowed to: said in the URL, chosen in the bar above the table."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.urls import reverse

from leads.filters import Filters, drop
from notes.lists import Criteria
from notes.models import SUBJECTS, TIERS

DAY = timedelta(days=1)
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
# The name of a range in the URL, what its link says, and how far it reaches back.
RANGES = {
    "": ("7 days", 7 * DAY),
    "month": ("Month", 30 * DAY),
    "quarter": ("Quarter", 90 * DAY),
}

COLUMNS = {kind.lower(): name for name, kind in SUBJECTS.items()}
MINE, TEAM = ("mine", "My own"), ("team", "My team's")


def day(label):
    return forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
        widget=forms.DateInput(
            attrs={
                "type": "date",
                "aria-label": label,
                "title": label,
                "min": str(EARLIEST),
                "max": str(LATEST),
            }
        ),
    )


class NoteFilters(Filters):
    """One for the page, its count and its CSV. Days are those of the reader's calendar."""

    range = forms.ChoiceField(
        choices=[(name, label) for name, (label, _) in RANGES.items()],
        required=False,
        widget=forms.HiddenInput,
    )
    since = day("Written from")
    until = day("Written until")
    subject = drop("Subject", "Any subject", [(kind.lower(), kind) for kind in SUBJECTS.values()])
    author = drop("Author", "Any author", [MINE, TEAM])
    tier = drop("Visibility", "Any tier", [(word, tier.label) for word, tier in TIERS.items()])

    def __init__(self, user, path, query):
        super().__init__(user, path, query)
        self.user = user
        if not user.team_id:
            self.offer("author", lambda: [MINE])

    def clean(self):
        said = self.cleaned_data
        # Days of one's own choosing take the place of a quick range.
        if said.get("since") or said.get("until"):
            said["range"] = ""
        return said

    @property
    def criteria(self):
        said = self.chosen
        return Criteria(
            **self.period,
            column=COLUMNS.get(said.get("subject")),
            author=self.user.pk if said.get("author") == "mine" else None,
            team=self.user.team_id if said.get("author") == "team" else None,
            tier=TIERS.get(said.get("tier")),
        )

    @property
    def period(self):
        """The instants that the days mean, or how far back the range reaches."""
        since, until = self.chosen.get("since"), self.chosen.get("until")
        if not (since or until):
            return {"within": RANGES[self.chosen.get("range", "")][1]}
        return {
            "since": since and self.midnight(since),
            "until": until and self.midnight(until + DAY),
        }

    def midnight(self, on):
        return datetime.combine(on, time(), tzinfo=self.user.zone)

    @property
    def ranges(self):
        """The links of the quick ranges."""
        said = self.chosen
        by_day = "since" in said or "until" in said
        return [
            {
                "name": label,
                "url": self.url(range=name or None, since=None, until=None),
                "current": not by_day and said.get("range", "") == name,
            }
            for name, (label, _) in RANGES.items()
        ]

    @property
    def csv_url(self):
        return self.url().replace(self.path, reverse("notes:csv"), 1)

    @property
    def said(self):
        """What history keeps of an export."""
        said = {name: str(value) for name, value in self.chosen.items()}
        return said if {"range", "since", "until"} & set(said) else {"range": "7 days"} | said

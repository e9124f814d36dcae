"""The list of notes: page, count and CSV are one query, narrowed by one Criteria."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Case, CharField, Value, When

from backoffice import cursors
from backoffice.clock import Clock, clock
from backoffice.csv_export import Defused, Export, IsoInstant
from history.actions import record
from history.models import Event
from leads.rows import counted
from notes.models import SUBJECTS, Note, Tier

PAGE = 50
# Counting stops where nobody would read on.
COUNT_UP_TO = 1_000
HEADER = ["Written at", "Author", "Subject type", "Subject", "Visibility", "Note"]


@dataclass(frozen=True)
class Criteria:
    """What the list is narrowed to; None means everything.

    Notes written `within` a span until now, or from `since` up to, but not at, `until`. `column` is
    the one that the subject stands in; `author` and `team` are ids.
    """

    within: timedelta | None = None
    since: datetime | None = None
    until: datetime | None = None
    column: str | None = None
    author: int | None = None
    team: int | None = None
    tier: Tier | None = None

    @property
    def notes(self):
        said = {
            "written_at__gt": Clock() - self.within if self.within else None,
            "written_at__gte": self.since,
            "written_at__lt": self.until,
            "author": self.author,
            "author__team": self.team,
            "tier": self.tier,
        }
        notes = Note.objects.newest_first()
        notes = notes.filter(**{name: value for name, value in said.items() if value is not None})
        return notes.filter(**{f"{self.column}__isnull": False}) if self.column else notes


class Cursor(NamedTuple):
    """Where a page of the list ended."""

    written_at: datetime
    id: int

    def __str__(self):
        return f"{self.written_at.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text):
        """Return the cursor that `text` says; raises ValueError where it says none."""
        written_at, pk = text.split("~")
        return cls(cursors.instant(written_at), cursors.whole(pk))


@dataclass(frozen=True)
class ListPage:
    """One page of the list, newest first. `count` is exact up to COUNT_UP_TO; above are more."""

    notes: list[Note]
    count: int
    as_of: datetime
    next: Cursor | None = None


def list_page(criteria, after=None):
    """Return the page that follows the cursor `after` (three queries, four for a later page)."""
    # The index alone finds which; only the texts of those are read. The walk down it that finds a
    # first page goes on to count: most of its cost is to look up which subjects are seen.
    notes = criteria.notes.values_list("written_at", "pk")
    if after:
        found, count = list(notes.after(*after)[: PAGE + 1]), notes[: COUNT_UP_TO + 1].count()
    else:
        found = list(notes[: COUNT_UP_TO + 1])
        count = len(found)
    shown = Note.objects.newest_first().with_display().filter(pk__in=[pk for _, pk in found[:PAGE]])
    following = Cursor(*found[PAGE - 1]) if len(found) > PAGE else None
    return ListPage(list(shown), count, clock(), following)


def list_export(criteria, *, by, said):
    """Return the list as CSV, all pages of it; history keeps that `by` took it along.

    `said` are the filters as they were asked for.
    """

    def rows():
        return criteria.notes.values_list(
            IsoInstant("written_at", Value(by.time_zone)),
            Defused("author__name"),
            SUBJECT_TYPE,
            Defused("subject_name"),
            TIER,
            Defused("text"),
        )

    def written_down(export):
        left = "" if export.is_whole else " It was broken off."
        sentence = f"{by.name} exported {counted(export.sent, 'note')}.{left}"
        detail = {"filters": said, "rows": export.sent, "whole": export.is_whole}
        record(Event.Kind.EXPORTED, sentence, by=by, person=by, detail=detail)

    def begun():
        sentence = f"{by.name} began to export notes."
        record(Event.Kind.EXPORTED, sentence, by=by, person=by, detail={"filters": said})

    return Export(by=by, header=HEADER, rows=rows, on_begin=begun, on_end=written_down)


SUBJECT_TYPE = Case(
    *[When(**{f"{name}__isnull": False}, then=Value(kind)) for name, kind in SUBJECTS.items()],
    output_field=CharField(),
)
TIER = Case(*[When(tier=tier, then=Value(tier.label)) for tier in Tier], output_field=CharField())

"""The audit: events, field changes, and who came in or was turned away, as one list.

Each of the three is read by its own index, newest first, and they are merged by time; a page ends
at one row of each.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from backoffice import cursors
from backoffice.csv_export import Defused, Export, IsoInstant
from history.actions import record
from history.models import Access, Change, Event
from history.telling import fields_of, sentence
from leads.models import Facility, Lead
from leads.rows import counted
from people.models import User

PAGE = 50
HEADER = ["At", "Who", "Kind", "What", "Why", "Lead", "Fields", "Bulk action", "Address"]
FIELD_CHANGED = "field_changed"


@dataclass(frozen=True)
class Criteria:
    """What the audit is narrowed to; None means everything. Ids, a kind's name, instants."""

    actor: int | None = None
    kind: str | None = None
    person: int | None = None
    leads: tuple[int, ...] = ()
    bulk: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def events(self):
        found = Event.objects.filter(self.by_actor & self.in_bulk)
        if self.leads:
            found = found.filter(lead__in=self.leads)
        if self.person:
            found = found.filter(person=self.person)
        return self.in_time(self.of_kind(found, Event.Kind, "kind"))

    @property
    def changes(self):
        found = Change.objects.filter(self.by_actor & self.in_bulk)
        if self.leads:
            at = Lead.objects.filter(pk__in=self.leads).values("facility")
            found = found.filter(facility_id__in=at)
        if self.person:
            found = found.filter(person_id=self.person)
        return self.in_time(found if self.kind in {None, FIELD_CHANGED} else found.none())

    @property
    def accesses(self):
        found = Access.objects.filter(self.by_actor)
        if self.leads:
            found = found.filter(lead_id__in=self.leads)
        if self.person:
            found = found.filter(actor=self.person)
        if self.bulk:
            found = found.none()
        return self.in_time(self.of_kind(found, Access.Kind, "kind"))

    @property
    def by_actor(self):
        return Q(actor_id=self.actor) if self.actor else Q()

    @property
    def in_bulk(self):
        return Q(bulk_id=self.bulk) if self.bulk else Q()

    def of_kind(self, rows, kinds, column):
        if self.kind is None:
            return rows
        return rows.filter(kind=self.kind) if self.kind in kinds.values else rows.none()

    def in_time(self, rows):
        """Narrow rows to the time, and to the numbers that were given in it.

        A page is read in the order of numbers; without them it would walk there from the newest.
        """
        if self.since:
            rows = rows.filter(at__gte=self.since, pk__gt=last_before(rows, self.since - OVERLAP))
        if self.until:
            rows = rows.filter(at__lt=self.until, pk__lt=first_since(rows, self.until + OVERLAP))
        return rows


# Numbers follow time, but for transactions that overlap; none lasts longer.
OVERLAP = timedelta(minutes=35)


def last_before(rows, at):
    """Return the number of the last row before then, by the index of times."""
    everything = rows.model.objects.filter(at__lt=at).order_by("-at", "-pk")
    return everything.values_list("pk", flat=True).first() or 0


def first_since(rows, at):
    everything = rows.model.objects.filter(at__gte=at).order_by("at", "pk")
    return everything.values_list("pk", flat=True).first() or 2**63 - 1


class Cursor(NamedTuple):
    """Where a page ended: at which event, change and access."""

    event: int
    change: int
    access: int

    def __str__(self):
        return "~".join(map(str, self))

    @classmethod
    def parse(cls, text):
        """Return the cursor that `text` says; raises ValueError where it says none."""
        event, change, access = text.split("~")
        return cls(cursors.whole(event), cursors.whole(change), cursors.whole(access))


@dataclass(frozen=True)
class AuditPage:
    rows: list
    next: Cursor | None


def audit_page(criteria, after=None):
    """Return the page that follows the cursor `after` (three queries)."""
    sources = [criteria.events, criteria.changes, criteria.accesses]
    after = after or Cursor(*[2**63 - 1] * 3)
    newest_first = [
        by_number(rows.filter(pk__lt=last).order_by("-pk")[: PAGE + 1])
        for rows, last in zip(sources, after, strict=True)
    ]
    found = [row for _, row in merge(*newest_first, key=itemgetter(0), reverse=True)]
    shown, more = found[:PAGE], len(found) > PAGE
    ends = [
        min((row.pk for row in shown if isinstance(row, model)), default=last)
        for model, last in zip((Event, Change, Access), after, strict=True)
    ]
    return AuditPage(shown, Cursor(*ends) if more else None)


def by_number(rows):
    """Yield (moment, row) of one source in its own order, which the moments follow.

    A long transaction's rows are older than their numbers. If they stood by their times, a page
    could end between two rows and lose one.
    """
    moment = None
    for row in rows:
        moment = min(moment or row.at, row.at)
        yield moment, row


# --- what a row says -----------------------------------------------------------------


def lines(rows, viewer):
    """Return rows as the page shows them, with the names of what was changed."""
    changes = [row for row in rows if isinstance(row, Change)]
    names = Facility.objects.in_bulk({row.facility_id for row in changes if row.facility_id})
    people = User.objects.in_bulk({row.person_id for row in changes if row.person_id})
    about = {
        row: str(people.get(row.person_id, "") or names.get(row.facility_id, "")) for row in changes
    }
    return [line(row, viewer) | {"about": about.get(row, "")} for row in rows]


def line(row, viewer):
    there = row.at.astimezone(viewer.zone)
    told = {
        "at": f"{there:%a} {there.day} {there:%b %Y, %H:%M:%S}",
        "at_iso": row.at.isoformat(),
        "who": row.actor_name,
        "bulk": getattr(row, "bulk_id", None),
        "lead": getattr(row, "lead_id", None),
        "why": getattr(row, "why", ""),
        "changes": [],
    }
    return told | TELLING[type(row)](row)


def of_event(event):
    return {"kind": kind_label(event.kind), "what": event.sentence}


def of_change(change):
    return {"kind": "Field changed", "what": sentence(change), "changes": fields_of(change)}


def of_access(access):
    where = f" from {access.address}" if access.address else ""
    if access.kind == Access.Kind.DENIED:
        return {"kind": "Denied", "what": f"{access.request} was answered {access.status}{where}."}
    label = Access.Kind(access.kind).label.capitalize()
    return {"kind": label, "what": f"{label}{where}."}


TELLING = {Event: of_event, Change: of_change, Access: of_access}


def kind_label(kind):
    return kind.replace("_", " ").capitalize()


# --- CSV -------------------------------------------------------------------------------


def audit_export(criteria, *, by, said):
    """Return all that the filters find as CSV; history keeps that `by` took it along."""

    def rows():
        told = {"kind": "kind", "what": "sentence", "why": "why", "lead": "lead_id"}
        events = selected(criteria.events, by, told | {"bulk": "bulk_id"})
        changed = Concat(
            "deed", Value(" the "), "subject", Value(" "), "row_id", output_field=TextField()
        )
        changes = selected(
            criteria.changes,
            by,
            {"kind": Value(FIELD_CHANGED), "what": changed, "fields": "fields", "bulk": "bulk_id"},
        )
        asked = {"kind": "kind", "what": "request", "lead": "lead_id", "address": HOST}
        return events.union(changes, selected(criteria.accesses, by, asked), all=True)

    def written_down(export):
        left = "" if export.is_whole else " It was broken off."
        sentence = f"{by.name} exported {counted(export.sent, 'line')} of the audit.{left}"
        detail = {"filters": said, "rows": export.sent, "whole": export.is_whole}
        record(Event.Kind.EXPORTED, sentence, by=by, person=by, detail=detail)

    return Export(by=by, header=HEADER, rows=rows, on_end=written_down)


# Without the length of its network.
HOST = Func("address", function="host", output_field=TextField())
COLUMNS = ["kind", "what", "why", "lead", "fields", "bulk", "address"]


def selected(rows, by, columns):
    """Return the rows of one source as the CSV's columns, each of them text."""
    told = {f"csv_{name}": Defused(text(columns.get(name))) for name in COLUMNS}
    at, who = IsoInstant("at", Value(by.time_zone)), Defused(F("actor_name"))
    return rows.order_by().values_list(at, who, *told.values())


def text(said):
    if said is None:
        return Value("", output_field=TextField())
    return Coalesce(Cast(said, TextField()), Value(""), output_field=TextField())

"""What the pages of the review show: the leads that wait, and one of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, Q, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from backoffice import cursors
from dispositions.models import Disposition
from dispositions.timeline import timeline
from leads import rows
from leads.folder import address, standing
from leads.lists import nothing
from leads.models import Facility, Lead
from leads.outcomes import Outcome
from leads.search import search_term
from protection.left import days_left
from review.actions import INSTEAD, OBSTACLES
from review.forms import Correction, DiscardForm, MergeForm

PAGE = 50
COUNT_UP_TO = 10_000
# How many leads are offered to merge with.
OFFERED = 10


class Cursor(NamedTuple):
    """Where a page of the list ended."""

    since: datetime
    lead_id: int

    def __str__(self):
        return f"{self.since.isoformat()}~{self.lead_id}"

    @classmethod
    def parse(cls, text):
        """Return the cursor that `text` says; raises ValueError where it says none."""
        since, lead_id = text.split("~")
        return cls(cursors.instant(since), cursors.whole(lead_id))


@dataclass(frozen=True)
class Report:
    """What a rep said was wrong with a lead."""

    wrong: str
    by: str
    at: datetime


# --- the list ---------------------------------------------------------------------


def waiting():
    """The leads that wait for review, the longest waiting first."""
    flagged = Lead.objects.filter(status=Lead.Status.FLAGGED)
    since = Coalesce("last_contact_at", "created_at")
    return flagged.annotate(since=since).order_by("since", "pk")


def list_context(after, *, viewer):
    """Return what review/list.html shows: the page that follows the cursor `after`."""
    leads = waiting()
    size = leads[: COUNT_UP_TO + 1].count()
    if after:
        since, pk = after
        leads = leads.filter(Q(since__gt=since) | Q(since=since, pk__gt=pk))
    # Put in order by what is narrow; what is shown is joined for one page only.
    page = list(leads.values_list("pk", flat=True)[: PAGE + 1])
    found = list(waiting().with_display().filter(pk__in=page))
    shown, more = found[:PAGE], len(found) > PAGE
    reports = reports_of(shown)
    url = reverse("admin:review")
    last = Cursor(shown[-1].since, shown[-1].pk) if more else None
    return {
        "rows": [row(lead, reports.get(lead.pk), viewer) for lead in shown],
        "shown": rows.counted(size, "lead") if size <= COUNT_UP_TO else "more than 10,000 leads",
        "page_size": PAGE,
        "next_url": f"{url}?after={last}".replace("+", "%2B") if last else "",
        "first_url": url if after else "",
        "empty": None if shown else EMPTY,
    }


EMPTY = nothing(
    "Nothing waits for review",
    "A lead whose number or data a rep reports as wrong comes here, and its window stops until "
    "you have decided.",
)


def reports_of(leads):
    """Return {lead's id: what was last reported}."""
    stands = [Disposition.State.APPLIED, Disposition.State.FINAL]
    made = Disposition.objects.filter(lead__in=leads, outcome=Outcome.BAD_DATA, state__in=stands)
    return {
        said.lead_id: Report(said.detail, said.actor.name, said.at)
        for said in made.select_related("actor").order_by("pk")
    }


def row(lead, report, viewer):
    left = days_left(lead.as_of, lead.as_of + lead.protection_left)
    return {
        "id": lead.pk,
        "url": reverse("admin:review_lead", args=[lead.pk]),
        "audit_url": reverse("dispositions:activity", args=[lead.pk]),
        "facility": lead.facility.name,
        "place": rows.place(lead.facility),
        "opportunity": lead.opportunity_type.code,
        "wrong": report.wrong if report else "",
        "by": report.by if report else "",
        "at": rows.time_of(lead.since, lead.as_of, viewer.zone),
        "at_iso": lead.since.isoformat(),
        "waits": rows.since(lead.as_of, lead.since),
        "owner": lead.owner.name,
        "left": f"{left} d",
    }


# --- one lead ---------------------------------------------------------------------


def lead_context(lead, *, viewer, before=None, find=None, **filled_in):
    """Return what review/lead.html shows of a lead that waits, or was merged, or is settled.

    `find` is what is looked for among the leads to merge with. A form that was filled in stands
    for its empty one: `correction`, `discard_form`, `merge_form`.
    """
    path = reverse("admin:review_lead", args=[lead.pk])
    is_flagged = lead.status == Lead.Status.FLAGGED
    return {
        "lead": lead,
        "path": path,
        "facility": lead.facility.name,
        "address": address(lead.facility),
        "opportunity": lead.opportunity_type.code,
        "standing": standing(lead, viewer),
        "is_flagged": is_flagged,
        "merged": merged(lead, viewer),
        "now": lead.as_of.isoformat(),
        **(flagged_context(lead, viewer, find, filled_in) if is_flagged else {}),
        **timeline(lead.events.all(), viewer, before, path=path, facilities=[lead.facility_id]),
    }


def flagged_context(lead, viewer, find, filled_in):
    report = reports_of([lead]).get(lead.pk)
    left = days_left(lead.as_of, lead.as_of + lead.protection_left)
    initial = {"version": lead.version}
    return {
        "report": report and report_facts(report, lead, viewer),
        "left": rows.counted(left, "day"),
        "obstacle": obstacle(lead),
        "correction": Correction(lead),
        "discard_form": DiscardForm(initial=initial, auto_id="discard-%s"),
        "merge_form": MergeForm(initial=initial, auto_id="merge-%s"),
        "find": lead.facility.name if find is None else find,
        "offered": [offer(other, viewer) for other in offered(lead, find)],
    } | filled_in


def report_facts(report, lead, viewer):
    return {
        "wrong": report.wrong,
        "by": report.by,
        "at": rows.moment(report.at, viewer.zone),
        "ago": rows.ago(lead.as_of, report.at),
    }


def obstacle(lead):
    """Return why the owner can't have the lead back, as a sentence; "" if they can."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.cannot_work(%s, %s)", [lead.owner_id, lead.scope_id])
        (why,) = cursor.fetchone()
    return f"{OBSTACLES[why].format(owner=lead.owner.name)} {INSTEAD}" if why else ""


def merged(lead, viewer):
    """Return the lead that this one was merged into, or None."""
    if lead.merged_into_id is None:
        return None
    return offer(Lead.objects.with_display().get(pk=lead.merged_into_id), viewer)


# --- duplicates -------------------------------------------------------------------


def offered(lead, find):
    """Return leads that this one may be a duplicate of: those looked for, or much like it."""
    term = search_term(lead.facility.name if find is None else find)
    found = Q(pk__in=leads_found(term) if term else [])
    # Places first: a lead's own columns and its facility's in one OR would be read through in full.
    places = [lead.facility_id]
    if lead.facility.phone:
        places += Facility.objects.filter(phone=lead.facility.phone).values_list("pk", flat=True)
    alike = Q(facility__in=places)
    same_kind = Lead.objects.with_display().filter(
        opportunity_type=lead.opportunity_type_id, merged_into=None
    )
    others = same_kind.filter(found if find else found | alike).exclude(pk=lead.pk)
    first = Case(When(alike, then=0), default=1)
    return others.order_by(first, "-pk")[:OFFERED]


def leads_found(term):
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.search_everywhere(%s, %s)", [term, 5 * OFFERED])
        return [pk for (pk,) in cursor.fetchall()]


def offer(lead, viewer):
    phone = rows.first_number(lead.facility.phone)
    return {
        "id": lead.pk,
        "url": lead.get_absolute_url(),
        "facility": lead.facility.name,
        "address": address(lead.facility),
        "phone": rows.national(phone),
        "standing": f"{lead.get_status_display()}. {standing(lead, viewer)}",
    }

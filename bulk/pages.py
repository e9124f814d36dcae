"""What the pages and toasts of bulk actions show."""

from django.db.models import Case, Value, When
from django.urls import reverse

from backoffice.clock import WallClock
from backoffice.csv_export import Defused, Export
from backoffice.unsent import NOT_SENT, is_only_shown
from bulk import words
from bulk.models import BulkAction, BulkRow
from bulk.selection import is_list
from dispositions.actions import UNDO_ACCEPTED
from history.actions import record
from history.models import Event
from leads.offered import offered
from leads.rows import counted, moment, place

PAGE = 50
HEADER = ["Facility", "City", "State", "Opportunity", "Why skipped"]
RESULTS = {
    BulkRow.Result.WAITING: "waiting",
    BulkRow.Result.DONE: "done",
    BulkRow.Result.UNDONE: "undone",
    BulkRow.Result.KEPT: "kept: changed since",
}


# --- asking to whom ------------------------------------------------------------


def choose_context(viewer, ids, asked):
    """Return what bulk/choose.html shows: whom the selection may go to, and the selection."""
    named = asked.get("named", "").strip()[:80]
    return {
        "url": reverse("bulk:begin"),
        "search_url": reverse("bulk:choose"),
        "title": f"Reassign {counted(len(ids), 'lead')} to...",
        "people": [
            person(rep, number, len(ids)) for rep, number in offered(ids, named=named, but=viewer)
        ],
        "named": named,
        "why": asked.get("why", ""),
        "notice": NOT_SENT if is_only_shown() else "",
        # What was ticked is sent on; "all" is found again when it is done: so many, and no more.
        "kept": [
            ("seen", len(ids)),
            *((name, value) for name in ("from", "all", "lead") for value in asked.getlist(name)),
        ],
    }


def person(rep, number, of):
    some = "" if number == of else f"may work {number:,} of {of:,}"
    return {"id": rep.pk, "name": rep.name, "note": some}


# --- the toast ------------------------------------------------------------------


def answer(bulk, *, is_first):
    """Return what bulk/said.html shows: how far it is, or what became of it."""
    return {
        "bulk": bulk,
        "is_first": is_first,
        "sentence": sentence(bulk),
        "undo_url": reverse("bulk:undo", args=[bulk.pk]) if may_be_undone(bulk) else "",
        "next_url": reverse("bulk:next", args=[bulk.pk]),
        "nothing_done": bulk.state == BulkAction.State.DONE and not bulk.tally.get("done"),
    }


def sentence(bulk):
    if bulk.has_ended:
        return f"{words.summary(bulk)}."
    done = "undone" if bulk.state == BulkAction.State.UNDOING else words.name(bulk)
    return f"{bulk.known:,} of {bulk.of:,} {done}"


def may_be_undone(bulk):
    return bulk.state == BulkAction.State.DONE and bool(bulk.tally.get("done"))


# --- the page --------------------------------------------------------------------


def bulk_context(bulk, viewer, *, after=""):
    """Return what bulk/show.html shows: who did what when, and the rows that the viewer sees."""
    rows = seen(bulk)
    named = rows.count()
    begin = int(after) if after.isdecimal() and len(after) < 10 else -1
    found = list(rows.filter(place__gt=begin).order_by("place")[: PAGE + 1])
    mine = bulk.actor_id == viewer.pk
    skipped = sum(words.skipped(bulk).values())
    return answer(bulk, is_first=False) | {
        "title": f"{counted(moved(bulk), 'lead')} {words.name(bulk)}",
        "by": "you" if mine else bulk.actor.name,
        "at": moment(bulk.at, viewer.zone),
        "at_iso": bulk.at.isoformat(),
        "summary": words.summary(bulk, viewer),
        "rows": [row(found_row, bulk, viewer) for found_row in found[:PAGE]],
        "others": bulk.chosen - named,
        "more_url": f"?after={found[PAGE - 1].place}" if len(found) > PAGE else "",
        "undo_url": reverse("bulk:undo", args=[bulk.pk]) if mine and in_time(bulk) else "",
        "goes_on": mine and not bulk.has_ended,
        "csv_url": reverse("bulk:skipped_csv", args=[bulk.pk]) if skipped else "",
        "list_url": bulk.chosen_in if mine and is_list(bulk.chosen_in) else "",
    }


def moved(bulk):
    """Return to how many leads it was done, whatever has become of that since."""
    return sum(bulk.tally.get(word, 0) for word in ("done", "undone", "kept"))


def seen(bulk):
    """Return the rows whose lead is in sight, with what names it: the join applies the policies."""
    return bulk.rows.select_related("lead__facility", "lead__opportunity_type").filter(
        lead__facility__name__isnull=False
    )


def in_time(bulk):
    """Is there still time for Undo, as far as the server counts it?"""
    undoable = BulkAction.objects.filter(
        pk=bulk.pk, state=BulkAction.State.DONE, touched_at__gte=WallClock() - UNDO_ACCEPTED
    )
    return may_be_undone(bulk) and undoable.exists()


def row(found, bulk, viewer):
    facility = found.lead.facility
    skipped = found.result == BulkRow.Result.SKIPPED
    return {
        "id": found.lead_id,
        "url": reverse("dispositions:activity", args=[found.lead_id]),
        "facility": facility.name,
        "place": place(facility),
        "opportunity": found.lead.opportunity_type.code,
        "result": f"skipped: {words.reason(found.reason, bulk, viewer)}"
        if skipped
        else RESULTS[BulkRow.Result(found.result)],
    }


# --- the CSV ----------------------------------------------------------------------


def skipped_export(bulk, *, by):
    """Return the skipped rows that `by` sees as CSV; history keeps that they took it along."""

    def rows():
        skipped = seen(bulk).filter(result=BulkRow.Result.SKIPPED).order_by("place")
        facility = [Defused(f"lead__facility__{name}") for name in ("name", "city", "state")]
        why = Case(
            *[When(reason=word, then=Value(words.reason(word, bulk, by))) for word in words.SKIPPED]
        )
        return skipped.values_list(*facility, Defused("lead__opportunity_type__code"), why)

    def written_down(export):
        left = "" if export.is_whole else " It was broken off."
        said = f"{by.name} exported {export.sent} skipped rows of a bulk action.{left}"
        detail = {"bulk": str(bulk.pk), "rows": export.sent, "whole": export.is_whole}
        record(Event.Kind.EXPORTED, said, by=by, person=by, detail=detail)

    return Export(by=by, header=HEADER, rows=rows, on_end=written_down)

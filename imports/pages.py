"""What the pages of imports show."""

from typing import NamedTuple

from django.urls import reverse

from imports.forms import ColumnsForm
from imports.models import Import, Row
from leads import rows as shown

State = Import.State
PAGE = 50
NEWEST = 100


def list_context(*, viewer):
    """Return what imports/list.html shows: the newest imports."""
    found = Import.objects.for_list()[:NEWEST]
    return {"rows": [line_of(each, viewer.zone) for each in found], "limit": NEWEST}


def line_of(found, zone):
    return {
        "id": found.pk,
        "url": url_of(found),
        "name": found.name,
        "source": found.source,
        "opportunity": found.opportunity_type or "",
        "by": found.by.name,
        "at": shown.moment(found.created_at, zone),
        "at_iso": found.created_at.isoformat(),
        "state": found.get_state_display(),
        "tone": TONES.get(found.state, ""),
        "created": found.created,
        "updated": found.updated,
        "duplicate": found.duplicate,
        "rejected": found.rejected,
    }


TONES = {State.DONE: "good", State.FAILED: "last", State.CHECKED: "soon", State.UPLOADED: "soon"}


def url_of(found):
    return reverse("admin:import", args=[found.pk])


# --- one import -------------------------------------------------------------------


def import_context(found, *, viewer, show="", after=0, form=None):
    """Return what imports/import.html shows of an import, and of the rows that are asked for."""
    lists = lists_of(found)
    chosen = next((each for each in lists if each.name == show), lists[0] if lists else None)
    return {
        "import": found,
        "here": url_of(found),
        "at": shown.moment(found.created_at, viewer.zone),
        "state": found.get_state_display(),
        "tone": TONES.get(found.state, ""),
        "columns_form": form or columns_form(found),
        "progress": progress_of(found),
        "figures": figures_of(found),
        "outcome": outcome_of(found),
        "lists": [] if found.is_at_work else lists,
        "chosen": chosen,
        "page": None if found.is_at_work or not chosen else page_of(found, chosen, after),
        "can_commit": found.state == State.CHECKED and found.new + found.changed > 0,
        "can_start_over": found.state == State.CHECKED,
        "can_cancel": found.state in CANCELLED_FROM,
        "can_revert": found.state in REVERTED_FROM and found.created > 0,
    }


CANCELLED_FROM = {State.UPLOADED, State.CHECKING, State.CHECKED, State.MERGING}
REVERTED_FROM = {State.DONE, State.CANCELLED, State.FAILED}


def columns_form(found):
    return ColumnsForm(found) if found.state == State.UPLOADED else None


def progress_of(found):
    """Return what is going on, and how far it is in percent; None where nothing is."""
    if found.state == State.CHECKING:
        return {"label": "Reading and checking", "share": found.read_share}
    if found.state == State.MERGING:
        return {"label": "Importing", "share": share(found.merged_to, found.read_to)}
    if found.state == State.REVERTING:
        gone = found.removed + found.kept
        return {"label": "Reverting", "share": share(gone, found.created)}
    return None


def share(done, all_of_it):
    return min(100, 100 * done // all_of_it) if all_of_it else 0


def figures_of(found):
    """Return [(what, how many)]: what was written, or what would be."""
    if found.state == State.UPLOADED:
        return []
    if found.state in {State.REVERTING, State.REVERTED}:
        return [("Created", found.created), ("Removed", found.removed), ("Kept", found.kept)]
    if is_written(found):
        counted = [found.created, found.updated, found.duplicate, found.rejected]
        return list(zip(["Created", "Updated", "Duplicate", "Rejected"], counted, strict=True))
    counted = [found.new, found.changed, found.known, found.rejected]
    return list(zip(["New leads", "To update", "Duplicate", "Rejected"], counted, strict=True))


def is_written(found):
    return found.merged_to > 0 or found.state in {State.MERGING, State.DONE}


def outcome_of(found):
    """Return the sentence that says what has become of it, or will."""
    if found.state == State.CHECKED:
        if found.new + found.changed:
            return "Nothing is written yet. Look at what was found, then import it."
        return "There is nothing in this file that is not known already."
    if found.state == State.FAILED:
        return found.problem
    if found.state == State.CANCELLED:
        if is_written(found):
            return "It was cancelled. What had been imported by then stays, or can be reverted."
        return "It was cancelled before anything was written."
    if found.state == State.REVERTED:
        removed = f"{shown.counted(found.removed, 'lead')} {was(found.removed)} taken back."
        them = "it" if found.kept == 1 else "them"
        kept = f" {found.kept:,} {was(found.kept)} kept: somebody has worked on {them}."
        changed = " Facilities that it updated stay so." if found.updated else ""
        return f"{removed}{kept if found.kept else ''}{changed}"
    return ""


def was(number):
    return "was" if number == 1 else "were"


class RowList(NamedTuple):
    """Rows of an import that one may look at."""

    name: str
    label: str
    number: int
    # The heading of the column that tells why.
    why: str


def lists_of(found):
    known = "duplicate" if is_written(found) else "known"
    lists = [
        RowList("rejected", "Rejected", found.rejected, "Why"),
        RowList("warned", "To look at", found.warned, "Warning"),
        RowList("known", "Duplicate", getattr(found, known), "Already there"),
        RowList("changed", "Updated", found.updated or found.changed, "Facility"),
    ]
    if found.state == State.REVERTED:
        lists.insert(0, RowList("kept", "Kept", found.kept, "Why"))
    return [each for each in lists if each.number]


def page_of(found, chosen, after):
    rows = getattr(Row.objects.filter(of=found.pk), chosen.name)().after(after)[: PAGE + 1]
    rows = list(rows)
    query = f"{url_of(found)}?show={chosen.name}"
    return {
        "rows": [row_line(row, chosen) for row in rows[:PAGE]],
        "first_url": query if after else "",
        "next_url": f"{query}&after={rows[PAGE - 1].number}" if len(rows) > PAGE else "",
    }


def row_line(row, chosen):
    cells = [cell for cell in row.cells or [] if cell.strip()]
    place = [row.address, row.city, row.state]
    return {
        "number": row.number,
        "facility": row.name or " · ".join(cells)[:200],
        "place": ", ".join(part for part in place if part),
        "why": WHY[chosen.name](row),
        "url": reverse("leads:folder", args=[row.lead_id]) if row.lead_id else "",
    }


def why_known(row):
    if row.lead_id:
        return "Its lead is there"
    return f"The same facility as row {row.twin}" if row.twin else "Somebody else brought it"


WHY = {
    "rejected": lambda row: row.problem,
    "warned": lambda row: "; ".join(row.warnings),
    "known": why_known,
    "changed": lambda row: "Differs from what is known",
    "kept": lambda row: "Somebody has worked on it since",
}

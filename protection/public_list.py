"""The protection list: who has which lead and for how long. Public to everybody who works here."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Value

from backoffice import cursors
from backoffice.clock import clock
from backoffice.csv_export import Defused, Export, IsoInstant
from history.actions import record
from history.models import Event
from people.models import Policy
from protection.left import DaysLeft
from protection.models import Window

PAGE = 50
# Half of a million leads may be protected, and nobody reads on.
COUNT_UP_TO = 10_000
HEADER = ["Facility", "City", "State", "Opportunity", "Owner", "Protected until", "Days left"]


@dataclass(frozen=True)
class ListFilters:
    """What the list is narrowed to; None means everything.

    `owner` is a user's id, `opportunity` a type's code.
    """

    owner: int | None = None
    state: str | None = None
    opportunity: str | None = None
    expiring_soon: bool = False

    @property
    def windows(self):
        said = {"owner": self.owner, "state": self.state, "opportunity": self.opportunity}
        rows = Window.objects.public().filter(**{k: v for k, v in said.items() if v is not None})
        if self.expiring_soon:
            rows = rows.expiring_soon(Policy.current().expiring_soon_days)
        return rows


class Cursor(NamedTuple):
    """Where a page of the list ended."""

    expires_at: datetime
    lead_id: int

    def __str__(self):
        return f"{self.expires_at.isoformat()}~{self.lead_id}"

    @classmethod
    def parse(cls, text):
        """Return the cursor that `text` says; raises ValueError where it says none."""
        expires_at, lead_id = text.split("~")
        return cls(cursors.instant(expires_at), cursors.whole(lead_id))


@dataclass(frozen=True)
class ListPage:
    """One page of the list: its windows, how many there are in all, where the next begins.

    `count` is exact up to `counted_to`; above, there are more.
    """

    windows: list[Window]
    count: int
    as_of: datetime
    next: Cursor | None = None
    counted_to: int = COUNT_UP_TO


def list_page(filters, after=None):
    """Return the page that follows the cursor `after`, soonest end first (three queries)."""
    windows = filters.windows
    found = list((windows.after(*after) if after else windows)[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    following = Cursor(last.expires_at, last.lead_id) if last else None
    return ListPage(found[:PAGE], windows[: COUNT_UP_TO + 1].count(), clock(), following)


def list_export(filters, *, by, said):
    """Return the list as CSV, all pages of it; history keeps that `by` took it along.

    `said` are the filters as the URL has them.
    """

    def rows():
        text = [Defused(name) for name in TEXT]
        until = IsoInstant("expires_at", Value(by.time_zone))
        return filters.windows.values_list(*text, until, DaysLeft("expires_at"))

    def written_down(export):
        left = "" if export.is_whole else " It was broken off."
        sentence = f"{by.name} exported {export.sent} rows of the protection list.{left}"
        detail = {"filters": said, "rows": export.sent, "whole": export.is_whole}
        record(Event.Kind.EXPORTED, sentence, by=by, person=by, detail=detail)

    return Export(by=by, header=HEADER, rows=rows, on_end=written_down)


TEXT = ["facility_name", "city", "state", "opportunity", "owner_name"]

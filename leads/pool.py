"""The lead pool: open leads that nobody owns, or whose owner's window has ended. Newest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from backoffice import cursors
from leads.models import Lead
from leads.search import search_term

PAGE = 50
COUNT_UP_TO = 1_000
NEVER = datetime.fromisoformat("1970-01-01T00:00+00:00")
END_OF_TIME = datetime.fromisoformat("9999-12-31T00:00+00:00")

# How long a lead has been in the pool: (shortest, longest).
AGES = {
    "day": (None, timedelta(days=1)),
    "week": (None, timedelta(days=7)),
    "month": (None, timedelta(days=30)),
    "older": (timedelta(days=30), None),
}

SCOPES = """
SELECT app.clock(), coalesce(array_agg(id), '{}') FROM people_workscope
 WHERE (%(all)s OR id = ANY ((SELECT app.scopes())::int[]))
   AND (%(opportunity)s::bigint IS NULL OR opportunity_type_id = %(opportunity)s)
   AND (%(state)s::text IS NULL OR state = %(state)s)"""

# Functions with definer rights, which look at visible scopes only; leads/migrations/0006.
IDS_AND_INSTANTS = """
array_agg(id ORDER BY since DESC, id DESC), array_agg(since ORDER BY since DESC, id DESC)"""
NEWEST = f"""
SELECT app.count_pool(%(scopes)s, %(source)s, %(later_than)s, %(earlier_than)s, {COUNT_UP_TO + 1}),
       {IDS_AND_INSTANTS}
  FROM app.newest_pool(%(scopes)s, %(source)s, %(later_than)s,
         %(earlier_than)s, %(before)s, %(before_id)s, %(page)s)"""
CONTAINING = f"""
SELECT NULL, {IDS_AND_INSTANTS}
  FROM app.search_pool(%(term)s, %(scopes)s, %(source)s, %(later_than)s,
         %(earlier_than)s, %(before)s, %(before_id)s, %(page)s)"""

# What leads/rows.py shows of a lead.
SHOWN = ["facility__name", "facility__city", "facility__state", "opportunity_type__code", "source"]


@dataclass(frozen=True)
class PoolFilters:
    """What the pool is narrowed to; None means everything. `opportunity` is a type's id."""

    opportunity: int | None = None
    state: str | None = None
    source: str | None = None
    age: str | None = None
    text: str | None = None


class Cursor(NamedTuple):
    """Where a page of the pool ended."""

    since: datetime
    id: int

    def __str__(self):
        return f"{self.since.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text):
        """Return the cursor that `text` says; raises ValueError where it says none."""
        since, pk = text.split("~")
        return cls(cursors.instant(since), cursors.whole(pk))


class PoolLead(NamedTuple):
    lead: Lead
    since: datetime


@dataclass(frozen=True)
class PoolPage:
    """One page of the pool; `scopes` are the ids that it covers.

    `count` is exact up to `counted_to`; above, there are more.
    """

    rows: list[PoolLead]
    count: int
    as_of: datetime
    scopes: list[int]
    next: Cursor | None = None
    counted_to: int = COUNT_UP_TO


def pool_page(user, filters=PoolFilters(), after=None):
    """Return the page of the pool that follows the cursor `after` (three queries)."""
    as_of, scopes = _scopes(user, filters)
    params = _params(filters, as_of, scopes)
    count, found = _count_and_page(params, after)
    leads = Lead.objects.for_rows().only(*SHOWN).in_bulk([pk for pk, _ in found[:PAGE]])
    # Between two statements somebody may have claimed a lead, out of the viewer's sight.
    rows = [PoolLead(leads[pk], since) for pk, since in found[:PAGE] if pk in leads]
    following = Cursor(found[PAGE - 1][1], found[PAGE - 1][0]) if len(found) > PAGE else None
    counted_to = PAGE if params["term"] else COUNT_UP_TO
    return PoolPage(rows, count, as_of, scopes, following, counted_to)


def pool_ids(user, filters, at_most):
    """Return the ids of the pool that `user` sees within the filters, all pages of it."""
    as_of, scopes = _scopes(user, filters)
    _, found = _count_and_page(_params(filters, as_of, scopes), None, at_most)
    return [pk for pk, _ in found]


def pool_scopes(user, filters):
    """Return the ids of the scopes whose pool `user` sees, within the filters."""
    return _scopes(user, filters)[1]


def _scopes(user, filters):
    """Return the clock, and the scopes whose pool `user` sees within the filters."""
    said = {"opportunity": filters.opportunity, "state": filters.state}
    with connection.cursor() as cursor:
        cursor.execute(SCOPES, said | {"all": user.sees_everything})
        return cursor.fetchone()


def _params(filters, as_of, scopes):
    shortest, longest = AGES.get(filters.age, (None, None))
    return {
        "scopes": scopes,
        "source": filters.source,
        "term": search_term(filters.text) if filters.text else None,
        "later_than": as_of - longest if longest else NEVER,
        "earlier_than": as_of - shortest if shortest else as_of,
    }


def _count_and_page(params, after, at_most=PAGE + 1):
    """Return how many leads there are, and (id, since) of a page's leads and one more."""
    before, before_id = after or (END_OF_TIME, 0)
    sql = CONTAINING if params["term"] else NEWEST
    with connection.cursor() as cursor:
        cursor.execute(sql, params | {"before": before, "before_id": before_id, "page": at_most})
        count, ids, instants = cursor.fetchone()
    found = list(zip(ids or [], instants or [], strict=True))
    if count is None:
        # Counting all that a term finds costs more than finding a page of it.
        count = PAGE + 1 if after else len(found)
    return count, found

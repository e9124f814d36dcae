"""The call queue: one rep's owned leads in nine bands (product.md section 3).

Bands and their order are computed when the page is asked for, by one CASE over the covering index
lead_queue; nothing is stored, so no job has to run for the queue to be right.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import FilteredRelation, Q

from backoffice import cursors
from backoffice.clock import clock
from leads.coming import COMING
from leads.models import Lead
from leads.search import search_term

PAGE = 50


@dataclass(frozen=True)
class Band:
    """A band of the queue. `rule` and `key` are SQL; leads are ordered by key, smallest first."""

    name: str
    label: str
    rule: str
    key: str


# From top to bottom of the screen.
BANDS = [
    Band(
        "callback_due",
        "Callback due",
        rule="callback_at <= %(as_of)s",
        key="date_part('epoch', callback_at)",
    ),
    Band(
        "hot",
        "Hot",
        rule="hot_at IS NOT NULL",
        key="-date_part('epoch', hot_at)",
    ),
    Band(
        "follow_up_due",
        "Follow-up due",
        rule="follow_up_on <= %(today)s",
        key="date_part('epoch', follow_up_on)",
    ),
    Band(
        "fresh",
        "Fresh",
        rule="""last_contact_at IS NULL
            AND created_at > %(as_of)s - make_interval(hours => fresh_hours)""",
        key="-date_part('epoch', created_at)",
    ),
    Band(
        "active",
        "Active",
        rule="true",
        key="date_part('epoch', coalesce(last_contact_at, 'epoch'))",
    ),
    Band(
        "scheduled",
        "Scheduled",
        rule="callback_at IS NOT NULL OR follow_up_on IS NOT NULL",
        key="date_part('epoch', least(callback_at, follow_up_on::timestamp AT TIME ZONE %(zone)s))",
    ),
    Band(
        "unreached",
        "Unreached",
        rule="unreached",
        # A NULL would drop out of the comparison with the cursor.
        key="-date_part('epoch', coalesce(last_contact_at, 'epoch'))",
    ),
    Band(
        "long_tail",
        "Long tail",
        rule="""greatest(created_at, owned_at, last_contact_at)
            <= %(as_of)s - make_interval(days => long_tail_days)""",
        key="-date_part('epoch', greatest(created_at, owned_at, last_contact_at))",
    ),
    Band(
        "queued",
        "Queued",
        rule="queued_at IS NOT NULL",
        key="date_part('epoch', queued_at)",
    ),
]
BAND_NAMES = [band.name for band in BANDS]

# A lead is in the first of these whose rule it meets.
DECIDED = [
    "callback_due",
    "queued",
    "follow_up_due",
    "unreached",
    "hot",
    "scheduled",
    "fresh",
    "long_tail",
    "active",
]


def band_case():
    """SQL: the number of a lead's band; policy's hours and days are columns where it stands."""
    rules = {band.name: (number, band.rule) for number, band in enumerate(BANDS, start=1)}
    whens = [f"WHEN {rules[name][1]} THEN {rules[name][0]}" for name in DECIDED]
    return f"CASE {' '.join(whens)} END"


def _key_case():
    whens = [f"WHEN {number} THEN {band.key}" for number, band in enumerate(BANDS, start=1)]
    return f"CASE band {' '.join(whens)} END"


# The CTE is a fence: without it PostgreSQL would work the band out again for each WHEN of the key.
PLACED = f"""
WITH placed AS MATERIALIZED (
  SELECT id, protected_until, callback_at, follow_up_on, queued_at, hot_at, created_at, owned_at,
         last_contact_at, {band_case()} AS band
    FROM leads_lead CROSS JOIN (SELECT fresh_hours, long_tail_days FROM people_policy) AS policy
   WHERE owner_id = %(rep)s AND status = 'open' AND protected_until > app.clock() {{filters}}
)"""
PAGE_AND_COUNTS = f"""{PLACED},
keyed AS (SELECT id, band, {_key_case()} AS key FROM placed {{of_band}}),
page AS (
  SELECT id, band, key FROM keyed
   WHERE (band, key, id) > (%(band)s, %(key)s, %(id)s)
   ORDER BY band, key, id LIMIT {PAGE + 1}
)
SELECT (SELECT json_agg(json_build_array(id, band, key) ORDER BY band, key, id) FROM page),
       (SELECT json_object_agg(band, leads)
          FROM (SELECT band, count(*) AS leads FROM placed GROUP BY band) AS counted),
       (SELECT expiring_soon_days FROM people_policy)"""

IDS = f"""{PLACED},
keyed AS (SELECT id, band, {_key_case()} AS key FROM placed {{of_band}})
SELECT id FROM keyed ORDER BY band, key, id LIMIT %(at_most)s"""

FILTERS = {
    "opportunity": "opportunity_type_id = %(opportunity)s",
    "state": "scope_id IN (SELECT id FROM people_workscope WHERE state = %(state)s)",
    "stage": "stage = %(stage)s",
    "term": "id = ANY (ARRAY(SELECT app.search_owned(%(term)s, %(rep)s)))",
}


FILTERS |= {each.name: each.rule.format(now="%(as_of)s", zone="%(zone)s") for each in COMING}


@dataclass(frozen=True)
class QueueFilters:
    """What a rep narrows the queue to; None means everything.

    `opportunity` is a type's id, `coming` the name of one of leads.coming.COMING.
    """

    opportunity: int | None = None
    state: str | None = None
    stage: str | None = None
    text: str | None = None
    band: str | None = None
    coming: str | None = None

    def as_sql(self):
        """Return the conditions, ready to follow WHERE ..., and their parameters."""
        said = {
            "opportunity": self.opportunity,
            "state": self.state,
            "stage": self.stage,
            "term": search_term(self.text) if self.text else None,
        }
        params = {name: value for name, value in said.items() if value is not None}
        names = [*params, *([self.coming] if self.coming else [])]
        return "".join(f" AND {FILTERS[name]}" for name in names), params


class Cursor(NamedTuple):
    """Where a page ended, and at what moment its first page was asked for.

    Later pages are ranked as of that moment, or leads would jump between bands while one reads on.
    """

    as_of: datetime
    band: int
    key: float
    id: int

    def __str__(self):
        return f"{self.as_of.isoformat()}~{self.band}~{self.key!r}~{self.id}"

    @classmethod
    def parse(cls, text):
        """Return the cursor that `text` says; raises ValueError where it says none."""
        as_of, band, key, pk = text.split("~")
        return cls(cursors.instant(as_of), cursors.whole(band), cursors.key(key), cursors.whole(pk))


class QueuedLead(NamedTuple):
    lead: Lead
    band: str


@dataclass(frozen=True)
class QueuePage:
    """One page of a queue: rows in order, leads per band, and where the next page begins.

    `soon_days` is how many days before its end policy calls a window expiring soon.
    """

    rows: list[QueuedLead]
    counts: dict[str, int]
    as_of: datetime
    soon_days: int
    next: Cursor | None = None
    filters: QueueFilters = field(default_factory=QueueFilters)

    @property
    def total(self):
        return sum(self.counts.values())


def queue_page(rep, filters=QueueFilters(), after=None, as_of=None):
    """Return the page of `rep`'s queue that follows the cursor `after` (three queries).

    `as_of` saves asking for the moment at which this transaction began, where that is known.
    """
    as_of = after.as_of if after else as_of or clock()
    conditions, params = _asked(rep, filters, as_of)
    places, counts, soon_days = _places_and_counts(conditions, params, filters.band, after)
    leads = displayed_leads(pk for pk, _, _ in places[:PAGE])
    # Between two statements a lead may leave the viewer's sight.
    rows = [
        QueuedLead(leads[pk], BAND_NAMES[band - 1]) for pk, band, _ in places[:PAGE] if pk in leads
    ]
    following = None
    if len(places) > PAGE:
        pk, band, key = places[PAGE - 1]
        following = Cursor(as_of, band, float(key), pk)
    return QueuePage(rows, counts, as_of, soon_days, following, filters)


def queue_ids(rep, filters, at_most):
    """Return the ids of `rep`'s queue in its order, all pages of it."""
    conditions, params = _asked(rep, filters, clock())
    sql = IDS.format(filters=conditions, of_band=_of(filters.band))
    with connection.cursor() as cursor:
        cursor.execute(sql, params | {"at_most": at_most})
        return [pk for (pk,) in cursor.fetchall()]


def _asked(rep, filters, as_of):
    conditions, params = filters.as_sql()
    return conditions, params | {
        "rep": rep.pk,
        "as_of": as_of,
        "today": as_of.astimezone(rep.zone).date(),
        "zone": rep.time_zone,
    }


def _of(band):
    return f"WHERE band = {BAND_NAMES.index(band) + 1}" if band else ""


def _places_and_counts(conditions, params, band, after):
    start = {"band": 0, "key": 0.0, "id": 0}
    if after:
        start = {"band": after.band, "key": after.key, "id": after.id}
    with connection.cursor() as cursor:
        cursor.execute(
            PAGE_AND_COUNTS.format(filters=conditions, of_band=_of(band)), params | start
        )
        places, counts, soon_days = cursor.fetchone()
    by_name = {
        name: (counts or {}).get(str(number), 0) for number, name in enumerate(BAND_NAMES, start=1)
    }
    return places or [], by_name, soon_days


def displayed_leads(ids):
    """Return {id: lead} with what a row shows: facility, opportunity type, and who `decides`."""
    decides = FilteredRelation(
        "facility__contacts", condition=Q(facility__contacts__is_decision_maker=True)
    )
    leads = Lead.objects.for_rows().annotate(decides=decides).select_related("decides")
    return leads.in_bulk(list(ids))

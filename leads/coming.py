"""What comes up on a rep's leads: the numbers of the dashboard, each a filter of the queue too.

A number and the list that it opens are the same condition, so they can't disagree. `{now}` and
`{zone}` are put in by who asks; days and weeks are those of the rep's own calendar.
"""

from typing import NamedTuple

from django.db import connection

TODAY = "({now} AT TIME ZONE {zone})::date"
WEEK = "date_trunc('week', {now} AT TIME ZONE {zone})"


class Coming(NamedTuple):
    """One of the numbers. `rule` is SQL."""

    name: str
    label: str
    rule: str


COMING = [
    Coming(
        "callbacks",
        "Callbacks this week",
        f"callback_at >= {WEEK} AT TIME ZONE {{zone}}"
        f" AND callback_at < ({WEEK} + interval '7 days') AT TIME ZONE {{zone}}",
    ),
    Coming(
        "discovery",
        "Discovery in the next 7 days",
        f"discovery_on BETWEEN {TODAY} AND {TODAY} + 7",
    ),
    Coming(
        "closing",
        "Closing in 30 days",
        f"expected_close_on BETWEEN {TODAY} AND {TODAY} + 30",
    ),
]
LABELS = {each.name: each.label for each in COMING}


def counted(rule):
    return f"""(
    SELECT count(*) FROM leads_lead
     WHERE owner_id = rep.id AND status = 'open' AND protected_until > app.clock()
       AND {rule.format(now="app.clock()", zone="rep.zone")})"""


# One look into a small index for each number of each rep.
COUNTS = f"""
SELECT app.clock(), rep.id, {", ".join(counted(each.rule) for each in COMING)}
  FROM unnest(%s::bigint[], %s::text[]) AS rep (id, zone)"""


def coming_up(reps):
    """Return (now, {rep: {name: number}}) of what comes up on each rep's leads, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [[rep.pk for rep in reps], [rep.time_zone for rep in reps]])
        found = cursor.fetchall()
    names = [each.name for each in COMING]
    return found[0][0], {pk: dict(zip(names, numbers, strict=True)) for _, pk, *numbers in found}

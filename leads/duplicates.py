"""Leads that turned out to be one: nothing of them moves, and what they hold is read together."""

from leads.models import Lead


def duplicates_of(lead):
    """Return the leads that were merged into this one, also by way of each other.

    One query where there are none.
    """
    found, merged = [], [lead]
    while merged:
        rows = Lead.objects.select_related("facility").filter(merged_into__in=merged)
        merged = list(rows.order_by("pk"))
        found += merged
    return found

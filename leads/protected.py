"""The page of the protection list: what it is narrowed to, and what it shows."""

from django.db.models import Exists, OuterRef
from django.urls import reverse

from leads import rows
from leads.filters import ListFilters, drop
from leads.lists import everything, found_size, link, list_context, nothing
from leads.models import Lead
from people.models import Policy, User
from people.states import STATES
from protection.left import days_left, urgency
from protection.models import Window
from protection.public_list import ListFilters as Criteria


class ProtectedFilters(ListFilters):
    """One for the page, its count and its CSV."""

    q = None  # type: ignore[assignment]
    owner = drop("Owner", "Any owner")
    expiring_soon = drop("Time left", "Any time left", [("1", "Expiring soon")])

    field_order = ["owner", "state", "opportunity", "expiring_soon"]

    def __init__(self, user, path, query):
        super().__init__(user, path, query)
        # The list is the same for everybody, wherever they work themselves.
        self.offer("state", lambda: sorted(STATES.items()))
        self.offer("owner", owners)

    @property
    def criteria(self):
        said = self.chosen
        return Criteria(
            owner=int(said["owner"]) if "owner" in said else None,
            state=said.get("state"),
            opportunity=said.get("opportunity"),
            expiring_soon="expiring_soon" in said,
        )

    @property
    def csv_url(self):
        return self.url().replace(self.path, reverse("leads:protected_csv"), 1)


def owners():
    """Return who stands on the list, as choices."""
    held = Window.objects.public().filter(owner=OuterRef("pk"))
    return User.objects.filter(Exists(held)).values_list("pk", "name")


def protected_context(page, filters, *, viewer):
    """Return what leads/protected.html shows of a page of the list."""
    soon = Policy.current().expiring_soon_days
    seen = leads_seen(page.windows)
    return list_context(page, filters, "") | {
        # The search at the top looks through one's queue, here as on every page that is no list.
        "search_form": "",
        "search_label": "",
        "rows": [row(window, page.as_of, viewer.zone, soon, seen) for window in page.windows],
        "shown": found_size(page),
        "csv_url": filters.csv_url,
        "empty": None if page.windows else empty_list(filters, soon),
    }


def leads_seen(windows):
    """Return the ids of those leads that the viewer may open."""
    ids = [window.lead_id for window in windows]
    return set(Lead.objects.filter(pk__in=ids).values_list("pk", flat=True))


def row(window, now, zone, soon_days, seen):
    """Return the line of a window (leads/_protected_rows.html): the public columns, no other."""
    return {
        "id": window.lead_id,
        "url": reverse("leads:folder", args=[window.lead_id]) if window.lead_id in seen else "",
        "facility": window.facility_name,
        "city": window.city,
        "state": window.state,
        "opportunity": window.opportunity,
        "owner": window.owner_name,
        "until": rows.moment(window.expires_at, zone),
        "until_iso": window.expires_at.isoformat(),
        "left": rows.left(now, window.expires_at),
        "days": days_left(now, window.expires_at),
        "urgency": urgency(now, window.expires_at, soon_days),
    }


def empty_list(filters, soon_days):
    """Return what to say where the list shows no lead."""
    if filters.chosen == {"expiring_soon": "1"}:
        return nothing(
            "Nothing runs out soon",
            f"No window ends within {rows.counted(soon_days, 'day')}.",
            everything(filters),
        )
    if filters.narrowing:
        return nothing(
            "No protected lead is like that", "Fewer filters show more.", everything(filters)
        )
    return nothing(
        "No lead is protected",
        "Whoever claims a lead from the pool stands here with it, for everybody to read.",
        link("leads:pool", "Open the pool"),
    )

"""What a client's folder is made of: the head and the tabs."""

from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import Http404
from django.urls import reverse

from clients.models import Client
from clients.table import names_of
from dispositions.timeline import timeline
from history.models import Event
from leads import rows
from leads.folder import address, contact_card

TABS = [
    ("clients:folder", "Contacts"),
    ("notes:of_client", "Notes"),
    ("clients:activity", "Activity"),
]


def get_client(pk):
    """Return the client with what is shown of it; 404 unless the actor sees it."""
    client = Client.objects.with_display().filter(pk=pk).first()
    if client is None:
        raise Http404("No such client.")
    return client


def folder_context(client, *, viewer, tab):
    """Return what every tab of a client's folder shows around its own content."""
    return {
        "client": client,
        "folder": head(client, viewer),
        "now": client.as_of.isoformat(),
        "tabs": [
            {"name": name, "url": reverse(page, args=[client.pk]), "current": page == tab}
            for page, name in TABS
        ],
    }


def head(client, viewer):
    """Return who and where the client is, whom to call there and what time it is there."""
    facility, decides = client.facility, getattr(client, "decides", None)
    phone = rows.first_number(decides and decides.phone, facility.phone)
    there = client.as_of.astimezone(ZoneInfo(facility.time_zone))
    since = rows.date_of(client.created_at, client.as_of, viewer.zone)
    sellers = ", ".join(sorted(names_of([client]).values()))
    return {
        "facility": facility.name,
        "address": address(facility),
        "standing": f"Client since {since}, won by {sellers}",
        "decision_maker": decides.name if decides else "",
        "decision_maker_title": decides.title if decides else "",
        "dialled": rows.dialled(phone),
        "phone": rows.national(phone),
        "time_zone": facility.time_zone,
        "local_time": f"{there:%H:%M}",
        "local_day": f"{there:%A, %Z}",
    }


# --- the tabs ----------------------------------------------------------------


def contacts_context(client, *, viewer):
    """Return what the Contacts tab shows: the people there, and what was won."""
    won = client.won.select_related("opportunity_type", "owner").order_by("-pk")
    people = client.facility.contacts.all()
    return folder_context(client, viewer=viewer, tab="clients:folder") | {
        "contacts": [contact_card(None, person, False, None) for person in people],
        "won": [
            {
                "url": lead.get_absolute_url(),
                "name": lead.opportunity_type.name,
                "owner": lead.owner.name,
                "value": f"${lead.expected_value:,.2f}" if lead.expected_value else "",
            }
            for lead in won
        ],
    }


def activity_context(client, *, viewer, before=None):
    """Return what the Activity tab shows: what happened to the client and to its leads in sight."""
    leads = list(client.won.values_list("pk", flat=True))
    history = Event.objects.filter(Q(client=client) | Q(lead__in=leads))
    tab = folder_context(client, viewer=viewer, tab="clients:activity")
    path = reverse("clients:activity", args=[client.pk])
    return tab | timeline(history, viewer, before, path=path, facilities=[client.pk])

"""The page of clients: what it is narrowed to, and what it shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from backoffice import cursors
from clients.models import Client
from clients.search import clients_found
from leads import rows
from leads.lists import everything, link, list_context, nothing, nothing_found
from leads.models import Lead
from people.models import User

PAGE = 50
COUNT_UP_TO = 1_000


def wanted(filters):
    """Return the clients that the filters leave."""
    said, found = filters.chosen, Client.objects.all()
    if "seller" in said:
        found = found.filter(sellers__contains=[int(said["seller"])])
    if "state" in said:
        found = found.filter(facility__state=said["state"])
    if "opportunity" in said:
        found = found.that_bought(filters.opportunity_id)
    if filters.text:
        found = found.filter(pk__in=clients_found(filters.text))
    return found


class Cursor(NamedTuple):
    """Where a page of clients ended."""

    created_at: datetime
    id: int

    def __str__(self):
        return f"{self.created_at.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text):
        """Return the cursor that `text` says; raises ValueError where it says none."""
        created_at, pk = text.split("~")
        return cls(cursors.instant(created_at), cursors.whole(pk))


@dataclass(frozen=True)
class ClientPage:
    """One page of clients; `count` is exact up to COUNT_UP_TO."""

    clients: list[Client]
    count: int
    next: Cursor | None


def client_page(filters, after=None):
    """Return the page that follows the cursor `after`, newest first (two queries)."""
    of_all = wanted(filters)
    shown = (of_all.after(*after) if after else of_all).with_display()
    found = list(shown.order_by("-created_at", "-pk")[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    following = Cursor(last.created_at, last.pk) if last else None
    return ClientPage(found[:PAGE], of_all[: COUNT_UP_TO + 1].count(), following)


def clients_context(page, filters, *, viewer):
    """Return what clients/clients.html shows of a page of clients."""
    bought, names = what_they_bought(page.clients), names_of(page.clients)
    return list_context(page, filters, "Search clients") | {
        "rows": [row(client, bought, names, viewer.zone) for client in page.clients],
        "shown": size(page),
        "works": works(viewer),
        "empty": None if page.clients else no_clients(filters),
    }


def works(viewer):
    """May `viewer` own leads at all, and so call clients about them?"""
    return viewer.has_perm("leads.claim_lead")


def what_they_bought(clients):
    """Return {client: the codes of what was won there}, as far as the viewer sees."""
    won = Lead.objects.filter(client_id__in=[client.pk for client in clients])
    bought: dict[int, list[str]] = {}
    for pk, code in won.order_by("pk").values_list("client_id", "opportunity_type__code"):
        bought.setdefault(pk, []).append(code)
    return bought


def names_of(clients):
    """Return {user: name} of who won them."""
    sellers = {pk for client in clients for pk in client.sellers}
    return dict(User.objects.filter(pk__in=sellers).values_list("pk", "name"))


def row(client, bought, names, zone):
    """Return the line of a client (clients/_rows.html)."""
    # Django sets it only where there is one.
    person = getattr(client, "decides", None)
    phone = rows.first_number(person and person.phone, client.facility.phone)
    return {
        "id": client.pk,
        "url": client.get_absolute_url(),
        "facility": client.facility.name,
        "place": rows.place(client.facility),
        "decision_maker": person.name if person else "",
        "dialled": rows.dialled(phone),
        "phone": rows.national(phone),
        "bought": ", ".join(dict.fromkeys(bought.get(client.pk, []))),
        "won_by": ", ".join(sorted(names[pk] for pk in client.sellers)),
        "since": rows.date_of(client.created_at, client.as_of, zone),
    }


def size(page):
    if page.count > COUNT_UP_TO:
        return f"more than {COUNT_UP_TO:,} clients"
    return rows.counted(page.count, "client")


def no_clients(filters):
    """Return what to say where no client is shown."""
    if filters.text:
        elsewhere = link("leads:queue", "Search my queue", q=filters.text)
        return nothing_found(filters, [], elsewhere)
    if filters.narrowing:
        return nothing("No client is like that", "Fewer filters show more.", everything(filters))
    return nothing(
        "No client yet",
        "Win a lead in the Workflow tab of its folder: its facility becomes a client.",
        link("leads:queue", "Back to my queue"),
    )

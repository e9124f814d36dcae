"""Searching all that one sees: leads, clients, and the people there."""

from django.db import connection

from clients.models import Client
from clients.search import clients_found
from leads import rows
from leads.models import Contact
from leads.queue import displayed_leads
from leads.search import near_spellings, search_term

AT_MOST = 20


def search_context(text):
    """Return what search/search.html shows; a word that is nowhere is read as the nearest one."""
    if search_term(text) is None:
        return {"text": text, "too_short": bool(text)}
    found = look_for(text)
    near = [] if any(found.values()) else near_spellings(text, scopes=None)
    if near:
        found = look_for(near[0])
    return {"text": text, "read_as": near[0] if near else "", "found": any(found.values())} | found


def look_for(text):
    term = search_term(text)
    in_order = leads_found(term)
    seen = displayed_leads(in_order)
    leads = {pk: seen[pk] for pk in in_order if pk in seen}
    clients = list(
        Client.objects.with_display()
        .filter(pk__in=clients_found(text))
        .order_by("-created_at", "-pk")[:AT_MOST]
    )
    places = {lead.facility_id: lead for lead in leads.values()}
    places |= {client.pk: client for client in clients}
    people = Contact.objects.filter(facility__in=list(places)).order_by("name", "pk")
    named = [person for person in people if is_called(person, term)]
    return {
        "leads": [lead_line(lead) for lead in leads.values()],
        "clients": [client_line(client) for client in clients],
        "contacts": [person_line(person, places[person.facility_id]) for person in named],
    }


def leads_found(term):
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.search_everywhere(%s, %s)", [term, AT_MOST])
        return [pk for (pk,) in cursor.fetchall()]


def is_called(person, term):
    """Is it this person whose name or number was looked for, not the facility's?"""
    number = rows.dialled(rows.first_number(person.phone)).lstrip("+")
    return term in person.name.lower() or term in number


def lead_line(lead):
    return {
        "url": lead.get_absolute_url(),
        "name": lead.facility.name,
        "more": f"{rows.place(lead.facility)}, {lead.opportunity_type.code}, {lead.status}",
    }


def client_line(client):
    return {
        "url": client.get_absolute_url(),
        "name": client.facility.name,
        "more": rows.place(client.facility),
    }


def person_line(person, at):
    number = rows.national(rows.first_number(person.phone))
    said = [person.title, at.facility.name, number]
    return {
        "url": at.get_absolute_url(),
        "name": person.name,
        "more": ", ".join(part for part in said if part),
    }

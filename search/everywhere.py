"""Searching all that one sees: leads, clients, and the people there."""

from django.db import connection

from clients.models import Client
from clients.search import clients_found
from leads import rows
from leads.models import Contact
from leads.queue import displayed_leads
from leads.search import near_spellings, search_term

AT_MOST = 20
# Whoever types more words than this has not mistyped one of them.
MOST_WORDS = 5


def search_context(text):
    """Return what search/search.html shows; a word that is nowhere is read as the nearest one."""
    if search_term(text) is None:
        return {"text": text, "too_short": bool(text)}
    for read_as in readings(text):
        found = look_for(read_as)
        if any(found.values()):
            break
    shown = {name: lines[:AT_MOST] for name, lines in found.items()}
    return shown | {
        "text": text,
        "read_as": "" if read_as in {text, without_commas(text)} else read_as,
        "found": any(shown.values()),
        "cut": [name for name, lines in found.items() if len(lines) > AT_MOST],
        "at_most": AT_MOST,
    }


def readings(text):
    """Yield what may be meant by a text, the likeliest first."""
    yield text
    if "," in text and search_term(without_commas(text)):
        # Places stand in rows as "Albany, NY", and in what is searched without the comma.
        yield without_commas(text)
    yield from spelled_right(without_commas(text).split())
    yield from near_spellings(text, scopes=None)[:1]


def without_commas(text):
    return " ".join(text.replace(",", " ").split())


def spelled_right(words):
    """Return [] or [the words with the nearest in place of the only one that is nowhere]."""
    nowhere = [word for word in words if is_nowhere(word)] if 1 < len(words) <= MOST_WORDS else []
    if len(nowhere) != 1:
        return []
    near = near_spellings(nowhere[0], scopes=None)[:1]
    return [" ".join(word if word != nowhere[0] else other for word in words) for other in near]


def is_nowhere(word):
    term = search_term(word)
    return term is not None and not leads_found(term, 1)


def look_for(text):
    """Return what is shown of what the text finds, and one more where that is too much."""
    term = search_term(text)
    in_order = leads_found(term, AT_MOST + 1)
    seen = displayed_leads(in_order)
    leads = {pk: seen[pk] for pk in in_order if pk in seen}
    clients = list(
        Client.objects.with_display()
        .filter(pk__in=clients_found(text))
        .order_by("-created_at", "-pk")[: AT_MOST + 1]
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


def leads_found(term, at_most):
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.search_everywhere(%s, %s)", [term, at_most])
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

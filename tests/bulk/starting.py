"""Leads to select, and what a list's form sends of them."""

import html
import re
from datetime import timedelta

from guardian.shortcuts import assign_perm

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback
from history.models import Event
from leads.actions import get_lead
from leads.models import Lead
from tests.factories import FacilityFactory, LeadFactory


def many(make, number, *, state="NY", **fields):
    """Make leads with a window whose beginning history tells."""

    def each():
        made = []
        for _ in range(number):
            lead = LeadFactory(facility=FacilityFactory(state=state), **fields)
            tell(lead)
            made.append(lead)
        return made

    return make(each)


def tell(lead):
    """Write the events that a lead as it stands has behind it."""
    lead = Lead.objects.get(pk=lead.pk)
    by = {"actor_id": lead.owner_id or 1, "actor_name": "Somebody", "sentence": "", "lead": lead}
    Event.objects.create(kind="created", at=lead.created_at, **by)
    if lead.owned_at and lead.protected_until:
        Event.objects.create(kind="claimed", at=lead.owned_at, **by)


def grant(user, leads):
    with acting_as(SYSTEM):
        for lead in leads:
            assign_perm("leads.view_lead", user, lead)


def book(rep, lead, days=2, hour=0):
    with acting_as(rep):
        start = clock().replace(minute=0, second=0, microsecond=0)
        start += timedelta(days=days, hours=hour, minutes=30 * (lead.pk % 40))
        return book_callback(get_lead(lead.pk), start, by=rep)[0]


def chosen(deed, leads, **more):
    to = more.pop("to", "")
    ids = [getattr(lead, "pk", lead) for lead in leads]
    return {"deed": deed, "lead": ids, "to": getattr(to, "pk", to), "from": "/leads"} | more


def said_by(response):
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", response.text).split()))


def events_of(bulk):
    return Event.objects.filter(bulk_id=bulk.pk).exclude(kind=Event.Kind.UNDONE)


def owners_of(leads):
    with acting_as(SYSTEM):
        owners = dict(Lead.objects.values_list("pk", "owner_id"))
        return [owners[lead.pk] for lead in leads]

"""Showing a lead to one more person, and no longer."""

from django.db import transaction
from guardian.shortcuts import assign_perm

from backoffice.refusals import Refused
from history.actions import record
from history.models import Event
from leads.actions import authorise, get_lead
from leads.models import LeadGrant
from people.models import User
from people.permissions import Role

SEE_ALL = [Role.SENIOR_MANAGER, Role.SALES_ADMIN]


def may_be_granted(lead):
    """Return whom a lead could be shown: who works here and does not see it by what they are."""
    people = User.objects.filter(is_active=True).exclude(role__in=SEE_ALL)
    granted = LeadGrant.objects.filter(content_object=lead).values("user")
    return people.exclude(pk=lead.owner_id).exclude(pk__in=granted).order_by("name", "pk")


@transaction.atomic
def grant_lead(pk, *, to, by):
    """Let `to` see a lead, and write notes on it, until the grant is withdrawn."""
    lead = get_lead(pk)
    authorise("leads.grant_lead", lead, by)
    if not may_be_granted(lead).filter(pk=to.pk).exists():
        raise Refused(f"{to.name} sees this lead already.")
    assign_perm("leads.view_lead", to, lead)
    record(Event.Kind.GRANTED, f"{by.name} shared the lead with {to.name}.", by=by, lead=lead)


@transaction.atomic
def withdraw_grant(pk, *, of, by):
    lead = get_lead(pk)
    authorise("leads.grant_lead", lead, by)
    if not lead.grants.filter(user=of).delete()[0]:
        raise Refused(f"This lead is not shared with {of.name} any longer.")
    sentence = f"{by.name} no longer shares the lead with {of.name}."
    record(Event.Kind.GRANT_WITHDRAWN, sentence, by=by, lead=lead)

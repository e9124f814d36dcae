"""What can happen to a client. One function, one transaction, an event for each deed."""

from django.db import connection, transaction

from clients.models import Client
from history.actions import record
from history.models import Event
from leads.models import Lead
from leads.workflow import change_own, enter_stage


@transaction.atomic
def win_lead(pk, *, by, version, why):
    """Move a lead to won, as seen at `version`; its facility becomes a client or is one already."""
    lead = change_own(pk, by, version)
    is_new = make_client(lead.facility_id)
    enter_stage(lead, Lead.Stage.WON, by=by, why=why)
    client = Client.objects.get(pk=lead.facility_id)
    became = "a new client" if is_new else "a client already"
    sentence = f"{by.name} won {lead.opportunity_type}: {became}."
    record(Event.Kind.BECAME_CLIENT, sentence, by=by, lead=lead, client=client)
    return client


def make_client(facility):
    """Make the facility a client; say whether it was none, also one that the actor does not see."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_client (facility_id) VALUES (%s) ON CONFLICT DO NOTHING",
            [facility],
        )
        return cursor.rowcount == 1

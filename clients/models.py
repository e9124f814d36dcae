"""Who has bought: the facilities whose leads were won."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from people.policies import I_SEE_EVERYTHING, MANAGED_TEAM, UID

IS_SEEN = f"sellers @> ARRAY[{UID}] OR seller_teams @> ARRAY[{MANAGED_TEAM}]"
# It is made just before the lead is won, by who wins it.
IS_BEING_WON = f"""EXISTS (
    SELECT FROM leads_lead l WHERE l.facility_id = clients_client.facility_id
       AND l.owner_id = {UID} AND l.status = 'open' AND l.protected_until > app.clock())"""


class Client(models.Model):
    """A facility that bought: what a won lead becomes, or joins. Its number is the facility's."""

    facility = models.OneToOneField(
        "leads.Facility", on_delete=models.PROTECT, primary_key=True, related_name="client"
    )
    created_at = models.DateTimeField(db_default=Clock())
    # Who won its leads, and their teams, copied by a trigger: row security compares them.
    sellers = ArrayField(models.BigIntegerField(), db_default=[], editable=False)
    seller_teams = ArrayField(models.BigIntegerField(), db_default=[], editable=False)

    class Meta:
        indexes = [
            GinIndex(fields=["sellers"], name="client_by_seller"),
            GinIndex(fields=["seller_teams"], name="client_by_seller_team"),
            models.Index(fields=["-created_at", "-facility"], name="client_newest"),
        ]
        constraints = [
            RowSecurity(
                name="clients_client_security",
                rules=[
                    ("rep", "SELECT", IS_SEEN),
                    ("rep", "INSERT (facility_id)", IS_BEING_WON),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                ],
            ),
        ]

    def __str__(self):
        return f"client {self.pk}"

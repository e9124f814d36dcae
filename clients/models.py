"""Who has bought: the facilities whose leads were won."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import FilteredRelation
from django.urls import reverse

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from leads.models import Lead
from people.policies import I_SEE_EVERYTHING, MANAGED_TEAM, UID

IS_SEEN = f"sellers @> ARRAY[{UID}] OR seller_teams @> ARRAY[{MANAGED_TEAM}]"
# It is made just before the lead is won, by who wins it.
IS_BEING_WON = f"""EXISTS (
    SELECT FROM leads_lead l WHERE l.facility_id = clients_client.facility_id
       AND l.owner_id = {UID} AND l.status = 'open' AND l.protected_until > app.clock())"""


class ClientQuerySet(models.QuerySet):
    def with_display(self):
        """Join what a row or a folder's head shows: the facility, who `decides`, and `as_of`."""
        decides = FilteredRelation(
            "facility__contacts", condition=models.Q(facility__contacts__is_decision_maker=True)
        )
        return (
            self.select_related("facility")
            .annotate(as_of=Clock(), decides=decides)
            .select_related("decides")
        )

    def that_bought(self, opportunity_type):
        """Those with a won lead of that type, as far as the viewer sees."""
        won = Lead.objects.filter(client_id=models.OuterRef("pk"))
        return self.filter(models.Exists(won.filter(opportunity_type=opportunity_type)))

    def after(self, created_at, pk):
        """What follows that client in the order of the list, newest first."""
        earlier = models.Q(created_at__lt=created_at) | models.Q(facility__lt=pk)
        return self.filter(earlier, created_at__lte=created_at)


class Client(models.Model):
    """A facility that bought: what a won lead becomes, or joins. Its number is the facility's."""

    facility = models.OneToOneField(
        "leads.Facility", on_delete=models.PROTECT, primary_key=True, related_name="client"
    )
    created_at = models.DateTimeField(db_default=Clock())
    # Who won its leads, and their teams, copied by a trigger: row security compares them.
    sellers = ArrayField(models.BigIntegerField(), db_default=[], editable=False)
    seller_teams = ArrayField(models.BigIntegerField(), db_default=[], editable=False)

    objects = ClientQuerySet.as_manager()
    as_of: datetime  # with_display() adds it

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

    def get_absolute_url(self):
        return reverse("clients:folder", args=[self.pk])

    @property
    def won(self):
        """Its won leads, those that the viewer sees."""
        return Lead.objects.filter(client_id=self.pk)

"""Who has left, and where their leads go: to a colleague, or into the pool."""

import uuid

from django.db import models

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from people.policies import I_AM_SALES_ADMIN


class Departure(models.Model):
    """The handing over of one person's open leads; its id is the bulk_id of the events of it.

    What the colleague `to` can't have goes into the pool. `tally` counts by word: "given" and
    "pool" are leads, "hidden" and "full" why some of the pool's could not be given, "callbacks"
    those that came along and "cancelled" those that did not. The row is the judge of who goes on.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="departures")
    to = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Clock())
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    tally = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(
                fields=["at"], name="departure_to_go_on_with", condition=models.Q(state="running")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to=None) | ~models.Q(to=models.F("person")),
                name="nobody_takes_over_from_themselves",
            ),
            RowSecurity(
                name="staff_departure_security",
                rules=[
                    ("admin", "SELECT", I_AM_SALES_ADMIN),
                    ("admin", "INSERT", f"{I_AM_SALES_ADMIN} AND by_id = (SELECT app.uid())"),
                    ("admin", "UPDATE (state, tally)", I_AM_SALES_ADMIN),
                ],
            ),
        ]

    def __str__(self):
        return f"Departure of {self.person_id}"

    @property
    def is_done(self):
        return self.state == self.State.DONE

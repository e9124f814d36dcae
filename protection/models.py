"""The owner's exclusive time with a lead, and the list on which everybody reads it."""

from django.db import models

from backoffice.rls import RowSecurity

IS_PUBLIC = "(SELECT app.uid()) IS NOT NULL AND ended_at IS NULL AND expires_at > app.clock()"


class Window(models.Model):
    """One protection window: who has a lead, since when, until when, and how it ended.

    The open ones are the public protection list; what it shows is copied in, because reps may not
    read the lead itself. Triggers on lead, facility and user keep the rows (leads 0003), so that no
    way of changing a lead can forget them; nothing in Python writes here.
    """

    class End(models.TextChoices):
        EXPIRED = "expired"
        RELEASED = "released"
        HANDED_OVER = "handed over"
        STOPPED = "stopped"  # flagged: what was left is remembered on the lead
        CLOSED = "closed"  # won, lost or disqualified

    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.CASCADE, related_name="windows", db_index=False
    )
    facility_name = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=2)
    opportunity = models.CharField(max_length=12)
    owner = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="windows")
    owner_name = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=12, choices=End.choices, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at", "lead"],
                name="window_expiry",
                condition=models.Q(ended_at=None),
            ),
            models.Index(fields=["lead", "owner", "-ended_at"], name="window_past_owners"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=models.Q(ended_at=None), name="one_open_window_per_lead"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, end="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(end="")),
                name="an_ended_window_says_how",
            ),
            RowSecurity(
                name="protection_window_security", rules=[("rep admin", "SELECT", IS_PUBLIC)]
            ),
        ]

    def __str__(self):
        return f"{self.facility_name} is {self.owner_name}'s until {self.expires_at}"

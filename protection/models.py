"""The owner's exclusive time with a lead, and the list on which everybody reads it."""

from django.db import models

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from people.policies import HANGS_ON_A_SEEN_LEAD, HANGS_ON_A_WORKED_LEAD
from protection.left import DaysLeft, no_later_than

IS_PUBLIC = "(SELECT app.uid()) IS NOT NULL AND ended_at IS NULL AND expires_at > app.clock()"


class WindowQuerySet(models.QuerySet):
    def public(self):
        """The protection list: windows that are open at this moment, soonest end first."""
        return self.filter(ended_at=None, expires_at__gt=Clock()).order_by("expires_at", "lead_id")

    def expiring_soon(self, soon_days):
        """Those with no more days left than policy calls soon."""
        near = self.filter(expires_at__lte=no_later_than(soon_days))
        return near.alias(days_left=DaysLeft("expires_at")).filter(days_left__lte=soon_days)

    def after(self, expires_at, lead_id):
        """What follows the window of `lead_id` in the order of the list."""
        later = models.Q(expires_at__gt=expires_at) | models.Q(lead_id__gt=lead_id)
        return self.filter(later, expires_at__gte=expires_at)


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
        UNDONE = "undone"  # what opened it was taken back

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

    objects = WindowQuerySet.as_manager()

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


class ExtensionQuerySet(models.QuerySet):
    def under_ownership_of(self, lead):
        """What was done for the lead since its owner has had it."""
        return self.filter(lead=lead, owner=lead.owner_id, owned_at=lead.owned_at)


class Extension(models.Model):
    """A qualifying activity: the first of its kind under one ownership, and what it moved.

    `until` is what it would make the window end at; the window ended later already where
    `until` is not later than `until_before`.
    """

    class Activity(models.TextChoices):
        QUALIFIED = "qualified", "Stage qualified reached"
        DISCOVERY = "discovery", "Stage discovery reached"
        GAMEPLAN = "gameplan", "Stage gameplan reached"
        CONTRACT = "contract", "Stage contract reached"
        GAMEPLAN_CALL = "gameplan_call", "Gameplan call scheduled"
        CONTRACT_SENT = "contract_sent", "Contract sent"

    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.CASCADE, related_name="extensions", db_index=False
    )
    # With the lead, the ownership: who has it, and since when.
    owner = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owned_at = models.DateTimeField()
    activity = models.CharField(max_length=20, choices=Activity.choices)
    at = models.DateTimeField(db_default=Clock())
    until_before = models.DateTimeField()
    until = models.DateTimeField()

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "owner", "owned_at", "activity"],
                name="an_activity_extends_once_per_ownership",
            ),
            RowSecurity(
                name="protection_extension_security",
                rules=[
                    ("rep admin", "SELECT", HANGS_ON_A_SEEN_LEAD),
                    ("rep admin", "INSERT", HANGS_ON_A_WORKED_LEAD),
                ],
            ),
        ]

    def __str__(self):
        return self.get_activity_display()

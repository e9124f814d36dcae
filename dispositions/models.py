"""The record of one call's outcome and of everything that it set off."""

from django.db import models

from backoffice.clock import Clock, WallClock
from backoffice.rls import RowSecurity
from leads.outcomes import Outcome
from people.policies import HANGS_ON_A_SEEN_LEAD, HANGS_ON_A_WORKED_LEAD, UID

IS_MINE = f"actor_id = {UID}"


class NotAFitReason(models.TextChoices):
    """Why a facility that was reached will not buy."""

    NO_NEED = "no_need", "No need for it"
    NO_BUDGET = "no_budget", "No budget this year"
    UNDER_CONTRACT = "under_contract", "Under contract with somebody else"
    TOO_SMALL = "too_small", "Too small"
    CLOSED = "closed", "The facility has closed"
    OTHER = "other", "Other"


class Disposition(models.Model):
    """One outcome, with what it overwrote (`lead_before`) and what else it changed (`effects`).

    Its row is the single judge of Undo: whoever moves `state` away from "applied" has won.
    """

    class State(models.TextChoices):
        APPLIED = "applied"
        FINAL = "final"
        UNDONE = "undone"
        SUPERSEDED = "superseded"

    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, related_name="dispositions", db_index=False
    )
    actor = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    reason = models.CharField(max_length=20, choices=NotAFitReason.choices, blank=True)
    # What was wrong with the data, or the reason in words.
    detail = models.TextField(blank=True)
    note = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Clock())
    # Since when the seconds for Undo are counted: by the wall clock, not by the transaction.
    applied_at = models.DateTimeField(db_default=WallClock())
    state = models.CharField(max_length=12, choices=State.choices, default=State.APPLIED)
    superseded_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrects"
    )
    lead_before = models.JSONField()
    effects = models.JSONField(default=list)
    version_after = models.PositiveIntegerField()

    said: str  # disposition_lead() adds it

    class Meta:
        indexes = [
            models.Index(fields=["lead", "-id"], name="disposition_by_lead"),
            models.Index(
                fields=["applied_at"],
                name="disposition_not_yet_final",
                condition=models.Q(state="applied"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="superseded", superseded_by__isnull=False)
                | (~models.Q(state="superseded") & models.Q(superseded_by=None)),
                name="a_superseded_disposition_says_by_which",
            ),
            RowSecurity(
                name="dispositions_disposition_security",
                rules=[
                    (
                        "rep admin",
                        "SELECT",
                        f"{HANGS_ON_A_SEEN_LEAD} OR {IS_MINE}",
                    ),
                    (
                        "rep admin",
                        "INSERT",
                        f"{IS_MINE} AND {HANGS_ON_A_WORKED_LEAD}",
                    ),
                    (
                        "rep admin",
                        "UPDATE (state, superseded_by_id)",
                        f"{IS_MINE} OR {HANGS_ON_A_WORKED_LEAD}",
                    ),
                ],
            ),
        ]

    def __str__(self):
        return self.get_outcome_display()

    @property
    def traits(self):
        return Outcome(self.outcome).traits

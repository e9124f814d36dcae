"""Something done to many leads at once: who did what, to which, and what became of each."""

import uuid

from django.db import models
from django.urls import reverse

from backoffice.clock import Clock, WallClock
from backoffice.rls import RowSecurity
from people.policies import HANGS_ON_A_SEEN_LEAD, I_SEE_EVERYTHING, UID

IS_MINE = f"actor_id = {UID}"
# Rows decide for themselves who sees them.
A_ROW_IS_SEEN = "EXISTS (SELECT FROM bulk_bulkrow r WHERE r.bulk_id = bulk_bulkaction.id)"


class BulkAction(models.Model):
    """One deed on a selection of leads; its id is the bulk_id of the events that it wrote.

    Its row is the judge of who goes on with it, and of Undo: whoever moves `state` has won. After
    its beginning only functions of the database write it and its rows (migrations/0002).
    """

    class Deed(models.TextChoices):
        REASSIGN = "reassign", "Reassign"
        NOT_INTERESTED = "not_interested", "Mark not interested"
        QUEUE = "queue", "Add to call queue"

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    actor = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    deed = models.CharField(max_length=20, choices=Deed.choices)
    target = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    why = models.TextField(blank=True)
    # The path and query of the list in which it was chosen.
    chosen_in = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Clock())
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    # How many leads were chosen, and {word: number} of those whose fate is known: "done", "undone",
    # "kept", or why one was skipped. A lead out of the actor's sight is a number here and no more.
    chosen = models.PositiveIntegerField()
    tally = models.JSONField(default=dict)
    # When somebody was last at it, by the wall clock; once it is done, when its last row was.
    touched_at = models.DateTimeField(db_default=WallClock())

    class Meta:
        indexes = [
            models.Index(
                fields=["touched_at"],
                name="bulk_to_go_on_with",
                condition=models.Q(state__in=["running", "undoing"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deed="reassign", target__isnull=False)
                | (~models.Q(deed="reassign") & models.Q(target=None)),
                name="only_a_reassignment_has_a_target",
            ),
            RowSecurity(
                name="bulk_bulkaction_security",
                rules=[
                    ("rep", "SELECT", f"{IS_MINE} OR {A_ROW_IS_SEEN}"),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                    ("rep admin", "INSERT", f"{IS_MINE} AND state = 'running' AND tally = '{{}}'"),
                ],
            ),
        ]

    def __str__(self):
        return self.get_deed_display()

    def get_absolute_url(self):
        return reverse("bulk:show", args=[self.pk])

    @property
    def has_ended(self):
        return self.state in {self.State.DONE, self.State.UNDONE}

    @property
    def known(self):
        """Of how many leads it is known what became of them; of an Undo, how many it has seen."""
        if self.state in {self.State.UNDOING, self.State.UNDONE}:
            return self.tally.get("undone", 0) + self.tally.get("kept", 0)
        return sum(self.tally.values()) - self.tally.get("claimed", 0)

    @property
    def of(self):
        """How many that will be in the end."""
        if self.state in {self.State.UNDOING, self.State.UNDONE}:
            return self.known + self.tally.get("done", 0)
        return self.chosen


class BulkRow(models.Model):
    """One lead of a bulk action, by its place in the list, and what became of it."""

    class Result(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        SKIPPED = "skipped"
        UNDONE = "undone"
        KEPT = "kept"  # could not be undone

    class Reason(models.TextChoices):
        """Why a row was skipped, as the summary counts it: "2 protected" (bulk/words.py)."""

        UNSEEN = "unseen", "not visible to {you}"
        PROTECTED = "protected", "protected"
        CLOSED = "closed", "closed"
        IN_POOL = "in_pool", "in the pool"
        THEIRS = "theirs", "with {to} already"
        HIDDEN_FROM_THEM = "hidden_from_them", "not visible to {to}"
        THEY_ARE_FULL = "they_are_full", "over the number of open leads that {to} may own"
        QUEUED = "queued", "in {your} queue already"
        TOO_MANY = "too_many", "over 100 claims at a time"
        COOLING_DOWN = "cooling_down", "{yours} a short while ago"
        FULL = "full", "over the number of open leads that {you} may own"
        TAKEN = "taken", "taken by somebody else"
        NOT_IN_POOL = "not_in_pool", "not {yours} to claim"
        STOPPED = "stopped", "not reached, as {by} does not work here any more"

    bulk = models.ForeignKey(
        BulkAction, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    # The bulk action's, copied for row security.
    actor = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place = models.PositiveIntegerField()
    # No foreign key of the database's: a reverted import takes its lead, and not what it tells.
    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    result = models.CharField(max_length=8, choices=Result.choices, db_default="waiting")
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True, db_default="")
    # For Undo: the lead's columns, its version once the deed was done, and in which transaction
    # that is to be (app.note_bulk_rows); callbacks and tasks that were ended, and the disposition
    # that was made.
    before = models.JSONField(null=True)
    version_after = models.PositiveIntegerField(null=True)
    noted_in = models.BigIntegerField(null=True)
    effects = models.JSONField(null=True)
    disposition = models.ForeignKey(
        "dispositions.Disposition", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulk", "place"], name="one_row_per_place"),
            models.UniqueConstraint(fields=["bulk", "lead"], name="a_lead_is_chosen_once"),
            models.CheckConstraint(
                condition=(models.Q(result="skipped") & ~models.Q(reason=""))
                | (~models.Q(result="skipped") & models.Q(reason="")),
                name="what_is_skipped_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(result__in=["waiting", "skipped"])
                | models.Q(before__isnull=False, version_after__isnull=False),
                name="what_is_done_remembers_before",
            ),
            RowSecurity(
                name="bulk_bulkrow_security",
                rules=[
                    ("rep", "SELECT", f"{IS_MINE} OR {HANGS_ON_A_SEEN_LEAD}"),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                    (
                        "rep admin",
                        "INSERT (bulk_id, actor_id, place, lead_id)",
                        f"{IS_MINE} AND app.is_my_running_bulk(bulk_id) AND {HANGS_ON_A_SEEN_LEAD}",
                    ),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.place} of {self.bulk_id}"

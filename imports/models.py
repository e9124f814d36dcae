"""Imports of leads: one file each, its rows as they were judged, and how files were read before.

An import is a row whose state says what is due; who works it is imports/working.py.
"""

import secrets
from uuid import uuid4

from django.db import models
from django.urls import reverse

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from imports.columns import LENGTHS
from people.policies import UID

FOLDER = "imports"
LONGEST_SOURCE = 40  # as the column of leads

I_AM_A_SALES_ADMIN = "(SELECT app.role()) = 'sales_admin'"


def random_name():
    """Where the storage keeps a file: a name that says nothing, and that nobody guesses."""
    return f"{FOLDER}/{secrets.token_hex(16)}"


class ImportQuerySet(models.QuerySet):
    def due(self):
        """Those that a worker goes on with, oldest first."""
        return self.filter(state__in=Import.AT_WORK, attended=False).order_by("id")

    def for_list(self):
        return self.select_related("by", "opportunity_type").order_by("-id")


class Import(models.Model):
    """One file, and how far it has come. Its counters are written with the rows that they count."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for its columns"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked, nothing written"
        MERGING = "merging", "Being imported"
        DONE = "done", "Imported"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"
        REVERTING = "reverting", "Being reverted"
        REVERTED = "reverted", "Reverted"

    AT_WORK = [State.CHECKING, State.MERGING, State.REVERTING]
    ENDED = [State.DONE, State.CANCELLED, State.FAILED, State.REVERTED]

    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    # Where it lies; empty once nobody needs it, and for what the command reads where it is.
    content = models.CharField(max_length=100, blank=True)
    # A command works on it, and no worker does.
    attended = models.BooleanField(default=False)
    size = models.PositiveBigIntegerField(default=0)
    encoding = models.CharField(max_length=20, blank=True)
    header = models.JSONField(default=list)
    samples = models.JSONField(default=list)

    # What is to be made of it: {field: index of a column}, and what holds for all rows.
    columns = models.JSONField(default=dict)
    source = models.CharField(max_length=LONGEST_SOURCE, blank=True)
    opportunity_type = models.ForeignKey(
        "people.OpportunityType", on_delete=models.PROTECT, null=True, related_name="+"
    )
    updates = models.BooleanField(default=False)

    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADED)
    problem = models.TextField(blank=True)
    bulk_id = models.UUIDField(default=uuid4, unique=True)
    created_at = models.DateTimeField(db_default=Clock())
    ended_at = models.DateTimeField(null=True)

    # Checkpoints: the last row (or event) that is done with, and the share of the file in percent.
    read_to = models.PositiveIntegerField(default=0)
    read_mark = models.PositiveBigIntegerField(default=0)
    read_share = models.PositiveSmallIntegerField(default=0)
    merged_to = models.PositiveIntegerField(default=0)
    reverted_to = models.PositiveBigIntegerField(default=0)
    reverted_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # How often work on it has begun since it last came a step further.
    tries = models.PositiveSmallIntegerField(default=0)

    # What the check found: every row is one of these four.
    new = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    # What was written.
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    # What a revert took back, and what it left.
    removed = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)

    objects = ImportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="import_due",
                condition=models.Q(state__in=["checking", "merging", "reverting"]),
            ),
        ]
        constraints = [
            RowSecurity(
                name="imports_import_security",
                rules=[
                    ("admin", "SELECT", I_AM_A_SALES_ADMIN),
                    ("admin", "INSERT", f"{I_AM_A_SALES_ADMIN} AND by_id = {UID}"),
                    ("admin", "UPDATE", I_AM_A_SALES_ADMIN),
                ],
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("admin:import", args=[self.pk])

    @property
    def is_at_work(self):
        return self.state in self.AT_WORK

    @property
    def rows(self):
        return self.new + self.known + self.changed + self.rejected

    @property
    def fields(self):
        """The fields that its columns fill, in the order of all fields."""
        return [field for field in LENGTHS if field in self.columns]


def within_import(field, function):
    """SQL: a number for what a row says, another one in every import."""
    return models.Func(field, "of", function=function, output_field=models.BigIntegerField())


class RowQuerySet(models.QuerySet):
    def rejected(self):
        return self.filter(verdict=Row.Verdict.REJECTED)

    def known(self):
        return self.filter(verdict=Row.Verdict.KNOWN)

    def changed(self):
        return self.filter(verdict=Row.Verdict.CHANGED)

    def kept(self):
        return self.filter(verdict=Row.Verdict.KEPT)

    def warned(self):
        return self.exclude(warnings=[])

    def to_tell_of(self):
        return self.filter(~models.Q(warnings=[]) | models.Q(verdict=Row.Verdict.REJECTED))

    def after(self, number):
        return self.filter(number__gt=number).order_by("number")


class Row(models.Model):
    """One row of a file, and what is, or was, to become of it. Pruned some time after the end."""

    class Verdict(models.TextChoices):
        NEW = "new"
        KNOWN = "known"
        CHANGED = "changed"
        REJECTED = "rejected"
        KEPT = "kept"  # of an import that was taken back

    pk = models.CompositePrimaryKey("of_id", "number")
    # They come by the million, and no import is ever deleted: nothing to look up for each.
    of = models.ForeignKey(
        Import, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    external_id = models.TextField()
    name = models.TextField()
    address = models.TextField()
    city = models.TextField()
    state = models.TextField()
    postcode = models.TextField()
    phone = models.TextField()
    time_zone = models.TextField()
    owner = models.TextField()
    # What makes two rows of an import one facility.
    place = models.UUIDField(null=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    # Why it was rejected; else empty.
    problem = models.TextField()
    # Its cells as they were, for rejected rows.
    cells = models.JSONField(null=True)
    warnings = models.JSONField(default=list)
    # The lead that is there already, or the row of this file that comes first.
    lead_id = models.BigIntegerField(null=True)
    twin = models.PositiveIntegerField(null=True)
    # Who is to own the lead, if the check is right, and the how manieth of theirs it is.
    owner_id = models.BigIntegerField(null=True)
    nth = models.PositiveIntegerField(null=True)

    objects = RowQuerySet.as_manager()

    class Meta:
        indexes = [
            # What came before in the same file. Only these have the order that is asked for: the
            # planner, which knows little of a table that grows, has no other way.
            models.Index(
                fields=["place", "number"],
                name="row_by_place",
                condition=models.Q(place__isnull=False),
            ),
            models.Index(
                within_import("phone", "hashtextextended"),
                "number",
                name="row_by_phone",
                condition=~models.Q(phone=""),
            ),
            models.Index(
                within_import("owner_id", "hashint8extended"),
                "number",
                name="row_by_owner",
                condition=models.Q(owner_id__isnull=False),
            ),
            *[
                models.Index(
                    fields=["of", "number"],
                    name=f"row_{verdict}",
                    condition=models.Q(verdict=verdict),
                )
                for verdict in ("rejected", "known", "changed", "kept")
            ],
            models.Index(
                fields=["of", "number"],
                name="row_warned",
                condition=~models.Q(warnings=[]),
            ),
        ]
        constraints = [
            RowSecurity(
                name="imports_row_security",
                rules=[("admin", "SELECT", I_AM_A_SALES_ADMIN)],
            ),
        ]

    def __str__(self):
        return f"{self.number}"


class Layout(models.Model):
    """Which columns a file of this header was read by last, so that nobody says it twice."""

    key = models.CharField(max_length=32, primary_key=True)
    columns = models.JSONField()

    class Meta:
        constraints = [
            RowSecurity(
                name="imports_layout_security",
                rules=[
                    ("admin", "SELECT", I_AM_A_SALES_ADMIN),
                    ("admin", "INSERT", I_AM_A_SALES_ADMIN),
                    ("admin", "UPDATE", I_AM_A_SALES_ADMIN),
                ],
            ),
        ]

    def __str__(self):
        return self.key

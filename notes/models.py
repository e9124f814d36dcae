"""Notes: texts on leads, clients and users, for those who see the subject and reach the tier."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from people.permissions import CLEARANCE, Role
from people.policies import (
    HANGS_ON_A_SEEN_CLIENT,
    HANGS_ON_A_SEEN_LEAD,
    HANGS_ON_A_SEEN_PERSON,
    I_SEE_EVERYTHING,
    UID,
)

LONGEST = 4000

# The kinds of subject, by the column that each stands in.
SUBJECTS = {"lead": "Lead", "client": "Client", "person": "User"}

IS_MINE = f"author_id = {UID}"
# Each arm is no where its column is empty.
SUBJECT_IS_SEEN = f"""({HANGS_ON_A_SEEN_LEAD} OR {HANGS_ON_A_SEEN_CLIENT}
    OR {HANGS_ON_A_SEEN_PERSON})"""
REACHES_MY_CLEARANCE = "tier <= (SELECT app.clearance())"
EARLIER_IS_SEEN = f"""EXISTS (
    SELECT FROM notes_note n WHERE n.id = note_id
       AND (notes_earliertext.{REACHES_MY_CLEARANCE} OR n.{IS_MINE}))"""
NOTE_IS_MINE = f"EXISTS (SELECT FROM notes_note n WHERE n.id = note_id AND n.{IS_MINE})"


class Tier(models.IntegerChoices):
    """Who may read a note: everybody from this clearance up who sees its subject."""

    SHARED = CLEARANCE[Role.INSIDE_REP], "Shared"
    MANAGEMENT = CLEARANCE[Role.MANAGER], "Management"
    SENIOR_MANAGEMENT = CLEARANCE[Role.SENIOR_MANAGER], "Senior management"
    ADMIN_ONLY = CLEARANCE[Role.SALES_ADMIN], "Admin only"

    @property
    def word(self):
        """The tier as URLs and forms say it."""
        return self.name.lower()


TIERS = {tier.word: tier for tier in Tier}


class NoteQuerySet(models.QuerySet):
    def newest_first(self):
        return self.order_by("-written_at", "-pk")

    def after(self, written_at, pk):
        """What follows a note in the order of newest_first()."""
        later = Q(written_at__lt=written_at) | Q(pk__lt=pk)
        return self.filter(later, written_at__lte=written_at)

    def with_display(self):
        return self.select_related("author")

    def under(self, subject):
        """The notes on one subject (notes.subjects.Subject), and on what was merged into it."""
        return self.filter(**{f"{subject.column}__in": subject.rows})


class Note(models.Model):
    """A text on a lead, a client or a user, whose name is kept as it was when this was written.

    Nobody but its author changes it, and what it said before is kept (EarlierText).
    """

    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, null=True, related_name="notes", db_index=False
    )
    client = models.ForeignKey(
        "clients.Client", on_delete=models.PROTECT, null=True, related_name="notes", db_index=False
    )
    person = models.ForeignKey(
        "people.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="notes_about",
        db_index=False,
    )
    subject_name = models.CharField(max_length=200)
    author = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="notes", db_index=False
    )
    tier = models.PositiveSmallIntegerField(choices=Tier.choices, default=Tier.SHARED)
    text = models.TextField(max_length=LONGEST)
    written_at = models.DateTimeField(db_default=Clock())
    edited_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = NoteQuerySet.as_manager()

    class Meta:
        indexes = [
            # What row security and filters compare stands in the indexes: a list is found without
            # a look at texts that its reader may not see.
            models.Index(
                fields=["-written_at", "-id"],
                name="note_newest",
                include=["author", "tier", "lead", "client", "person"],
            ),
            models.Index(
                fields=["author", "-written_at", "-id"],
                name="note_by_author",
                include=["tier", "lead", "client", "person"],
            ),
            models.Index(
                fields=["lead", "-written_at", "-id"],
                name="note_by_lead",
                condition=Q(lead__isnull=False),
            ),
            models.Index(
                fields=["client", "-written_at", "-id"],
                name="note_by_client",
                condition=Q(client__isnull=False),
            ),
            models.Index(
                fields=["person", "-written_at", "-id"],
                name="note_by_person",
                condition=Q(person__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead__isnull=False, client=None, person=None)
                | Q(lead=None, client__isnull=False, person=None)
                | Q(lead=None, client=None, person__isnull=False),
                name="a_note_has_one_subject",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="a_note_says_something"),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="a_note_has_a_tier"),
            models.CheckConstraint(
                condition=Q(version=1, edited_at=None) | Q(version__gt=1, edited_at__isnull=False),
                name="an_edited_note_says_when",
            ),
            RowSecurity(
                name="notes_note_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        f"{IS_MINE} OR ({REACHES_MY_CLEARANCE} AND {SUBJECT_IS_SEEN})",
                    ),
                    (
                        "admin",
                        "SELECT",
                        f"{I_SEE_EVERYTHING} AND ({REACHES_MY_CLEARANCE} OR {IS_MINE})",
                    ),
                    ("rep", "INSERT", f"{IS_MINE} AND {SUBJECT_IS_SEEN}"),
                    ("admin", "INSERT", f"{IS_MINE} AND {I_SEE_EVERYTHING}"),
                    ("rep admin", "UPDATE (text, tier, edited_at, version)", IS_MINE),
                ],
            ),
        ]

    def __str__(self):
        return f"Note on {self.subject_name}"

    def get_absolute_url(self):
        return reverse("notes:note", args=[self.pk])

    @property
    def subject_column(self):
        """The column that the subject stands in."""
        return next(name for name in SUBJECTS if getattr(self, f"{name}_id"))

    @property
    def subject_type(self):
        return SUBJECTS[self.subject_column]

    @property
    def is_edited(self):
        return self.version > 1


class EarlierText(models.Model):
    """What a note said before an edit, and to whom.

    It is seen with its note by those who could have read it then: what was written for a few is
    not told to many because the note was opened to them later.
    """

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="earlier", db_index=False)
    version = models.PositiveIntegerField()
    text = models.TextField(max_length=LONGEST)
    tier = models.PositiveSmallIntegerField(choices=Tier.choices)
    # From when on the note said this, until it was edited.
    since = models.DateTimeField()
    until = models.DateTimeField(db_default=Clock())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["note", "version"], name="one_earlier_text_per_version"
            ),
            RowSecurity(
                name="notes_earliertext_security",
                rules=[
                    ("rep admin", "SELECT", EARLIER_IS_SEEN),
                    ("rep admin", "INSERT", NOTE_IS_MINE),
                ],
            ),
        ]

    def __str__(self):
        return f"Version {self.version} of note {self.note_id}"

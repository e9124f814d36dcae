"""What happened: one append-only line for everything that is done to a lead, a client or a user."""

from django.db import models

from backoffice.clock import Clock
from backoffice.rls import SYSTEM_ID, RowSecurity
from people.policies import HANGS_ON_A_SEEN_CLIENT, I_AM_SALES_ADMIN, I_SEE_EVERYTHING, UID

LEAD_IS_SEEN = "EXISTS (SELECT FROM leads_lead WHERE leads_lead.id = lead_id)"
# A manager sees the history of their team's people; reps see their own.
PERSON_IS_SEEN_BY_REP = """person_id = (SELECT app.uid()) OR person_id IN (
    SELECT id FROM people_user WHERE team_id = (SELECT app.managed_team()))"""
# What tells of a note is seen with it, and written by its author: also of what they see no longer.
NOTE_IS_SEEN = "EXISTS (SELECT FROM notes_note n WHERE n.id = note_id)"
NOTE_IS_MINE = """EXISTS (
    SELECT FROM notes_note n WHERE n.id = note_id AND n.author_id = (SELECT app.uid())
       AND n.lead_id IS NOT DISTINCT FROM history_event.lead_id
       AND n.client_id IS NOT DISTINCT FROM history_event.client_id
       AND n.person_id IS NOT DISTINCT FROM history_event.person_id)"""
# Somebody else's claim may write down that a window had ended: nobody did that but time.
ACTOR_IS_ME = (
    f"""(actor_id = (SELECT app.uid()) OR (actor_id = {SYSTEM_ID} AND kind = 'expired'))"""
)


def without_note(condition, otherwise):
    """SQL: `condition` of an event that tells of no note, `otherwise` of one that does."""
    return f"(CASE WHEN note_id IS NULL THEN {condition} ELSE {otherwise} END)"


class Event(models.Model):
    """One line of history. Names are copied in, so that it still reads when people have left."""

    class Kind(models.TextChoices):
        CREATED = "created"
        IMPORTED = "imported"
        CLAIMED = "claimed"
        PROTECTED = "protected"
        RELEASED = "released"
        EXPIRED = "expired"
        REASSIGNED = "reassigned"
        FACILITY_EDITED = "facility_edited"
        CONTACT_ADDED = "contact_added"
        CONTACT_EDITED = "contact_edited"
        DECISION_MAKER_CHOSEN = "decision_maker_chosen"
        REOPENED = "reopened"
        GRANTED = "granted"
        GRANT_WITHDRAWN = "grant_withdrawn"
        DISPOSITIONED = "dispositioned"
        UNDONE = "undone"
        FLAG_RESOLVED = "flag_resolved"
        DISCARDED = "discarded"
        MERGED = "merged"
        UNMERGED = "unmerged"
        DUPLICATE_MERGED = "duplicate_merged"
        DUPLICATE_UNMERGED = "duplicate_unmerged"
        TASK_DONE = "task_done"
        QUEUED = "queued"
        EMAILED = "emailed"
        STAGE_MOVED = "stage_moved"
        FILE_ADDED = "file_added"
        FILE_DELETED = "file_deleted"
        BECAME_CLIENT = "became_client"
        PLANNED = "planned"
        EXTENDED = "extended"
        CALLBACK_BOOKED = "callback_booked"
        CALLBACK_MOVED = "callback_moved"
        CALLBACK_DONE = "callback_done"
        CALLBACK_CANCELLED = "callback_cancelled"
        EXPORTED = "exported"
        NOTED = "noted"
        NOTE_EDITED = "note_edited"
        HOUSE_CHANGED = "house_changed"
        PERSON_ADDED = "person_added"
        PERSON_INVITED = "person_invited"
        PERSON_EDITED = "person_edited"
        PERSON_LEFT = "person_left"
        PERSON_RETURNED = "person_returned"
        POLICY_CHANGED = "policy_changed"
        IMPORT_BEGUN = "import_begun"
        IMPORT_ENDED = "import_ended"
        IMPORT_REVERTED = "import_reverted"

    at = models.DateTimeField(db_default=Clock())
    # One of Kind. Not `choices`, or each new kind would be a migration.
    kind = models.CharField(max_length=30)
    actor = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=120)
    # No foreign key of the database's: what tells of a lead stays when a reverted import takes it.
    lead = models.ForeignKey(
        "leads.Lead",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    person = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="events", db_index=False
    )
    client = models.ForeignKey(
        "clients.Client", on_delete=models.PROTECT, null=True, related_name="events", db_index=False
    )
    note = models.ForeignKey(
        "notes.Note", on_delete=models.PROTECT, null=True, related_name="events", db_index=False
    )
    sentence = models.TextField()
    why = models.TextField(blank=True)
    # What a sentence can't hold: {"field": [before, after]} of an edit, numbers of a window.
    detail = models.JSONField(default=dict)
    bulk_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["lead", "-id"], name="event_by_lead"),
            models.Index(fields=["actor", "-id"], name="event_by_actor"),
            models.Index(
                fields=["person", "-id"],
                name="event_by_person",
                condition=models.Q(person__isnull=False),
            ),
            models.Index(
                fields=["client", "-id"],
                name="event_by_client",
                condition=models.Q(client__isnull=False),
            ),
            models.Index(
                fields=["bulk_id", "id"],
                name="event_by_bulk",
                condition=models.Q(bulk_id__isnull=False),
            ),
            models.Index(fields=["at", "id"], name="event_by_time"),
            # Imports write by the million, and nobody asks for those alone.
            models.Index(
                fields=["kind", "-id"], name="event_by_kind", condition=~models.Q(kind="imported")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lead__isnull=False)
                | models.Q(person__isnull=False)
                | models.Q(client__isnull=False),
                name="an_event_has_a_subject",
            ),
            RowSecurity(
                name="history_event_security",
                service="SELECT, INSERT",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        without_note(
                            f"(lead_id IS NOT NULL AND {LEAD_IS_SEEN}) OR "
                            f"(client_id IS NOT NULL AND {HANGS_ON_A_SEEN_CLIENT}) OR "
                            f"{PERSON_IS_SEEN_BY_REP}",
                            NOTE_IS_SEEN,
                        ),
                    ),
                    (
                        "admin",
                        "SELECT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin') AND "
                        f"(note_id IS NULL OR {NOTE_IS_SEEN})",
                    ),
                    (
                        "rep admin",
                        "INSERT",
                        f"{ACTOR_IS_ME} AND "
                        + without_note(
                            f"(lead_id IS NULL OR {LEAD_IS_SEEN})"
                            f" AND (client_id IS NULL OR {HANGS_ON_A_SEEN_CLIENT})",
                            NOTE_IS_MINE,
                        ),
                    ),
                ],
            ),
        ]

    def __str__(self):
        return self.sentence


FACILITY_IS_SEEN = """facility_id IS NOT NULL AND (CASE subject
    WHEN 'client' THEN EXISTS (SELECT FROM clients_client c WHERE c.facility_id = row_id)
    ELSE EXISTS (SELECT FROM leads_facility f WHERE f.id = history_change.facility_id) END)"""


class Change(models.Model):
    """What one statement changed of one row, field by field, by whatever path.

    Written by triggers alone (history/changes.py). It outlives the row, so its keys are only
    numbers.
    """

    at = models.DateTimeField(db_default=Clock())
    subject = models.CharField(max_length=30)
    # added, changed or removed
    deed = models.CharField(max_length=8)
    row_id = models.BigIntegerField(null=True)
    facility_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    # Nobody where it came past the product; then the name is that of the database login.
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    bulk_id = models.UUIDField(null=True)
    # {field: [before, after]}
    fields = models.JSONField()

    class Meta:
        indexes = [
            models.Index(
                fields=["facility_id", "-id"],
                name="change_by_facility",
                condition=models.Q(facility_id__isnull=False),
            ),
            models.Index(
                fields=["person_id", "-id"],
                name="change_by_person",
                condition=models.Q(person_id__isnull=False),
            ),
            models.Index(fields=["actor_id", "-id"], name="change_by_actor"),
            models.Index(fields=["at", "id"], name="change_by_time"),
            models.Index(
                fields=["bulk_id", "-id"],
                name="change_by_bulk",
                condition=models.Q(bulk_id__isnull=False),
            ),
            models.Index(
                fields=["subject", "-id"],
                name="change_by_subject",
                condition=~models.Q(subject="facility"),
            ),
        ]
        constraints = [
            RowSecurity(
                name="history_change_security",
                service="SELECT",
                rules=[
                    ("rep", "SELECT", FACILITY_IS_SEEN),
                    (
                        "admin",
                        "SELECT",
                        f"{I_AM_SALES_ADMIN} OR (facility_id IS NOT NULL AND {I_SEE_EVERYTHING})",
                    ),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.actor_name} {self.deed} {self.subject} {self.row_id}"


class Access(models.Model):
    """Somebody signed in or out, failed to, changed how they do, or was turned away.

    Names are copied in.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in"
        SIGNED_OUT = "signed_out"
        SIGNED_OUT_ELSEWHERE = "signed_out_elsewhere"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        CODE_FAILED = "code_failed", "Second factor failed"
        FACTOR_ADDED = "factor_added", "Second factor added"
        FACTOR_REMOVED = "factor_removed", "Second factor removed"
        FACTOR_RESET = "factor_reset", "Recovery codes made anew"
        DENIED = "denied"

    at = models.DateTimeField(db_default=Clock())
    # One of Kind. Not `choices`, as of an event.
    kind = models.CharField(max_length=20)
    actor = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=254)
    lead_id = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    # What was asked for, and how it was answered: "POST /leads/7/claim", 403.
    request = models.CharField(max_length=300, blank=True)
    status = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["actor", "-id"], name="access_by_actor"),
            models.Index(fields=["at", "id"], name="access_by_time"),
            models.Index(fields=["kind", "-id"], name="access_by_kind"),
            models.Index(
                fields=["lead_id", "-id"],
                name="access_by_lead",
                condition=models.Q(lead_id__isnull=False),
            ),
        ]
        constraints = [
            RowSecurity(
                name="history_access_security",
                service="SELECT, INSERT",
                rules=[
                    ("admin", "SELECT", I_AM_SALES_ADMIN),
                    # Whoever signs in is nobody yet; what is denied is denied to somebody.
                    ("web", "INSERT", "kind <> 'denied'"),
                    ("rep admin", "INSERT", f"actor_id = {UID}"),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.actor_name}: {self.Kind(self.kind).label}"

"""Facilities, the people there, and the leads that are worked."""

from datetime import datetime
from functools import cache

from django.db import models
from django.urls import reverse
from guardian.models import UserObjectPermissionBase

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from leads import policies
from leads.fields import PhoneField
from people.models import known_time_zone
from people.policies import (
    HANGS_ON_A_SEEN_LEAD,
    HANGS_ON_A_WORKED_LEAD,
    I_SEE_EVERYTHING,
    UID,
)
from people.states import STATE_CHOICES


class FacilityKey(models.Func):
    """SQL: name, address and postcode as one comparable text, whatever their case and marks."""

    function = "app.facility_key"
    output_field = models.TextField()


class Facility(models.Model):
    """An organisation that is called: a hospital, a clinic."""

    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2, choices=STATE_CHOICES)
    postcode = models.CharField(max_length=12, blank=True)
    phone = PhoneField(blank=True)
    time_zone = models.CharField(max_length=50, validators=[known_time_zone])
    created_at = models.DateTimeField(db_default=Clock())
    version = models.PositiveIntegerField(default=1)
    identity_key = models.GeneratedField(
        expression=FacilityKey("name", "address", "postcode"),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        verbose_name_plural = "facilities"
        indexes = [
            # By id, too: the oldest of many is found as fast as the only one.
            models.Index("identity_key", "id", name="facility_by_key"),
            models.Index("phone", "id", name="facility_by_phone", condition=~models.Q(phone="")),
        ]
        constraints = [
            # Identity: what the source calls it, else name, address and postcode.
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="one_facility_per_external_id",
            ),
            models.UniqueConstraint(
                fields=["identity_key"],
                condition=models.Q(external_id=""),
                name="one_facility_per_name_and_address",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_facility_has_a_name"),
            RowSecurity(
                name="leads_facility_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        policies.FACILITY_IS_SEEN.format(facility="leads_facility.id"),
                    ),
                    (
                        "rep",
                        f"UPDATE ({policies.EDITED_OF_FACILITY})",
                        policies.FACILITY_IS_WORKED.format(facility="leads_facility.id"),
                    ),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                    ("admin", "UPDATE", I_SEE_EVERYTHING),
                ],
            ),
        ]

    def __str__(self):
        return self.name


class Contact(models.Model):
    """A person at a facility; one of them decides."""

    facility = models.ForeignKey(Facility, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    phone = PhoneField(blank=True)
    email = models.EmailField(blank=True)
    is_decision_maker = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-is_decision_maker", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility"],
                condition=models.Q(is_decision_maker=True),
                name="one_decision_maker_per_facility",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_contact_has_a_name"),
            RowSecurity(
                name="leads_contact_security",
                rules=[
                    ("rep", "SELECT", policies.CONTACT_IS_SEEN),
                    ("rep", "INSERT", policies.CONTACT_IS_WORKED),
                    ("rep", f"UPDATE ({policies.EDITED_OF_CONTACT})", policies.CONTACT_IS_WORKED),
                    ("rep", "DELETE", policies.CONTACT_IS_WORKED),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                    ("admin", "INSERT", I_SEE_EVERYTHING),
                    ("admin", "UPDATE", I_SEE_EVERYTHING),
                    ("admin", "DELETE", I_SEE_EVERYTHING),
                ],
            ),
        ]

    def __str__(self):
        return self.name


class LeadQuerySet(models.QuerySet):
    def as_of_now(self):
        """Add `as_of`: the moment at which they are looked at."""
        return self.annotate(as_of=Clock())

    def for_rows(self):
        """Join what a row of a list shows, and `as_of`: the moment at which it is shown."""
        return self.select_related("facility", "opportunity_type").as_of_now()

    def with_display(self):
        """Join what a header shows besides: the owner."""
        return self.for_rows().select_related("owner")

    def in_pool(self):
        """Open leads that nobody owns, or whose owner's window has ended."""
        return self.filter(status=Lead.Status.OPEN).filter(
            models.Q(owner=None) | models.Q(protected_until__lte=Clock())
        )

    def held_by(self, user):
        """Open leads whose window is open for `user`."""
        return self.filter(status=Lead.Status.OPEN, owner=user, protected_until__gt=Clock())


@cache
def folders():
    """Return what the URL of every folder begins with: reverse() for each row takes its time."""
    return reverse("leads:folder", args=[0]).removesuffix("0")


class Lead(models.Model):  # type: ignore[django-manager-missing]
    """One opportunity type at one facility.

    The columns from last_contact_at to queued_at are what the bands of the call queue are decided
    from (leads/queue.py).
    """

    class Status(models.TextChoices):
        OPEN = "open"
        FLAGGED = "flagged"
        DISQUALIFIED = "disqualified"
        WON = "won"
        LOST = "lost"

    class Stage(models.TextChoices):
        NEW = "new"
        CONTACTED = "contacted"
        QUALIFIED = "qualified"
        DISCOVERY = "discovery"
        GAMEPLAN = "gameplan"
        CONTRACT = "contract"
        WON = "won"
        LOST = "lost"

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="leads")
    opportunity_type = models.ForeignKey(
        "people.OpportunityType", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    scope = models.ForeignKey(
        "people.WorkScope", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.CharField(max_length=40)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.NEW)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)

    owner = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="leads"
    )
    # The owner's team, copied by a trigger: row security compares it.
    owner_team = models.ForeignKey(
        "people.Team",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(db_default=Clock())
    owned_at = models.DateTimeField(null=True)
    pool_since = models.DateTimeField(null=True)
    protected_until = models.DateTimeField(null=True)
    # What was left of the window when a flag stopped it.
    protection_left = models.DurationField(null=True)

    last_contact_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=20, blank=True)
    no_answer_count = models.PositiveSmallIntegerField(default=0)
    # The no-answer limit was reached: a fact of its own, because the limit may change.
    unreached = models.BooleanField(default=False)
    # Since when the last outcome is "interested" with its qualification task open.
    hot_at = models.DateTimeField(null=True)
    follow_up_on = models.DateField(null=True)
    callback_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)

    # The workflow beyond calls.
    discovery_on = models.DateField(null=True, blank=True)
    gameplan_on = models.DateField(null=True, blank=True)
    contract_sent_on = models.DateField(null=True, blank=True)
    expected_close_on = models.DateField(null=True, blank=True)
    expected_value = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, help_text="In US dollars."
    )

    # The lead that this one was a duplicate of. It waits as it was, should that prove wrong.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="duplicates",
        db_index=False,
    )

    version = models.PositiveIntegerField(default=1)
    pool_scope = models.GeneratedField(
        expression=models.Case(
            models.When(status="open", owner=None, then=models.F("scope_id")), default=None
        ),
        output_field=models.IntegerField(null=True),
        db_persist=True,
    )
    # A foreign key, so that no lead is won without its facility being a client.
    client_id = models.GeneratedField(
        expression=models.Case(
            models.When(status="won", then=models.F("facility_id")), default=None
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )

    objects = LeadQuerySet.as_manager()
    as_of: datetime  # with_display() adds it

    class Meta:
        indexes = [
            # The call queue, without a look at the table: all that bands, filters and row security
            # compare. data.md section 1.
            models.Index(
                fields=["owner"],
                name="lead_queue",
                include=[
                    "id",
                    "protected_until",
                    "callback_at",
                    "follow_up_on",
                    "queued_at",
                    "hot_at",
                    "unreached",
                    "created_at",
                    "owned_at",
                    "last_contact_at",
                    "opportunity_type",
                    "stage",
                    "scope",
                    "status",
                    "owner_team",
                    "pool_scope",
                ],
                condition=models.Q(status="open", owner__isnull=False),
            ),
            models.Index(
                fields=["pool_scope", "-pool_since", "-id"],
                name="lead_pool",
                include=[
                    "source",
                    "owner",
                    "owner_team",
                    "status",
                    "scope",
                    "protected_until",
                    "facility",
                ],
                condition=models.Q(pool_scope__isnull=False),
            ),
            models.Index(
                fields=["-pool_since", "-id"],
                name="lead_pool_newest",
                include=[
                    "pool_scope",
                    "source",
                    "owner",
                    "owner_team",
                    "status",
                    "scope",
                    "protected_until",
                    "facility",
                ],
                condition=models.Q(pool_scope__isnull=False),
            ),
            models.Index(
                fields=["protected_until", "id"],
                name="lead_expiry",
                condition=models.Q(status="open", owner__isnull=False),
            ),
            # The numbers of the dashboard (leads/coming.py): few of a rep's leads are in each.
            *[
                models.Index(
                    fields=["owner", date],
                    name=name,
                    condition=models.Q(status="open", **{f"{date}__isnull": False}),
                )
                for name, date in (
                    ("lead_callback", "callback_at"),
                    ("lead_discovery", "discovery_on"),
                    ("lead_closing", "expected_close_on"),
                )
            ],
            models.Index(
                fields=["client_id"],
                name="lead_of_client",
                condition=models.Q(client_id__isnull=False),
            ),
            models.Index(
                fields=["merged_into"],
                name="lead_duplicates",
                condition=models.Q(merged_into__isnull=False),
            ),
            models.Index(fields=["id"], name="lead_flagged", condition=models.Q(status="flagged")),
            models.Index(fields=["owner_team", "-created_at", "-id"], name="lead_team"),
            models.Index(fields=["-created_at", "-id"], name="lead_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "opportunity_type"],
                condition=~models.Q(status__in=["won", "lost"]),
                name="one_live_lead_per_facility_and_type",
            ),
            # The state table of product.md section 2, as far as one row can tell.
            models.CheckConstraint(
                condition=~models.Q(status="open")
                | models.Q(
                    owner__isnull=True,
                    owned_at__isnull=True,
                    protected_until__isnull=True,
                    pool_since__isnull=False,
                )
                | models.Q(
                    owner__isnull=False,
                    owned_at__isnull=False,
                    protected_until__isnull=False,
                    pool_since__isnull=True,
                ),
                name="an_open_lead_is_owned_or_in_the_pool",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open")
                | models.Q(protected_until__isnull=True, pool_since__isnull=True),
                name="only_open_leads_have_a_window_or_a_pool",
            ),
            models.CheckConstraint(
                condition=models.Q(protection_left__isnull=True)
                | models.Q(status="flagged")
                | models.Q(merged_into__isnull=False),
                name="only_flagged_leads_have_a_stopped_window",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True)
                | models.Q(
                    status="disqualified",
                    owner__isnull=False,
                    owned_at__isnull=False,
                    protection_left__isnull=False,
                ),
                name="a_merged_lead_is_closed_and_keeps_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True)
                | ~models.Q(merged_into=models.F("id")),
                name="no_lead_is_its_own_duplicate",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="flagged")
                | models.Q(
                    owner__isnull=False, owned_at__isnull=False, protection_left__isnull=False
                ),
                name="a_flagged_lead_keeps_its_owner_and_their_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["won", "lost"]) | models.Q(owner__isnull=False),
                name="won_and_lost_leads_keep_their_owner",
            ),
            models.CheckConstraint(
                condition=(models.Q(status="won") & models.Q(stage="won"))
                | (models.Q(status="lost") & models.Q(stage="lost"))
                | (~models.Q(status__in=["won", "lost"]) & ~models.Q(stage__in=["won", "lost"])),
                name="won_and_lost_are_stage_and_status",
            ),
            RowSecurity(
                name="leads_lead_security",
                rules=[
                    ("rep", "SELECT", policies.LEAD_IS_SEEN),
                    (
                        "rep",
                        f"UPDATE ({policies.WORKED_COLUMNS})",
                        policies.LEAD_IS_WORKED,
                    ),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                    (
                        "admin",
                        f"UPDATE ({policies.WORKED_COLUMNS}, merged_into_id)",
                        I_SEE_EVERYTHING,
                    ),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.opportunity_type_id} at {self.facility_id}"

    def get_absolute_url(self):
        return f"{folders()}{self.pk}"

    @property
    def has_expired(self):
        """Has the window run out, though no job has released the lead yet? Needs with_display()."""
        return self.protected_until is not None and self.protected_until <= self.as_of

    @property
    def is_in_pool(self):
        return self.status == self.Status.OPEN and (self.owner_id is None or self.has_expired)


class Task(models.Model):
    """Something to do for a lead without a time slot: qualify it, or follow up on a day."""

    class Kind(models.TextChoices):
        QUALIFICATION = "qualification"
        FOLLOW_UP = "follow_up", "Follow-up"

    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        CANCELLED = "cancelled"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    due_on = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(db_default=Clock())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["lead", "-id"], name="task_by_lead")]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "kind"],
                condition=models.Q(status="open"),
                name="one_open_task_of_a_kind_per_lead",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", ended_at=None)
                | (~models.Q(status="open") & models.Q(ended_at__isnull=False)),
                name="a_task_that_is_not_open_has_ended",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="follow_up") | models.Q(due_on__isnull=False),
                name="a_follow_up_has_a_date",
            ),
            RowSecurity(
                name="leads_task_security",
                rules=[
                    ("rep admin", "SELECT", HANGS_ON_A_SEEN_LEAD),
                    ("rep admin", "INSERT", HANGS_ON_A_WORKED_LEAD),
                    ("rep admin", "UPDATE", HANGS_ON_A_WORKED_LEAD),
                    ("rep admin", "DELETE", HANGS_ON_A_WORKED_LEAD),
                ],
            ),
        ]

    def __str__(self):
        return self.get_kind_display()


class LeadGrant(UserObjectPermissionBase):
    """Lets one more person see one lead (django-guardian's model with a real foreign key)."""

    content_object = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="grants")

    class Meta(UserObjectPermissionBase.Meta):
        unique_together = [("user", "permission", "content_object")]
        constraints = [
            RowSecurity(
                name="leads_leadgrant_security",
                rules=[
                    ("rep", "SELECT", f"user_id = {UID}"),
                    ("rep", "SELECT", policies.GRANT_IS_MY_TEAMS),
                    ("rep", "INSERT", policies.GRANT_IS_MY_TEAMS),
                    ("rep", "DELETE", policies.GRANT_IS_MY_TEAMS),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                    ("admin", "INSERT", I_SEE_EVERYTHING),
                    ("admin", "DELETE", I_SEE_EVERYTHING),
                ],
            ),
        ]


class FacilitySearch(models.Model):
    """What a facility is found by: names and phone digits, in lower case. Kept by triggers.

    LIKE can't use an index under row security, so the functions app.search_* look here with
    definer rights and return only what the caller sees. No other role reads it.
    """

    facility = models.OneToOneField(
        Facility, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    doc = models.TextField()

    class Meta:
        constraints = [RowSecurity(name="leads_facilitysearch_security", rules=[])]


class SearchWord(models.Model):
    """A word of some facility's or contact's name, to offer near spellings from."""

    word = models.CharField(max_length=200, primary_key=True)

    class Meta:
        constraints = [RowSecurity(name="leads_searchword_security", rules=[])]

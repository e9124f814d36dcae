"""Appointments to call: one rep, one lead, one window of thirty minutes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from people.policies import (
    HANGS_ON_A_SEEN_LEAD,
    HANGS_ON_A_WORKED_LEAD,
    HANGS_ON_MY_OPEN_LEAD,
    I_SEE_EVERYTHING,
    UID,
)

SLOT = timedelta(minutes=30)

# My open windows are taken even where I no longer see the lead and nobody has swept yet.
IS_IN_MY_DIARY = f"(rep_id = {UID} AND status = 'open')"


class CallbackQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Callback.Status.OPEN)

    def kept(self):
        """What was done or is still to come."""
        return self.exclude(status=Callback.Status.CANCELLED)

    def in_the_way_of(self, lead, starts_at, rep):
        """The lead's open callback, and the rep's that overlap the window at `starts_at`."""
        overlapping = models.Q(starts_at__gt=starts_at - SLOT, starts_at__lt=starts_at + SLOT)
        return self.open().filter(models.Q(lead=lead.pk) | (models.Q(rep=rep.pk) & overlapping))

    def between(self, start, end):
        """Those whose window opens from `start` up to, but not at, `end`, in order."""
        return self.filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "pk")

    def with_display(self):
        """Join what a list shows; leaves out those whose lead the reader does not see."""
        joined = self.select_related("rep", "lead__facility", "lead__opportunity_type")
        return joined.prefetch_related("lead__facility__contacts")


class Callback(models.Model):
    """An appointment to call. Only open ones take time in the rep's diary.

    The instant in `slot` is the truth; the wall time that the rep chose is kept beside it, with the
    zone it was meant in, because the rep may move and a zone may change its rules.
    `leads_lead.callback_at` is a copy of the open callback's start, kept by a trigger.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        CANCELLED = "cancelled"

    lead = models.ForeignKey("leads.Lead", on_delete=models.PROTECT, related_name="callbacks")
    rep = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="callbacks", db_index=False
    )
    slot = DateTimeRangeField()
    # Row security keeps PostgreSQL from looking ranges up in an index; a plain column it lets pass.
    starts_at = models.GeneratedField(
        expression=RangeStartsWith("slot"),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    local_date = models.DateField()
    local_time = models.TimeField()
    time_zone = models.CharField(max_length=50)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    booked_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    booked_at = models.DateTimeField(db_default=Clock())
    ended_at = models.DateTimeField(null=True)

    objects = CallbackQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["rep", "starts_at"], name="callback_by_rep"),
            models.Index(fields=["starts_at"], name="callback_by_time"),
        ]
        constraints = [
            ExclusionConstraint(
                name="no_two_open_callbacks_of_a_rep_overlap",
                expressions=[("rep", "="), ("slot", "&&")],
                condition=models.Q(status="open"),
            ),
            models.UniqueConstraint(
                fields=["lead"],
                condition=models.Q(status="open"),
                name="one_open_callback_per_lead",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    slot__lower_inc=True,
                    slot__upper_inc=False,
                    slot__endswith=models.F("slot__startswith") + SLOT,
                ),
                name="a_callback_lasts_half_an_hour",
            ),
            models.CheckConstraint(
                condition=models.Q(local_time__minute__in=[0, 30], local_time__second=0),
                name="a_callback_starts_at_the_half_hour",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", ended_at=None)
                | (~models.Q(status="open") & models.Q(ended_at__isnull=False)),
                name="a_callback_that_is_not_open_has_ended",
            ),
            RowSecurity(
                name="callbacks_callback_security",
                rules=[
                    ("rep", "SELECT", f"{IS_IN_MY_DIARY} OR {HANGS_ON_A_SEEN_LEAD}"),
                    ("admin", "SELECT", I_SEE_EVERYTHING),
                    (
                        "rep",
                        "INSERT",
                        f"rep_id = {UID} AND booked_by_id = {UID} AND {HANGS_ON_MY_OPEN_LEAD}",
                    ),
                    ("rep admin", "UPDATE (status, ended_at)", HANGS_ON_A_WORKED_LEAD),
                    ("rep admin", "DELETE", HANGS_ON_A_WORKED_LEAD),
                ],
            ),
        ]

    def __str__(self):
        return f"Callback on {self.window}"

    @property
    def window(self):
        """The window as it was booked: "Fri 9 Jan 2026, 10:00-10:30 EST"."""
        begin, end = (there.astimezone(ZoneInfo(self.time_zone)) for there in self.bounds)
        return f"{begin:%a} {begin.day} {begin:%b %Y, %H:%M}-{end:%H:%M %Z}"

    @property
    def bounds(self):
        return self.slot.lower, self.slot.upper

    @property
    def is_open(self):
        return self.status == self.Status.OPEN

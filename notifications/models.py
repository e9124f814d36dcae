"""What people are told: lines in the bell, and e-mails that leave the building.

Both are rows that the change itself writes, in its own transaction, with the moment from which they
count. A line in the bell is told by being due; an e-mail by the sweep that sends what is due.
"""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from people.policies import UID

# How far back the bell itself looks; /notifications has all.
SHOWN_FOR = timedelta(days=7)

IS_MINE = f"recipient_id = {UID} AND due_at <= app.clock()"
I_AM_SOMEBODY = f"{UID} IS NOT NULL"
I_AM_A_SALES_ADMIN = "(SELECT app.role()) = 'sales_admin'"


class Kind(models.TextChoices):
    """What one can be told of; each has a switch for its e-mail."""

    CALLBACK_OPEN = "callback_open", "A callback's window opens"
    LEAD_RELEASED = "lead_released", "A lead of mine goes back into the pool or to somebody else"
    LEAD_ASSIGNED = "lead_assigned", "A lead is assigned to me"
    CLAIM_CONFIRMED = "claim_confirmed", "A claim of mine is confirmed"
    EMAIL_BOUNCED = "email_bounced", "An e-mail to me came back"


# A person who gets no e-mail is told so in the bell; a confirmation of what one has just done
# oneself needs none unless asked for.
BY_EMAIL = [Kind.CALLBACK_OPEN, Kind.LEAD_RELEASED, Kind.LEAD_ASSIGNED, Kind.CLAIM_CONFIRMED]


class NoticeQuerySet(models.QuerySet):
    """Which lines of somebody's bell. Row security shows people their own, once they are due."""

    def of(self, user):
        return self.filter(recipient=user, due_at__lte=Clock()).order_by("-due_at", "-id")

    def of_the_last_days(self):
        return self.filter(due_at__gt=Clock() - SHOWN_FOR)

    def bounces(self):
        return self.filter(kind=Kind.EMAIL_BOUNCED)

    def unread(self):
        return self.filter(read_at=None)

    def before(self, due_at, pk):
        """The lines further down than that one."""
        return self.filter(Q(due_at__lt=due_at) | Q(due_at=due_at, id__lt=pk))

    def with_display(self):
        """Add `as_of`, the clock, and `lead_in_sight`: None where no lead is."""
        # A column of the lead itself, so that the database joins it and applies its row security.
        return self.annotate(as_of=Clock(), lead_in_sight=F("lead__status"))


class Notice(models.Model):
    """One line of somebody's bell. `key` makes it ring once, however often a sweep runs."""

    recipient = models.ForeignKey(
        "people.User", on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    sentence = models.CharField(max_length=400)
    lead = models.ForeignKey("leads.Lead", on_delete=models.CASCADE, null=True, db_index=False)
    due_at = models.DateTimeField(db_default=Clock())
    read_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=120, unique=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-due_at", "-id"], name="notice_by_recipient"),
            # Asked for each lead that goes with a reverted import.
            models.Index(
                fields=["lead"], name="notice_by_lead", condition=models.Q(lead__isnull=False)
            ),
        ]
        constraints = [
            RowSecurity(
                name="notifications_notice_security",
                rules=[
                    ("rep admin", "SELECT", IS_MINE),
                    ("rep admin", "UPDATE (read_at)", IS_MINE),
                    ("rep admin", "INSERT", I_AM_SOMEBODY),
                ],
            ),
        ]

    def __str__(self):
        return self.sentence


class EmailQuerySet(models.QuerySet):
    def undelivered(self):
        lost = [Email.State.FAILED, Email.State.BOUNCED]
        return self.filter(state__in=lost).select_related("recipient").order_by("-due_at", "-id")

    def known_as(self, message_id, address):
        """What was sent to `address` under that id."""
        return self.filter(message_id=message_id, recipient__email__iexact=address).exclude(
            message_id=""
        )


class Email(models.Model):
    """One e-mail on its way. Sent at least once, with the same Message-ID each time."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"
        DROPPED = "dropped"  # switched off, or the person left, before it was sent
        BOUNCED = "bounced"  # sent, and came back

    recipient = models.ForeignKey(
        "people.User", on_delete=models.CASCADE, related_name="emails", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    sentence = models.CharField(max_length=400)
    lead = models.ForeignKey("leads.Lead", on_delete=models.CASCADE, null=True, db_index=False)
    due_at = models.DateTimeField(db_default=Clock())
    key = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Clock())
    sent_at = models.DateTimeField(null=True)
    # By what the mail provider, or else our own header, calls it.
    message_id = models.CharField(max_length=300, blank=True, db_default="")
    error = models.TextField(blank=True)

    objects = EmailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["lead"], name="email_by_lead", condition=models.Q(lead__isnull=False)
            ),
            models.Index(
                fields=["next_attempt_at", "id"],
                name="email_to_send",
                condition=models.Q(state="pending"),
            ),
            models.Index(
                fields=["message_id"],
                name="email_by_message_id",
                condition=~models.Q(message_id=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False),
                name="a_sent_email_says_when",
            ),
            RowSecurity(
                name="notifications_email_security",
                rules=[
                    ("rep admin", "INSERT", I_AM_SOMEBODY),
                    ("admin", "SELECT", I_AM_A_SALES_ADMIN),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} to {self.recipient_id}"


class Bounce(models.Model):
    """A mail provider's word that an e-mail came back; each event of theirs counts once.

    The web login, which hears it, may write it down and no more: a sweep finds out whose it is.
    """

    event = models.CharField(max_length=200, unique=True)
    address = models.CharField(max_length=320)
    message_id = models.CharField(max_length=300)
    reason = models.CharField(max_length=300, blank=True)
    heard_at = models.DateTimeField(db_default=Clock())
    email = models.ForeignKey(Email, on_delete=models.CASCADE, null=True)

    class Meta:
        constraints = [
            RowSecurity(name="notifications_bounce_security", rules=[("web", "INSERT", "true")]),
        ]

    def __str__(self):
        return f"{self.event} for {self.address}"


class Heartbeat(models.Model):
    """When a sweep last ran, by its name: how readiness knows that somebody keeps time."""

    name = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            RowSecurity(
                name="notifications_heartbeat_security",
                rules=[("web rep admin", "SELECT", "true")],
            ),
        ]

    def __str__(self):
        return self.name

"""Who works here: users, their team, what they may work, and the numbers of the house."""

import zoneinfo
from datetime import time, timedelta

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models

from backoffice.clock import Clock
from backoffice.identity import Role as DatabaseRole
from backoffice.rls import SYSTEM_ID, RowSecurity
from people.permissions import CLEARANCE, Role
from people.policies import I_AM_SALES_ADMIN, I_AM_SOMEBODY, IS_MY_OWN
from people.states import STATE_CHOICES

# What people change of themselves in /settings.
SET_BY_ONESELF = """password, last_login, name, time_zone, working_days, work_starts, work_ends,
    key_shortcuts, theme, mail_off, version"""

# What sales admins say of anybody, new or not.
SAID_BY_SALES_ADMINS = """email, name, role, team_id, territories, time_zone, working_days,
    work_starts, work_ends, is_active, version"""
# A row that is new has all of these.
OF_A_NEW_PERSON = f"""{SAID_BY_SALES_ADMINS}, password, last_login, is_superuser, key_shortcuts,
    theme, mail_off, created_at"""

# What everybody reads and sales admins alone add to and change.
KEPT_BY_SALES_ADMINS = [
    ("rep admin", "SELECT", I_AM_SOMEBODY),
    ("admin", "INSERT", I_AM_SALES_ADMIN),
    ("admin", "UPDATE", I_AM_SALES_ADMIN),
]

# When a session was last in use is known to within this.
NOTED = timedelta(minutes=5)


class Theme(models.TextChoices):
    """What CSS calls them."""

    AUTO = "light dark", "As the device has it"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


def known_time_zone(name):
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is not a time zone; write one like America/New_York.")


def monday_to_friday():
    return [1, 2, 3, 4, 5]


class Team(models.Model):
    """Reps and the manager who answers for them."""

    name = models.CharField(max_length=80, unique=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["name"]
        constraints = [RowSecurity(name="people_team_security", rules=KEPT_BY_SALES_ADMINS)]

    def __str__(self):
        return self.name


class OpportunityType(models.Model):
    """What a facility may be sold."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["code"]
        constraints = [RowSecurity(name="people_opportunity_security", rules=KEPT_BY_SALES_ADMINS)]

    def __str__(self):
        return self.code


class WorkScope(models.Model):
    """One opportunity type in one state: the unit in which leads are somebody's to work.

    The database keeps a row for every state of every opportunity type.
    """

    id = models.AutoField(primary_key=True)
    state = models.CharField(max_length=2, choices=STATE_CHOICES)
    opportunity_type = models.ForeignKey(OpportunityType, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity_type", "state"], name="one_scope_per_type_and_state"
            ),
            RowSecurity(name="people_workscope_security", rules=KEPT_BY_SALES_ADMINS[:2]),
        ]

    def __str__(self):
        return f"{self.opportunity_type_id} in {self.state}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def reps_under(self, user):
        """The reps whose work `user` may read besides their own."""
        if not user.has_perm("people.manage_reps"):
            return self.none()
        reps = self.filter(role=Role.INSIDE_REP, is_active=True)
        return reps if user.sees_everything else reps.filter(team=user.team_id)

    def with_notes_for(self, user):
        """Those whose notes `user` may read: oneself, and who answers to one (row security)."""
        people = self.exclude(pk=SYSTEM_ID)
        if user.sees_everything:
            return people
        mine = models.Q(pk=user.pk)
        if user.role == Role.MANAGER:
            mine |= models.Q(team=user.team_id)
        return people.filter(mine)

    def create_superuser(self, email, password=None, **fields):
        """Make the first sales admin, for `manage.py createsuperuser`; there is no higher right."""
        return self.create_user(email, password, role=Role.SALES_ADMIN, **fields)

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """A person who signs in, by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.INSIDE_REP)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    opportunity_types = models.ManyToManyField(OpportunityType, blank=True)
    territories = ArrayField(
        models.CharField(max_length=2, choices=STATE_CHOICES),
        default=list,
        blank=True,
        help_text="States that this person may work; none listed means all.",
    )
    time_zone = models.CharField(
        max_length=50, default="America/New_York", validators=[known_time_zone]
    )
    working_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=monday_to_friday,
        help_text="1 is Monday, 7 is Sunday.",
    )
    work_starts = models.TimeField(default=time(9))
    work_ends = models.TimeField(default=time(17))
    key_shortcuts = models.BooleanField(default=True)
    theme = models.CharField(
        max_length=10, choices=Theme.choices, default=Theme.AUTO, db_default=Theme.AUTO
    )
    # The kinds of notice (notifications.Kind) that this person wants no e-mail of.
    mail_off = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Clock())
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(work_starts__lt=models.F("work_ends")),
                name="work_starts_before_it_ends",
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.MANAGER) | models.Q(team__isnull=False),
                name="a_manager_has_a_team",
            ),
            RowSecurity(
                name="people_user_security",
                rules=[
                    ("web rep admin", "SELECT", "true"),
                    # Signing in writes these; what a person may do is no business of the web login.
                    ("web", "UPDATE (password, last_login)", "true"),
                    ("rep", f"UPDATE ({SET_BY_ONESELF})", "id = (SELECT app.uid())"),
                    (
                        "admin",
                        f"UPDATE ({SET_BY_ONESELF})",
                        "id = (SELECT app.uid())",
                        # Those of the next rule are columns of theirs too.
                        "id = (SELECT app.uid()) AND role = (SELECT app.role())",
                    ),
                    ("admin", f"UPDATE ({SAID_BY_SALES_ADMINS})", I_AM_SALES_ADMIN),
                    ("admin", f"INSERT ({OF_A_NEW_PERSON})", I_AM_SALES_ADMIN),
                ],
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_staff(self):
        """Django admin is for sales admins."""
        return self.role == Role.SALES_ADMIN

    @property
    def clearance(self):
        return CLEARANCE[Role(self.role)]

    @property
    def sees_everything(self):
        return self.role in {Role.SENIOR_MANAGER, Role.SALES_ADMIN}

    @property
    def database_role(self):
        return DatabaseRole.ADMIN if self.sees_everything else DatabaseRole.REP

    @property
    def zone(self):
        return zoneinfo.ZoneInfo(self.time_zone)

    def get_short_name(self):
        return self.name.split()[0]


class SessionQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(user=user, expire_date__gt=Clock()).order_by("-last_seen_at")

    def with_display(self):
        return self.annotate(as_of=Clock())

    def note(self, key, **where):
        """Write down that a session is in use, unless that was done a moment ago."""
        self.filter(pk=key, unseen=True).update(last_seen_at=Clock(), **where)


class SessionManager(models.Manager.from_queryset(SessionQuerySet)):  # type: ignore[misc]
    def get_queryset(self):
        """Add `unseen`: nobody has noted for a while that the session is in use. Bring the user."""
        unseen = models.Q(last_seen_at__lt=Clock() - NOTED)
        return super().get_queryset().select_related("user").annotate(unseen=unseen)


class Session(AbstractBaseSession):
    """One browser in which somebody is signed in, for as long as its row is there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    last_seen_at = models.DateTimeField(db_default=Clock())

    objects = SessionManager()  # type: ignore[misc]

    class Meta:
        constraints = [
            RowSecurity(
                name="people_session_security",
                rules=[
                    (roles, verb, rows)
                    for roles, rows in [("web", "true"), ("rep admin", IS_MY_OWN)]
                    for verb in ["SELECT", "INSERT", "UPDATE", "DELETE"]
                ],
            ),
        ]

    @classmethod
    def get_session_store_class(cls):
        from people.sessions import SessionStore

        return SessionStore


# What the numbers of the policy may be, from and to.
POLICY_LIMITS = {
    "protection_days": (1, 365),
    "expiring_soon_days": (0, 365),
    "no_answer_limit": (1, 20),
    "follow_up_days": (1, 365),
    "fresh_hours": (1, 720),
    "long_tail_days": (1, 365),
    "reclaim_cooldown_hours": (0, 720),
    "open_leads_per_rep": (0, 100_000),
}


class Policy(models.Model):
    """The numbers that a sales admin may change: one row, counting for what begins afterwards."""

    protection_days = models.PositiveSmallIntegerField(default=45)
    expiring_soon_days = models.PositiveSmallIntegerField(default=7)
    no_answer_limit = models.PositiveSmallIntegerField(default=3)
    follow_up_days = models.PositiveSmallIntegerField(default=30)
    fresh_hours = models.PositiveSmallIntegerField(default=24)
    long_tail_days = models.PositiveSmallIntegerField(default=14)
    reclaim_cooldown_hours = models.PositiveSmallIntegerField(default=24)
    open_leads_per_rep = models.PositiveIntegerField(default=2000)
    admins_need_second_factor = models.BooleanField(default=False, db_default=False)
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        verbose_name_plural = "policy"
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_policy"),
            models.CheckConstraint(
                condition=models.Q(
                    **{f"{name}__range": limits for name, limits in POLICY_LIMITS.items()}
                ),
                name="policy_is_sensible",
            ),
            RowSecurity(
                name="people_policy_security",
                rules=[
                    ("rep admin", "SELECT", I_AM_SOMEBODY),
                    ("admin", "UPDATE", I_AM_SALES_ADMIN),
                ],
            ),
        ]

    def __str__(self):
        return "Policy"

    @classmethod
    def current(cls):
        return cls.objects.get(pk=1)

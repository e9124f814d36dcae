"""Users, teams, opportunity types, scopes and policy."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import backoffice.clock
import backoffice.rls
import people.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("backoffice", "0001_identity_and_clock"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpportunityType",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.CharField(max_length=12, unique=True)),
                ("name", models.CharField(max_length=80)),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    backoffice.rls.TableGrants(
                        admin="SELECT", name="people_opportunity_grants", rep="SELECT"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("protection_days", models.PositiveSmallIntegerField(default=45)),
                ("expiring_soon_days", models.PositiveSmallIntegerField(default=7)),
                ("no_answer_limit", models.PositiveSmallIntegerField(default=3)),
                ("follow_up_days", models.PositiveSmallIntegerField(default=30)),
                ("fresh_hours", models.PositiveSmallIntegerField(default=24)),
                ("long_tail_days", models.PositiveSmallIntegerField(default=14)),
                (
                    "reclaim_cooldown_hours",
                    models.PositiveSmallIntegerField(default=24),
                ),
                ("open_leads_per_rep", models.PositiveIntegerField(default=2000)),
            ],
            options={
                "verbose_name_plural": "policy",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="there_is_one_policy"
                    ),
                    backoffice.rls.TableGrants(
                        admin="SELECT, UPDATE",
                        name="people_policy_grants",
                        rep="SELECT",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True)),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    backoffice.rls.TableGrants(
                        admin="SELECT", name="people_team_grants", rep="SELECT"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("inside_rep", "Inside rep"),
                            ("manager", "Manager"),
                            ("senior_manager", "Senior manager"),
                            ("sales_admin", "Sales admin"),
                        ],
                        default="inside_rep",
                        max_length=20,
                    ),
                ),
                (
                    "territories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("AL", "Alabama"),
                                ("AK", "Alaska"),
                                ("AS", "American Samoa"),
                                ("AZ", "Arizona"),
                                ("AR", "Arkansas"),
                                ("CA", "California"),
                                ("CO", "Colorado"),
                                ("CT", "Connecticut"),
                                ("DE", "Delaware"),
                                ("DC", "District of Columbia"),
                                ("FL", "Florida"),
                                ("GA", "Georgia"),
                                ("GU", "Guam"),
                                ("HI", "Hawaii"),
                                ("ID", "Idaho"),
                                ("IL", "Illinois"),
                                ("IN", "Indiana"),
                                ("IA", "Iowa"),
                                ("KS", "Kansas"),
                                ("KY", "Kentucky"),
                                ("LA", "Louisiana"),
                                ("ME", "Maine"),
                                ("MD", "Maryland"),
                                ("MA", "Massachusetts"),
                                ("MI", "Michigan"),
                                ("MN", "Minnesota"),
                                ("MS", "Mississippi"),
                                ("MO", "Missouri"),
                                ("MT", "Montana"),
                                ("NE", "Nebraska"),
                                ("NV", "Nevada"),
                                ("NH", "New Hampshire"),
                                ("NJ", "New Jersey"),
                                ("NM", "New Mexico"),
                                ("NY", "New York"),
                                ("NC", "North Carolina"),
                                ("ND", "North Dakota"),
                                ("MP", "Northern Mariana Islands"),
                                ("OH", "Ohio"),
                                ("OK", "Oklahoma"),
                                ("OR", "Oregon"),
                                ("PA", "Pennsylvania"),
                                ("PR", "Puerto Rico"),
                                ("RI", "Rhode Island"),
                                ("SC", "South Carolina"),
                                ("SD", "South Dakota"),
                                ("TN", "Tennessee"),
                                ("TX", "Texas"),
                                ("VI", "U.S. Virgin Islands"),
                                ("UT", "Utah"),
                                ("VT", "Vermont"),
                                ("VA", "Virginia"),
                                ("WA", "Washington"),
                                ("WV", "West Virginia"),
                                ("WI", "Wisconsin"),
                                ("WY", "Wyoming"),
                            ],
                            max_length=2,
                        ),
                        blank=True,
                        default=list,
                        help_text="States that this person may work; none listed means all.",
                        size=None,
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="America/New_York",
                        max_length=50,
                        validators=[people.models.known_time_zone],
                    ),
                ),
                (
                    "working_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=people.models.monday_to_friday,
                        help_text="1 is Monday, 7 is Sunday.",
                        size=None,
                    ),
                ),
                ("work_starts", models.TimeField(default=datetime.time(9, 0))),
                ("work_ends", models.TimeField(default=datetime.time(17, 0))),
                ("key_shortcuts", models.BooleanField(default=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=backoffice.clock.Clock()),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "opportunity_types",
                    models.ManyToManyField(blank=True, to="people.opportunitytype"),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.team",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("work_starts__lt", models.F("work_ends"))),
                        name="work_starts_before_it_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role", "manager"), _negated=True),
                            ("team__isnull", False),
                            _connector="OR",
                        ),
                        name="a_manager_has_a_team",
                    ),
                    backoffice.rls.RowSecurity(
                        name="people_user_security",
                        rules=[
                            ("web rep admin", "SELECT", "true"),
                            ("web", "UPDATE (password, last_login)", "true"),
                            (
                                "rep admin",
                                "UPDATE (password, last_login)",
                                "id = (SELECT app.uid())",
                            ),
                        ],
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkScope",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("AL", "Alabama"),
                            ("AK", "Alaska"),
                            ("AS", "American Samoa"),
                            ("AZ", "Arizona"),
                            ("AR", "Arkansas"),
                            ("CA", "California"),
                            ("CO", "Colorado"),
                            ("CT", "Connecticut"),
                            ("DE", "Delaware"),
                            ("DC", "District of Columbia"),
                            ("FL", "Florida"),
                            ("GA", "Georgia"),
                            ("GU", "Guam"),
                            ("HI", "Hawaii"),
                            ("ID", "Idaho"),
                            ("IL", "Illinois"),
                            ("IN", "Indiana"),
                            ("IA", "Iowa"),
                            ("KS", "Kansas"),
                            ("KY", "Kentucky"),
                            ("LA", "Louisiana"),
                            ("ME", "Maine"),
                            ("MD", "Maryland"),
                            ("MA", "Massachusetts"),
                            ("MI", "Michigan"),
                            ("MN", "Minnesota"),
                            ("MS", "Mississippi"),
                            ("MO", "Missouri"),
                            ("MT", "Montana"),
                            ("NE", "Nebraska"),
                            ("NV", "Nevada"),
                            ("NH", "New Hampshire"),
                            ("NJ", "New Jersey"),
                            ("NM", "New Mexico"),
                            ("NY", "New York"),
                            ("NC", "North Carolina"),
                            ("ND", "North Dakota"),
                            ("MP", "Northern Mariana Islands"),
                            ("OH", "Ohio"),
                            ("OK", "Oklahoma"),
                            ("OR", "Oregon"),
                            ("PA", "Pennsylvania"),
                            ("PR", "Puerto Rico"),
                            ("RI", "Rhode Island"),
                            ("SC", "South Carolina"),
                            ("SD", "South Dakota"),
                            ("TN", "Tennessee"),
                            ("TX", "Texas"),
                            ("VI", "U.S. Virgin Islands"),
                            ("UT", "Utah"),
                            ("VT", "Vermont"),
                            ("VA", "Virginia"),
                            ("WA", "Washington"),
                            ("WV", "West Virginia"),
                            ("WI", "Wisconsin"),
                            ("WY", "Wyoming"),
                        ],
                        max_length=2,
                    ),
                ),
                (
                    "opportunity_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="people.opportunitytype",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("opportunity_type", "state"),
                        name="one_scope_per_type_and_state",
                    ),
                    backoffice.rls.TableGrants(
                        admin="SELECT", name="people_workscope_grants", rep="SELECT"
                    ),
                ],
            },
        ),
    ]

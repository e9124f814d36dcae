"""Callbacks: windows of a rep that no two open ones may share."""

import datetime

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0001_initial"),
        ("people", "0002_scopes_and_access"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Callback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "starts_at",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.fields.ranges.RangeStartsWith("slot"),
                        output_field=models.DateTimeField(),
                    ),
                ),
                ("local_date", models.DateField()),
                ("local_time", models.TimeField()),
                ("time_zone", models.CharField(max_length=50)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("cancelled", "Cancelled")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("booked_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "booked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="callbacks",
                        to="leads.lead",
                    ),
                ),
                (
                    "rep",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="callbacks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["rep", "starts_at"], name="callback_by_rep"),
                    models.Index(fields=["starts_at"], name="callback_by_time"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("status", "open")),
                        expressions=[("rep", "="), ("slot", "&&")],
                        name="no_two_open_callbacks_of_a_rep_overlap",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("lead",),
                        name="one_open_callback_per_lead",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "slot__endswith",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("slot__startswith"),
                                    "+",
                                    models.Value(datetime.timedelta(seconds=1800)),
                                ),
                            ),
                            ("slot__lower_inc", True),
                            ("slot__upper_inc", False),
                        ),
                        name="a_callback_lasts_half_an_hour",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("local_time__minute__in", [0, 30]), ("local_time__second", 0)
                        ),
                        name="a_callback_starts_at_the_half_hour",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("status", "open")),
                            models.Q(
                                models.Q(("status", "open"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_callback_that_is_not_open_has_ended",
                    ),
                    backoffice.rls.RowSecurity(
                        name="callbacks_callback_security",
                        rules=[
                            (
                                "rep",
                                "SELECT",
                                "(rep_id = (SELECT app.uid()) AND status = 'open') OR EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)",
                            ),
                            (
                                "admin",
                                "SELECT",
                                "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                            ),
                            (
                                "rep",
                                "INSERT",
                                "rep_id = (SELECT app.uid()) AND booked_by_id = (SELECT app.uid()) AND EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = lead_id\n       AND l.owner_id = (SELECT app.uid()) AND l.status = 'open' AND l.protected_until > app.clock())",
                            ),
                            (
                                "rep admin",
                                "UPDATE (status, ended_at)",
                                "EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = lead_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()) OR (SELECT app.role()) IN ('senior_manager', 'sales_admin'))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                            ),
                            (
                                "rep admin",
                                "DELETE",
                                "EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = lead_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()) OR (SELECT app.role()) IN ('senior_manager', 'sales_admin'))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                            ),
                        ],
                    ),
                ],
            },
        ),
    ]

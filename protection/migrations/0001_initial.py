"""Protection windows: the public list and its past."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0001_initial"),
        ("people", "0002_scopes_and_access"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Window",
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
                ("facility_name", models.CharField(max_length=200)),
                ("city", models.CharField(max_length=100)),
                ("state", models.CharField(max_length=2)),
                ("opportunity", models.CharField(max_length=12)),
                ("owner_name", models.CharField(max_length=120)),
                ("started_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("expired", "Expired"),
                            ("released", "Released"),
                            ("handed over", "Handed Over"),
                            ("stopped", "Stopped"),
                            ("closed", "Closed"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="windows",
                        to="leads.lead",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="windows",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["expires_at", "lead"],
                        name="window_expiry",
                    ),
                    models.Index(fields=["lead", "owner", "-ended_at"], name="window_past_owners"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("lead",),
                        name="one_open_window_per_lead",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end", ""), ("ended_at", None)),
                            models.Q(
                                ("ended_at__isnull", False),
                                models.Q(("end", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="an_ended_window_says_how",
                    ),
                    backoffice.rls.RowSecurity(
                        name="protection_window_security",
                        rules=[
                            (
                                "rep admin",
                                "SELECT",
                                "(SELECT app.uid()) IS NOT NULL AND ended_at IS NULL AND expires_at > app.clock()",
                            )
                        ],
                    ),
                ],
            },
        ),
    ]

"""Dispositions, with what they overwrote and set off."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0007_task"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Disposition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("interested", "Connected - interested"),
                            ("not_now", "Connected - not now"),
                            ("not_a_fit", "Connected - not a fit"),
                            ("no_answer", "Voicemail / No answer"),
                            ("bad_data", "Wrong number / Bad data"),
                            ("callback", "Callback"),
                            ("not_interested", "Not interested"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_need", "No need for it"),
                            ("no_budget", "No budget this year"),
                            ("under_contract", "Under contract with somebody else"),
                            ("too_small", "Too small"),
                            ("closed", "The facility has closed"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("detail", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("applied_at", models.DateTimeField(db_default=backoffice.clock.WallClock())),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("applied", "Applied"),
                            ("final", "Final"),
                            ("undone", "Undone"),
                            ("superseded", "Superseded"),
                        ],
                        default="applied",
                        max_length=12,
                    ),
                ),
                ("lead_before", models.JSONField()),
                ("effects", models.JSONField(default=list)),
                ("version_after", models.PositiveIntegerField()),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispositions",
                        to="leads.lead",
                    ),
                ),
                (
                    "superseded_by",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrects",
                        to="dispositions.disposition",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["lead", "-id"], name="disposition_by_lead"),
                    models.Index(
                        condition=models.Q(("state", "applied")),
                        fields=["applied_at"],
                        name="disposition_not_yet_final",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "superseded"), ("superseded_by__isnull", False)),
                            models.Q(
                                models.Q(("state", "superseded"), _negated=True),
                                ("superseded_by", None),
                            ),
                            _connector="OR",
                        ),
                        name="a_superseded_disposition_says_by_which",
                    ),
                    backoffice.rls.RowSecurity(
                        name="dispositions_disposition_security",
                        rules=[
                            (
                                "rep admin",
                                "SELECT",
                                "EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id) OR actor_id = (SELECT app.uid())",
                            ),
                            (
                                "rep admin",
                                "INSERT",
                                "actor_id = (SELECT app.uid()) AND EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = lead_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()) OR (SELECT app.role()) IN ('senior_manager', 'sales_admin'))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                            ),
                            (
                                "rep admin",
                                "UPDATE (state, superseded_by_id)",
                                "actor_id = (SELECT app.uid()) OR EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = lead_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()) OR (SELECT app.role()) IN ('senior_manager', 'sales_admin'))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                            ),
                        ],
                    ),
                ],
            },
        ),
    ]

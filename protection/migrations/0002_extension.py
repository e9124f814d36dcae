"""Qualifying activities, each once per ownership."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0008_workflow"),
        ("protection", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Extension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owned_at", models.DateTimeField()),
                (
                    "activity",
                    models.CharField(
                        choices=[
                            ("qualified", "Stage qualified reached"),
                            ("discovery", "Stage discovery reached"),
                            ("gameplan", "Stage gameplan reached"),
                            ("contract", "Stage contract reached"),
                            ("gameplan_call", "Gameplan call scheduled"),
                            ("contract_sent", "Contract sent"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("until_before", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extensions",
                        to="leads.lead",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("lead", "owner", "owned_at", "activity"),
                        name="an_activity_extends_once_per_ownership",
                    ),
                    backoffice.rls.RowSecurity(
                        name="protection_extension_security",
                        rules=[
                            (
                                "rep admin",
                                "SELECT",
                                "EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)",
                            ),
                            (
                                "rep admin",
                                "INSERT",
                                "EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = lead_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()) OR (SELECT app.role()) IN ('senior_manager', 'sales_admin'))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                            ),
                        ],
                    ),
                ],
            },
        ),
    ]

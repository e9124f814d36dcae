"""Tasks: qualify a lead, follow up on a day."""

import django.db.models.deletion
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0006_search_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("qualification", "Qualification"), ("follow_up", "Follow-up")],
                        max_length=20,
                    ),
                ),
                ("due_on", models.DateField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("cancelled", "Cancelled")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="leads.lead",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["lead", "-id"], name="task_by_lead")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("lead", "kind"),
                        name="one_open_task_of_a_kind_per_lead",
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
                        name="a_task_that_is_not_open_has_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "follow_up"), _negated=True),
                            ("due_on__isnull", False),
                            _connector="OR",
                        ),
                        name="a_follow_up_has_a_date",
                    ),
                    backoffice.rls.RowSecurity(
                        name="leads_task_security",
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
                            (
                                "rep admin",
                                "UPDATE",
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

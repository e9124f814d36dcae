"""The append-only log."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
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
        migrations.CreateModel(
            name="Event",
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
                ("at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "kind",
                    models.CharField(max_length=30),
                ),
                ("actor_name", models.CharField(max_length=120)),
                ("sentence", models.TextField()),
                ("why", models.TextField(blank=True)),
                ("detail", models.JSONField(default=dict)),
                ("bulk_id", models.UUIDField(null=True)),
                (
                    "actor",
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
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="leads.lead",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["lead", "-id"], name="event_by_lead"),
                    models.Index(fields=["actor", "-id"], name="event_by_actor"),
                    models.Index(
                        condition=models.Q(("person__isnull", False)),
                        fields=["person", "-id"],
                        name="event_by_person",
                    ),
                    models.Index(
                        condition=models.Q(("bulk_id__isnull", False)),
                        fields=["bulk_id"],
                        name="event_by_bulk",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lead__isnull", False),
                            ("person__isnull", False),
                            _connector="OR",
                        ),
                        name="an_event_has_a_subject",
                    ),
                    backoffice.rls.RowSecurity(
                        name="history_event_security",
                        rules=[
                            (
                                "rep",
                                "SELECT",
                                "(lead_id IS NOT NULL AND EXISTS (SELECT FROM leads_lead WHERE leads_lead.id = lead_id)) OR person_id = (SELECT app.uid()) OR person_id IN (\n    SELECT id FROM people_user WHERE team_id = (SELECT app.managed_team()))",
                            ),
                            (
                                "admin",
                                "SELECT",
                                "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                            ),
                            (
                                "rep admin",
                                "INSERT",
                                "(actor_id = (SELECT app.uid()) OR (actor_id = 1 AND kind = 'expired')) AND (lead_id IS NULL OR EXISTS (SELECT FROM leads_lead WHERE leads_lead.id = lead_id))",
                            ),
                        ],
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="event",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ab4814aba3f76b18e893b379e8fad998f4b5e573",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6cbeb",
                    table="history_event",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="event",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only_whole",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from history_event table';",
                    hash="9fa9ebe888c36806c1dac5dcb9198cc2a79bba08",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_append_only_whole_d9197",
                    table="history_event",
                    when="BEFORE",
                ),
            ),
        ),
    ]

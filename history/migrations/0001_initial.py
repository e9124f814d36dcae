"""The append-only log."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls

# For the owner too, and without a setting that would switch it off.
APPEND_ONLY = """
CREATE FUNCTION app.refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'history is append-only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history_event
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_to_change_history();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER append_only ON history_event;
DROP FUNCTION app.refuse_to_change_history();
"""


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
                        service="SELECT, INSERT",
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
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]

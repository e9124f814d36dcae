"""Field changes, which the database writes down by itself, and who came in or was turned away."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls
from history.changes import FUNCTION, NO_FUNCTION, WATCHED

TABLES = ("history_change", "history_access")
# For the owner too, as of history_event.
APPEND_ONLY = [
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_to_change_history()"
    for table in TABLES
]
NOT_APPEND_ONLY = [f"DROP TRIGGER append_only ON {table}" for table in TABLES]


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0004_leads_may_go"),
        ("leads", "0013_merged_leads"),
        ("clients", "0003_search"),
        ("people", "0007_policy_is_sensible"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Access",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "kind",
                    models.CharField(
                        max_length=20,
                    ),
                ),
                ("actor_name", models.CharField(max_length=254)),
                ("lead_id", models.BigIntegerField(null=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("agent", models.CharField(blank=True, max_length=300)),
                ("request", models.CharField(blank=True, max_length=300)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["actor", "-id"], name="access_by_actor"),
                    models.Index(fields=["at", "id"], name="access_by_time"),
                    models.Index(fields=["kind", "-id"], name="access_by_kind"),
                    models.Index(
                        condition=models.Q(("lead_id__isnull", False)),
                        fields=["lead_id", "-id"],
                        name="access_by_lead",
                    ),
                ],
                "constraints": [
                    backoffice.rls.RowSecurity(
                        name="history_access_security",
                        rules=[
                            ("admin", "SELECT", "(SELECT app.role()) = 'sales_admin'"),
                            ("web", "INSERT", "kind <> 'denied'"),
                            ("rep admin", "INSERT", "actor_id = (SELECT app.uid())"),
                        ],
                        service="SELECT, INSERT",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("subject", models.CharField(max_length=30)),
                ("deed", models.CharField(max_length=8)),
                ("row_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(max_length=120)),
                ("bulk_id", models.UUIDField(null=True)),
                ("fields", models.JSONField()),
                ("facility_id", models.BigIntegerField(null=True)),
                ("person_id", models.BigIntegerField(null=True)),
                ("actor_id", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("facility_id__isnull", False)),
                        fields=["facility_id", "-id"],
                        name="change_by_facility",
                    ),
                    models.Index(
                        condition=models.Q(("person_id__isnull", False)),
                        fields=["person_id", "-id"],
                        name="change_by_person",
                    ),
                    models.Index(fields=["actor_id", "-id"], name="change_by_actor"),
                    models.Index(fields=["at", "id"], name="change_by_time"),
                    models.Index(
                        condition=models.Q(("bulk_id__isnull", False)),
                        fields=["bulk_id", "-id"],
                        name="change_by_bulk",
                    ),
                    models.Index(
                        condition=models.Q(("subject", "facility"), _negated=True),
                        fields=["subject", "-id"],
                        name="change_by_subject",
                    ),
                ],
                "constraints": [
                    backoffice.rls.RowSecurity(
                        name="history_change_security",
                        rules=[
                            (
                                "rep",
                                "SELECT",
                                "facility_id IS NOT NULL AND (CASE subject\n    WHEN 'client' THEN EXISTS (SELECT FROM clients_client c WHERE c.facility_id = row_id)\n    ELSE EXISTS (SELECT FROM leads_facility f WHERE f.id = history_change.facility_id) END)",
                            ),
                            (
                                "admin",
                                "SELECT",
                                "(SELECT app.role()) = 'sales_admin' OR (facility_id IS NOT NULL AND (SELECT app.role()) IN ('senior_manager', 'sales_admin'))",
                            ),
                        ],
                        service="SELECT",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind", "imported"), _negated=True),
                fields=["kind", "-id"],
                name="event_by_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["at", "id"], name="event_by_time"),
        ),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
        migrations.RunSQL(
            [trigger for watched in WATCHED for trigger in watched.triggers()],
            [trigger for watched in WATCHED for trigger in watched.no_triggers()],
        ),
    ]

"""Facilities that have bought."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0008_workflow"),
        ("people", "0002_scopes_and_access"),
    ]

    operations = [
        migrations.CreateModel(
            name="Client",
            fields=[
                (
                    "facility",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="client",
                        serialize=False,
                        to="leads.facility",
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "sellers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=[],
                        editable=False,
                        size=None,
                    ),
                ),
                (
                    "seller_teams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=[],
                        editable=False,
                        size=None,
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["sellers"], name="client_by_seller"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["seller_teams"], name="client_by_seller_team"
                    ),
                    models.Index(fields=["-created_at", "-facility"], name="client_newest"),
                ],
                "constraints": [
                    backoffice.rls.RowSecurity(
                        name="clients_client_security",
                        rules=[
                            (
                                "rep",
                                "SELECT",
                                "sellers @> ARRAY[(SELECT app.uid())] OR seller_teams @> ARRAY[(SELECT app.managed_team())]",
                            ),
                            (
                                "rep",
                                "INSERT (facility_id)",
                                "EXISTS (\n    SELECT FROM leads_lead l WHERE l.facility_id = clients_client.facility_id\n       AND l.owner_id = (SELECT app.uid()) AND l.status = 'open' AND l.protected_until > app.clock())",
                            ),
                            (
                                "admin",
                                "SELECT",
                                "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                            ),
                        ],
                    )
                ],
            },
        ),
    ]

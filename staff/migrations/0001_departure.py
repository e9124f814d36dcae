"""Who has left, and where their leads go."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("tally", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to",
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
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["at"],
                        name="departure_to_go_on_with",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to", None),
                            models.Q(("to", models.F("person")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_takes_over_from_themselves",
                    ),
                    backoffice.rls.RowSecurity(
                        name="staff_departure_security",
                        rules=[
                            ("admin", "SELECT", "(SELECT app.role()) = 'sales_admin'"),
                            (
                                "admin",
                                "INSERT",
                                "(SELECT app.role()) = 'sales_admin' AND by_id = (SELECT app.uid())",
                            ),
                            (
                                "admin",
                                "UPDATE (state, tally)",
                                "(SELECT app.role()) = 'sales_admin'",
                            ),
                        ],
                    ),
                ],
            },
        ),
    ]

"""Sessions: a row for each browser in which somebody is signed in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("address", models.GenericIPAddressField(null=True)),
                ("agent", models.CharField(blank=True, max_length=300)),
                ("last_seen_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    backoffice.rls.RowSecurity(
                        name="people_session_security",
                        rules=[
                            ("web", "SELECT", "true"),
                            ("web", "INSERT", "true"),
                            ("web", "UPDATE", "true"),
                            ("web", "DELETE", "true"),
                            ("rep admin", "SELECT", "user_id = (SELECT app.uid())"),
                            ("rep admin", "INSERT", "user_id = (SELECT app.uid())"),
                            ("rep admin", "UPDATE", "user_id = (SELECT app.uid())"),
                            ("rep admin", "DELETE", "user_id = (SELECT app.uid())"),
                        ],
                    )
                ],
            },
        ),
    ]

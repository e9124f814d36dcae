"""What comes back: heard by the web login, seen by sales admins."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0008_workflow"),
        ("notifications", "0002_backlog"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Bounce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.CharField(max_length=200, unique=True)),
                ("address", models.CharField(max_length=320)),
                ("message_id", models.CharField(max_length=300)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("heard_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="email",
            name="notifications_email_security",
        ),
        migrations.AddField(
            model_name="email",
            name="message_id",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
        migrations.AlterField(
            model_name="email",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("sent", "Sent"),
                    ("failed", "Failed"),
                    ("dropped", "Dropped"),
                    ("bounced", "Bounced"),
                ],
                default="pending",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="email",
            index=models.Index(
                condition=models.Q(("message_id", ""), _negated=True),
                fields=["message_id"],
                name="email_by_message_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="email",
            constraint=backoffice.rls.RowSecurity(
                name="notifications_email_security",
                rules=[
                    ("rep admin", "INSERT", "(SELECT app.uid()) IS NOT NULL"),
                    ("admin", "SELECT", "(SELECT app.role()) = 'sales_admin'"),
                ],
            ),
        ),
        migrations.AddField(
            model_name="bounce",
            name="email",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, to="notifications.email"
            ),
        ),
        migrations.AddConstraint(
            model_name="bounce",
            constraint=backoffice.rls.RowSecurity(
                name="notifications_bounce_security", rules=[("web", "INSERT", "true")]
            ),
        ),
    ]

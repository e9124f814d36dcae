"""Bell, e-mails on their way, and heartbeats of the sweeps."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0008_workflow"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    backoffice.rls.RowSecurity(
                        name="notifications_heartbeat_security",
                        rules=[("web rep admin", "SELECT", "true")],
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Email",
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
                        choices=[
                            ("callback_open", "A callback's window opens"),
                            (
                                "lead_released",
                                "A lead of mine goes back into the pool or to somebody else",
                            ),
                            ("lead_assigned", "A lead is assigned to me"),
                            ("claim_confirmed", "A claim of mine is confirmed"),
                            ("email_bounced", "An e-mail to me came back"),
                        ],
                        max_length=20,
                    ),
                ),
                ("sentence", models.CharField(max_length=400)),
                ("due_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("key", models.CharField(max_length=120, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("dropped", "Dropped"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("sent_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="leads.lead",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="emails",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["next_attempt_at", "id"],
                        name="email_to_send",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sent"), _negated=True),
                            ("sent_at__isnull", False),
                            _connector="OR",
                        ),
                        name="a_sent_email_says_when",
                    ),
                    backoffice.rls.RowSecurity(
                        name="notifications_email_security",
                        rules=[("rep admin", "INSERT", "(SELECT app.uid()) IS NOT NULL")],
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
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
                        choices=[
                            ("callback_open", "A callback's window opens"),
                            (
                                "lead_released",
                                "A lead of mine goes back into the pool or to somebody else",
                            ),
                            ("lead_assigned", "A lead is assigned to me"),
                            ("claim_confirmed", "A claim of mine is confirmed"),
                            ("email_bounced", "An e-mail to me came back"),
                        ],
                        max_length=20,
                    ),
                ),
                ("sentence", models.CharField(max_length=400)),
                ("due_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("read_at", models.DateTimeField(null=True)),
                ("key", models.CharField(max_length=120, unique=True)),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="leads.lead",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recipient", "-due_at", "-id"], name="notice_by_recipient")
                ],
                "constraints": [
                    backoffice.rls.RowSecurity(
                        name="notifications_notice_security",
                        rules=[
                            (
                                "rep admin",
                                "SELECT",
                                "recipient_id = (SELECT app.uid()) AND due_at <= app.clock()",
                            ),
                            (
                                "rep admin",
                                "UPDATE (read_at)",
                                "recipient_id = (SELECT app.uid()) AND due_at <= app.clock()",
                            ),
                            ("rep admin", "INSERT", "(SELECT app.uid()) IS NOT NULL"),
                        ],
                    )
                ],
            },
        ),
    ]

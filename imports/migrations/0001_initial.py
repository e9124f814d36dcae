"""Imports, their rows, and how files of a layout are read."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0004_session"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=150)),
                ("content", models.CharField(blank=True, max_length=100)),
                ("attended", models.BooleanField(default=False)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("encoding", models.CharField(blank=True, max_length=20)),
                ("header", models.JSONField(default=list)),
                ("samples", models.JSONField(default=list)),
                ("columns", models.JSONField(default=dict)),
                ("source", models.CharField(blank=True, max_length=40)),
                ("updates", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Waiting for its columns"),
                            ("checking", "Being checked"),
                            ("checked", "Checked, nothing written"),
                            ("merging", "Being imported"),
                            ("done", "Imported"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                            ("reverting", "Being reverted"),
                            ("reverted", "Reverted"),
                        ],
                        default="uploaded",
                        max_length=12,
                    ),
                ),
                ("problem", models.TextField(blank=True)),
                ("bulk_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("created_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("ended_at", models.DateTimeField(null=True)),
                ("read_to", models.PositiveIntegerField(default=0)),
                ("read_mark", models.PositiveBigIntegerField(default=0)),
                ("read_share", models.PositiveSmallIntegerField(default=0)),
                ("merged_to", models.PositiveIntegerField(default=0)),
                ("reverted_to", models.PositiveBigIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("new", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("rejected", models.PositiveIntegerField(default=0)),
                ("warned", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("updated", models.PositiveIntegerField(default=0)),
                ("duplicate", models.PositiveIntegerField(default=0)),
                ("removed", models.PositiveIntegerField(default=0)),
                ("kept", models.PositiveIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opportunity_type",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.opportunitytype",
                    ),
                ),
                (
                    "reverted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Layout",
            fields=[
                ("key", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("columns", models.JSONField()),
            ],
            options={
                "constraints": [
                    backoffice.rls.RowSecurity(
                        name="imports_layout_security",
                        rules=[
                            ("admin", "SELECT", "(SELECT app.role()) = 'sales_admin'"),
                            ("admin", "INSERT", "(SELECT app.role()) = 'sales_admin'"),
                            ("admin", "UPDATE", "(SELECT app.role()) = 'sales_admin'"),
                        ],
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Row",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "of_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("external_id", models.TextField()),
                ("name", models.TextField()),
                ("address", models.TextField()),
                ("city", models.TextField()),
                ("state", models.TextField()),
                ("postcode", models.TextField()),
                ("phone", models.TextField()),
                ("time_zone", models.TextField()),
                ("owner", models.TextField()),
                ("place", models.UUIDField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("known", "Known"),
                            ("changed", "Changed"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=8,
                    ),
                ),
                ("problem", models.TextField()),
                ("cells", models.JSONField(null=True)),
                ("warnings", models.JSONField(default=list)),
                ("lead_id", models.BigIntegerField(null=True)),
                ("twin", models.PositiveIntegerField(null=True)),
                ("owner_id", models.BigIntegerField(null=True)),
                (
                    "of",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="imports.import",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(
                condition=models.Q(("state__in", ["checking", "merging", "reverting"])),
                fields=["id"],
                name="import_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=backoffice.rls.RowSecurity(
                name="imports_import_security",
                rules=[
                    ("admin", "SELECT", "(SELECT app.role()) = 'sales_admin'"),
                    (
                        "admin",
                        "INSERT",
                        "(SELECT app.role()) = 'sales_admin' AND by_id = (SELECT app.uid())",
                    ),
                    ("admin", "UPDATE", "(SELECT app.role()) = 'sales_admin'"),
                ],
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("place__isnull", False)),
                fields=["of", "place"],
                name="row_by_place",
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("phone", ""), _negated=True),
                fields=["of", "phone"],
                name="row_by_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("owner_id__isnull", False)),
                fields=["of", "owner_id"],
                name="row_by_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("verdict", "rejected")),
                fields=["of", "number"],
                name="row_rejected",
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("verdict", "known")), fields=["of", "number"], name="row_known"
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("verdict", "changed")),
                fields=["of", "number"],
                name="row_changed",
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("warnings", []), _negated=True),
                fields=["of", "number"],
                name="row_warned",
            ),
        ),
        migrations.AddConstraint(
            model_name="row",
            constraint=backoffice.rls.RowSecurity(
                name="imports_row_security",
                rules=[("admin", "SELECT", "(SELECT app.role()) = 'sales_admin'")],
            ),
        ),
    ]

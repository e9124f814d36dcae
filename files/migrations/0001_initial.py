"""Files that lie in a lead's folder."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls
import files.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0011_numbers_of_the_dashboard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LeadFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("content", models.FileField(unique=True, upload_to=files.models.random_name)),
                ("kind", models.CharField(max_length=100)),
                ("size", models.PositiveBigIntegerField()),
                ("uploaded_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="leads.lead",
                    ),
                ),
                (
                    "uploader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["lead", "-id"], name="file_by_lead")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="a_file_has_a_name"
                    ),
                    backoffice.rls.RowSecurity(
                        name="files_leadfile_security",
                        rules=[
                            (
                                "rep admin",
                                "SELECT",
                                "EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)",
                            ),
                            (
                                "rep admin",
                                "INSERT",
                                "uploader_id = (SELECT app.uid()) AND EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = lead_id AND l.owner_id = (SELECT app.uid())\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                            ),
                            (
                                "rep admin",
                                "DELETE",
                                "uploader_id = (SELECT app.uid()) AND EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)",
                            ),
                        ],
                    ),
                ],
            },
        ),
    ]

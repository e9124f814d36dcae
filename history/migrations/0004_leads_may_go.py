"""A lead that a reverted import takes back leaves its history; bulk ids are read in order."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0003_search"),
        ("history", "0003_notes"),
        ("leads", "0012_search_everywhere"),
        ("notes", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="event",
            name="event_by_bulk",
        ),
        migrations.AlterField(
            model_name="event",
            name="lead",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="leads.lead",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("bulk_id__isnull", False)),
                fields=["bulk_id", "id"],
                name="event_by_bulk",
            ),
        ),
    ]

"""A window may be undone: what opened it was taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("protection", "0004_qualifying_activities_extend"),
    ]

    operations = [
        migrations.AlterField(
            model_name="window",
            name="end",
            field=models.CharField(
                blank=True,
                choices=[
                    ("expired", "Expired"),
                    ("released", "Released"),
                    ("handed over", "Handed Over"),
                    ("stopped", "Stopped"),
                    ("closed", "Closed"),
                    ("undone", "Undone"),
                ],
                max_length=12,
            ),
        ),
    ]

"""Rows whose leads a revert has kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="row",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("known", "Known"),
                    ("changed", "Changed"),
                    ("rejected", "Rejected"),
                    ("kept", "Kept"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("verdict", "kept")), fields=["of", "number"], name="row_kept"
            ),
        ),
    ]

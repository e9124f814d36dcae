"""Which row of a file came before with the same place, phone or owner: the first, at once."""

from django.db import migrations, models


def within_import(field, function):
    return models.Func(field, "of", function=function, output_field=models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_kept_rows"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="row", name="row_by_place"),
        migrations.RemoveIndex(model_name="row", name="row_by_phone"),
        migrations.RemoveIndex(model_name="row", name="row_by_owner"),
        migrations.AddField(
            model_name="row",
            name="nth",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                condition=models.Q(("place__isnull", False)),
                fields=["place", "number"],
                name="row_by_place",
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                within_import("phone", "hashtextextended"),
                models.F("number"),
                condition=models.Q(("phone", ""), _negated=True),
                name="row_by_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(
                within_import("owner_id", "hashint8extended"),
                models.F("number"),
                condition=models.Q(("owner_id__isnull", False)),
                name="row_by_owner",
            ),
        ),
    ]

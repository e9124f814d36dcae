"""The oldest facility of a place, or with a phone, is found at once, however many there are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0015_many_at_once"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="facility", name="facility_by_key"),
        migrations.RemoveIndex(model_name="facility", name="facility_by_phone"),
        migrations.AddIndex(
            model_name="facility",
            index=models.Index(models.F("identity_key"), models.F("id"), name="facility_by_key"),
        ),
        migrations.AddIndex(
            model_name="facility",
            index=models.Index(
                models.F("phone"),
                models.F("id"),
                condition=models.Q(("phone", ""), _negated=True),
                name="facility_by_phone",
            ),
        ),
    ]

"""What calls, tasks and callbacks write down."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Created"),
                    ("imported", "Imported"),
                    ("claimed", "Claimed"),
                    ("protected", "Protected"),
                    ("released", "Released"),
                    ("expired", "Expired"),
                    ("reassigned", "Reassigned"),
                    ("facility_edited", "Facility Edited"),
                    ("contact_added", "Contact Added"),
                    ("contact_edited", "Contact Edited"),
                    ("decision_maker_chosen", "Decision Maker Chosen"),
                    ("granted", "Granted"),
                    ("dispositioned", "Dispositioned"),
                    ("undone", "Undone"),
                    ("task_done", "Task Done"),
                    ("emailed", "Emailed"),
                    ("callback_booked", "Callback Booked"),
                    ("callback_moved", "Callback Moved"),
                    ("callback_done", "Callback Done"),
                    ("callback_cancelled", "Callback Cancelled"),
                ],
                max_length=30,
            ),
        ),
    ]

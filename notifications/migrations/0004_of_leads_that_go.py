"""What tells of a lead is found when that goes."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0013_merged_leads"),
        ("notifications", "0003_bounces"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="email",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)), fields=["lead"], name="email_by_lead"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)), fields=["lead"], name="notice_by_lead"
            ),
        ),
    ]

"""The numbers of the policy stay within limits that make sense."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_theme"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expiring_soon_days__range", (0, 365)),
                    ("follow_up_days__range", (1, 365)),
                    ("fresh_hours__range", (1, 720)),
                    ("long_tail_days__range", (1, 365)),
                    ("no_answer_limit__range", (1, 20)),
                    ("open_leads_per_rep__range", (0, 100000)),
                    ("protection_days__range", (1, 365)),
                    ("reclaim_cooldown_hours__range", (0, 720)),
                ),
                name="policy_is_sensible",
            ),
        ),
    ]

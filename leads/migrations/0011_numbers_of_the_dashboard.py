"""The numbers of the dashboard, each a small index of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0010_won_leads_have_a_client"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("callback_at__isnull", False), ("status", "open")),
                fields=["owner", "callback_at"],
                name="lead_callback",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("discovery_on__isnull", False), ("status", "open")),
                fields=["owner", "discovery_on"],
                name="lead_discovery",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("expected_close_on__isnull", False), ("status", "open")),
                fields=["owner", "expected_close_on"],
                name="lead_closing",
            ),
        ),
    ]

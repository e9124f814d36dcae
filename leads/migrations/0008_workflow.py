"""The workflow beyond calls: discovery, gameplan call, contract, expected close."""

from django.conf import settings
from django.db import migrations, models

import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0007_task"),
        ("people", "0002_scopes_and_access"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lead",
            name="leads_lead_security",
        ),
        migrations.AddField(
            model_name="lead",
            name="contract_sent_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lead",
            name="discovery_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lead",
            name="expected_close_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lead",
            name="expected_value",
            field=models.DecimalField(
                blank=True, decimal_places=2, help_text="In US dollars.", max_digits=12, null=True
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="gameplan_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=backoffice.rls.RowSecurity(
                name="leads_lead_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "(owner_id = (SELECT app.uid()) AND (status <> 'open' OR protected_until > app.clock())) OR (pool_scope = ANY ((SELECT app.scopes())::int[]) OR ((status = 'open' AND owner_id IS NOT NULL AND protected_until <= app.clock()) AND scope_id = ANY ((SELECT app.scopes())::int[]))) OR (owner_team_id = (SELECT app.managed_team()) AND (status <> 'open' OR protected_until > app.clock())) OR id = ANY ((SELECT app.granted_leads())::bigint[])",
                    ),
                    (
                        "rep",
                        "UPDATE (stage, status, last_contact_at, last_outcome, no_answer_count, unreached,\n    hot_at, follow_up_on, callback_at, queued_at, protected_until, protection_left, version,\n    discovery_on, gameplan_on, contract_sent_on, expected_close_on, expected_value)",
                        "(owner_id = (SELECT app.uid()) AND (status <> 'open' OR protected_until > app.clock())) OR (owner_team_id = (SELECT app.managed_team()) AND (status <> 'open' OR protected_until > app.clock()))",
                    ),
                    ("admin", "SELECT", "(SELECT app.role()) IN ('senior_manager', 'sales_admin')"),
                    (
                        "admin",
                        "UPDATE (stage, status, last_contact_at, last_outcome, no_answer_count, unreached,\n    hot_at, follow_up_on, callback_at, queued_at, protected_until, protection_left, version,\n    discovery_on, gameplan_on, contract_sent_on, expected_close_on, expected_value)",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                ],
            ),
        ),
    ]

"""Sales admins say who works here, and what everybody may work."""

from django.db import migrations, models

import backoffice.rls
from people.policies import WORKS_SECURITY

WORKS = "people_user_opportunity_types"


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("backoffice", "0002_cache_and_grants"),
        ("people", "0007_policy_is_sensible"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="user",
            name="people_user_security",
        ),
        migrations.AddField(
            model_name="user",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=backoffice.rls.RowSecurity(
                name="people_user_security",
                rules=[
                    ("web rep admin", "SELECT", "true"),
                    ("web", "UPDATE (password, last_login)", "true"),
                    (
                        "rep",
                        "UPDATE (password, last_login, name, time_zone, working_days, work_starts, work_ends,\n    key_shortcuts, theme, mail_off, version)",
                        "id = (SELECT app.uid())",
                    ),
                    (
                        "admin",
                        "UPDATE (password, last_login, name, time_zone, working_days, work_starts, work_ends,\n    key_shortcuts, theme, mail_off, version)",
                        "id = (SELECT app.uid())",
                        "id = (SELECT app.uid()) AND role = (SELECT app.role())",
                    ),
                    (
                        "admin",
                        "UPDATE (email, name, role, team_id, territories, time_zone, working_days,\n    work_starts, work_ends, is_active, version)",
                        "(SELECT app.role()) = 'sales_admin'",
                    ),
                    (
                        "admin",
                        "INSERT (email, name, role, team_id, territories, time_zone, working_days,\n    work_starts, work_ends, is_active, version, password, last_login, is_superuser, key_shortcuts,\n    theme, mail_off, created_at)",
                        "(SELECT app.role()) = 'sales_admin'",
                    ),
                ],
            ),
        ),
        migrations.RunSQL(
            list(WORKS_SECURITY.statements(WORKS)), list(WORKS_SECURITY.undo_statements(WORKS))
        ),
    ]

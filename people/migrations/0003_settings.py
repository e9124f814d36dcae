"""What people set for themselves."""

import django.contrib.postgres.fields
from django.db import migrations, models

import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("people", "0002_scopes_and_access"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="user",
            name="people_user_security",
        ),
        migrations.AddField(
            model_name="user",
            name="mail_off",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=backoffice.rls.RowSecurity(
                name="people_user_security",
                rules=[
                    ("web rep admin", "SELECT", "true"),
                    ("web", "UPDATE (password, last_login)", "true"),
                    (
                        "rep admin",
                        "UPDATE (password, last_login, name, time_zone, working_days, work_starts, work_ends,\n    key_shortcuts, mail_off)",
                        "id = (SELECT app.uid())",
                    ),
                ],
            ),
        ),
    ]

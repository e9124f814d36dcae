"""Sales admins keep teams, opportunity types and policy, each row with its version."""

from django.db import migrations, models

import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_session"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="opportunitytype",
            name="people_opportunity_grants",
        ),
        migrations.RemoveConstraint(
            model_name="policy",
            name="people_policy_grants",
        ),
        migrations.RemoveConstraint(
            model_name="team",
            name="people_team_grants",
        ),
        migrations.RemoveConstraint(
            model_name="workscope",
            name="people_workscope_grants",
        ),
        migrations.AddField(
            model_name="opportunitytype",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="policy",
            name="admins_need_second_factor",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="policy",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="team",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddConstraint(
            model_name="opportunitytype",
            constraint=backoffice.rls.RowSecurity(
                name="people_opportunity_security",
                rules=[
                    ("rep admin", "SELECT", "(SELECT app.uid()) IS NOT NULL"),
                    ("admin", "INSERT", "(SELECT app.role()) = 'sales_admin'"),
                    ("admin", "UPDATE", "(SELECT app.role()) = 'sales_admin'"),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=backoffice.rls.RowSecurity(
                name="people_policy_security",
                rules=[
                    ("rep admin", "SELECT", "(SELECT app.uid()) IS NOT NULL"),
                    ("admin", "UPDATE", "(SELECT app.role()) = 'sales_admin'"),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="team",
            constraint=backoffice.rls.RowSecurity(
                name="people_team_security",
                rules=[
                    ("rep admin", "SELECT", "(SELECT app.uid()) IS NOT NULL"),
                    ("admin", "INSERT", "(SELECT app.role()) = 'sales_admin'"),
                    ("admin", "UPDATE", "(SELECT app.role()) = 'sales_admin'"),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="workscope",
            constraint=backoffice.rls.RowSecurity(
                name="people_workscope_security",
                rules=[
                    ("rep admin", "SELECT", "(SELECT app.uid()) IS NOT NULL"),
                    ("admin", "INSERT", "(SELECT app.role()) = 'sales_admin'"),
                ],
            ),
        ),
    ]

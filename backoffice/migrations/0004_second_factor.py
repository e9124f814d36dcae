"""Second factors are their owner's alone, and signing in's."""

from django.db import migrations

from people.policies import SECOND_FACTOR_SECURITY

TABLE = "mfa_authenticator"


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0003_csv_cells"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("people", "0002_scopes_and_access"),
    ]
    operations = [
        migrations.RunSQL(
            list(SECOND_FACTOR_SECURITY.statements(TABLE)),
            list(SECOND_FACTOR_SECURITY.undo_statements(TABLE)),
        )
    ]

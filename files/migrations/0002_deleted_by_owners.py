"""Who deletes a file owns its lead at that moment, like who adds one."""

from django.db import migrations

import backoffice.rls

IS_SEEN = "EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)"
IS_MINE_ON_MY_LEAD = """uploader_id = (SELECT app.uid()) AND EXISTS (
    SELECT FROM leads_lead l WHERE l.id = lead_id AND l.owner_id = (SELECT app.uid())
       AND (l.status <> 'open' OR l.protected_until > app.clock()))"""


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="leadfile", name="files_leadfile_security"),
        migrations.AddConstraint(
            model_name="leadfile",
            constraint=backoffice.rls.RowSecurity(
                name="files_leadfile_security",
                rules=[
                    ("rep admin", "SELECT", IS_SEEN),
                    ("rep admin", "INSERT", IS_MINE_ON_MY_LEAD),
                    ("rep admin", "DELETE", IS_MINE_ON_MY_LEAD),
                ],
            ),
        ),
    ]

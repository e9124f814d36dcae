"""Which client a won lead is of. The database holds that there is one."""

from django.db import migrations, models

# Django has no foreign key on a column that the database computes.
FOREIGN_KEY = """
ALTER TABLE leads_lead ADD CONSTRAINT a_won_lead_has_a_client FOREIGN KEY (client_id)
  REFERENCES clients_client DEFERRABLE INITIALLY DEFERRED;
"""
NO_FOREIGN_KEY = "ALTER TABLE leads_lead DROP CONSTRAINT a_won_lead_has_a_client;"


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0001_initial"),
        ("leads", "0009_order_of_locks"),
    ]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="client_id",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(status="won", then=models.F("facility_id")), default=None
                ),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("client_id__isnull", False)),
                fields=["client_id"],
                name="lead_of_client",
            ),
        ),
        migrations.RunSQL(FOREIGN_KEY, NO_FOREIGN_KEY),
    ]

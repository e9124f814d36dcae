"""What happened to a client."""

import django.db.models.deletion
from django.db import migrations, models

import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0001_initial"),
        ("history", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="event",
            name="an_event_has_a_subject",
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="history_event_security",
        ),
        migrations.AddField(
            model_name="event",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="clients.client",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("client__isnull", False)),
                fields=["client", "-id"],
                name="event_by_client",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lead__isnull", False),
                    ("person__isnull", False),
                    ("client__isnull", False),
                    _connector="OR",
                ),
                name="an_event_has_a_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=backoffice.rls.RowSecurity(
                name="history_event_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "(lead_id IS NOT NULL AND EXISTS (SELECT FROM leads_lead WHERE leads_lead.id = lead_id)) OR (client_id IS NOT NULL AND EXISTS (SELECT FROM clients_client c WHERE c.facility_id = client_id)) OR person_id = (SELECT app.uid()) OR person_id IN (\n    SELECT id FROM people_user WHERE team_id = (SELECT app.managed_team()))",
                    ),
                    ("admin", "SELECT", "(SELECT app.role()) IN ('senior_manager', 'sales_admin')"),
                    (
                        "rep admin",
                        "INSERT",
                        "(actor_id = (SELECT app.uid()) OR (actor_id = 1 AND kind = 'expired')) AND (lead_id IS NULL OR EXISTS (SELECT FROM leads_lead WHERE leads_lead.id = lead_id)) AND (client_id IS NULL OR EXISTS (SELECT FROM clients_client c WHERE c.facility_id = client_id))",
                    ),
                ],
                service="SELECT, INSERT",
            ),
        ),
    ]

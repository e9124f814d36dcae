"""What tells of a note is seen by those who see the note."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0002_sellers"),
        ("history", "0002_client"),
        ("leads", "0010_won_leads_have_a_client"),
        ("notes", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="event",
            name="history_event_security",
        ),
        migrations.AddField(
            model_name="event",
            name="note",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="notes.note",
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
                        "(CASE WHEN note_id IS NULL THEN (lead_id IS NOT NULL AND EXISTS (SELECT FROM leads_lead WHERE leads_lead.id = lead_id)) OR (client_id IS NOT NULL AND EXISTS (SELECT FROM clients_client c WHERE c.facility_id = client_id)) OR person_id = (SELECT app.uid()) OR person_id IN (\n    SELECT id FROM people_user WHERE team_id = (SELECT app.managed_team())) ELSE EXISTS (SELECT FROM notes_note n WHERE n.id = note_id) END)",
                    ),
                    (
                        "admin",
                        "SELECT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin') AND (note_id IS NULL OR EXISTS (SELECT FROM notes_note n WHERE n.id = note_id))",
                    ),
                    (
                        "rep admin",
                        "INSERT",
                        "(actor_id = (SELECT app.uid()) OR (actor_id = 1 AND kind = 'expired')) AND (CASE WHEN note_id IS NULL THEN (lead_id IS NULL OR EXISTS (SELECT FROM leads_lead WHERE leads_lead.id = lead_id)) AND (client_id IS NULL OR EXISTS (SELECT FROM clients_client c WHERE c.facility_id = client_id)) ELSE EXISTS (\n    SELECT FROM notes_note n WHERE n.id = note_id AND n.author_id = (SELECT app.uid())\n       AND n.lead_id IS NOT DISTINCT FROM history_event.lead_id\n       AND n.client_id IS NOT DISTINCT FROM history_event.client_id\n       AND n.person_id IS NOT DISTINCT FROM history_event.person_id) END)",
                    ),
                ],
                service="SELECT, INSERT",
            ),
        ),
    ]

"""Notes, the texts that edits replaced, and the clearance that tiers are compared with."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls

FORWARD = """
-- How far up the tiers of notes I may read (people.permissions.CLEARANCE).
CREATE FUNCTION app.clearance() RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT CASE role WHEN 'inside_rep' THEN 0 WHEN 'manager' THEN 1
                           WHEN 'senior_manager' THEN 2 WHEN 'sales_admin' THEN 3 END
            FROM people_user WHERE id = app.uid());
END $$;
REVOKE EXECUTE ON FUNCTION app.clearance() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.clearance() TO backoffice_rep, backoffice_admin, backoffice_service;
"""
BACKWARD = "DROP FUNCTION app.clearance();"

# The newest notes are the ones that are listed: found by an index alone only once vacuumed.
VACUUMED = "ALTER TABLE notes_note SET (autovacuum_vacuum_insert_scale_factor = 0.005);"
AS_EVER = "ALTER TABLE notes_note RESET (autovacuum_vacuum_insert_scale_factor);"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("clients", "0002_sellers"),
        ("leads", "0010_won_leads_have_a_client"),
        ("people", "0004_session"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_name", models.CharField(max_length=200)),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Shared"),
                            (1, "Management"),
                            (2, "Senior management"),
                            (3, "Admin only"),
                        ],
                        default=0,
                    ),
                ),
                ("text", models.TextField(max_length=4000)),
                ("written_at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                ("edited_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="clients.client",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="leads.lead",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes_about",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EarlierText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("text", models.TextField(max_length=4000)),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Shared"),
                            (1, "Management"),
                            (2, "Senior management"),
                            (3, "Admin only"),
                        ]
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "note",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="earlier",
                        to="notes.note",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                fields=["-written_at", "-id"],
                include=("author", "tier", "lead", "client", "person"),
                name="note_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                fields=["author", "-written_at", "-id"],
                include=("tier", "lead", "client", "person"),
                name="note_by_author",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)),
                fields=["lead", "-written_at", "-id"],
                name="note_by_lead",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(("client__isnull", False)),
                fields=["client", "-written_at", "-id"],
                name="note_by_client",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(("person__isnull", False)),
                fields=["person", "-written_at", "-id"],
                name="note_by_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("client", None), ("lead__isnull", False), ("person", None)),
                    models.Q(("client__isnull", False), ("lead", None), ("person", None)),
                    models.Q(("client", None), ("lead", None), ("person__isnull", False)),
                    _connector="OR",
                ),
                name="a_note_has_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="a_note_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(("tier__in", [0, 1, 2, 3])), name="a_note_has_a_tier"
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("edited_at", None), ("version", 1)),
                    models.Q(("edited_at__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="an_edited_note_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=backoffice.rls.RowSecurity(
                name="notes_note_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "author_id = (SELECT app.uid()) OR (tier <= (SELECT app.clearance()) AND (EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id) OR EXISTS (SELECT FROM clients_client c WHERE c.facility_id = client_id)\n    OR (person_id = (SELECT app.uid()) OR person_id = ANY ((\n    SELECT array_agg(id) FROM people_user WHERE team_id = (SELECT app.managed_team()))::bigint[]))))",
                    ),
                    (
                        "admin",
                        "SELECT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin') AND (tier <= (SELECT app.clearance()) OR author_id = (SELECT app.uid()))",
                    ),
                    (
                        "rep",
                        "INSERT",
                        "author_id = (SELECT app.uid()) AND (EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id) OR EXISTS (SELECT FROM clients_client c WHERE c.facility_id = client_id)\n    OR (person_id = (SELECT app.uid()) OR person_id = ANY ((\n    SELECT array_agg(id) FROM people_user WHERE team_id = (SELECT app.managed_team()))::bigint[])))",
                    ),
                    (
                        "admin",
                        "INSERT",
                        "author_id = (SELECT app.uid()) AND (SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "rep admin",
                        "UPDATE (text, tier, edited_at, version)",
                        "author_id = (SELECT app.uid())",
                    ),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="earliertext",
            constraint=models.UniqueConstraint(
                fields=("note", "version"), name="one_earlier_text_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="earliertext",
            constraint=backoffice.rls.RowSecurity(
                name="notes_earliertext_security",
                rules=[
                    (
                        "rep admin",
                        "SELECT",
                        "EXISTS (\n    SELECT FROM notes_note n WHERE n.id = note_id\n       AND (notes_earliertext.tier <= (SELECT app.clearance()) OR n.author_id = (SELECT app.uid())))",
                    ),
                    (
                        "rep admin",
                        "INSERT",
                        "EXISTS (SELECT FROM notes_note n WHERE n.id = note_id AND n.author_id = (SELECT app.uid()))",
                    ),
                ],
            ),
        ),
        migrations.RunSQL(VACUUMED, AS_EVER),
    ]

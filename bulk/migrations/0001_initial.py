"""Bulk actions, and what became of each lead in them."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import backoffice.rls

# A policy of rows cannot ask the table whose policy asks for rows.
FORWARD = """
CREATE FUNCTION app.is_my_running_bulk(p_bulk uuid) RETURNS boolean LANGUAGE plpgsql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM bulk_bulkaction
                  WHERE id = p_bulk AND actor_id = app.uid() AND state = 'running');
END $$;
REVOKE EXECUTE ON FUNCTION app.is_my_running_bulk(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.is_my_running_bulk(uuid)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""
BACKWARD = "DROP FUNCTION app.is_my_running_bulk(uuid);"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("dispositions", "0002_leads_of_the_pool"),
        ("leads", "0015_many_at_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.CreateModel(
            name="BulkAction",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("reassign", "Reassign"),
                            ("not_interested", "Mark not interested"),
                            ("queue", "Add to call queue"),
                        ],
                        max_length=20,
                    ),
                ),
                ("why", models.TextField(blank=True)),
                ("chosen_in", models.TextField(blank=True)),
                ("at", models.DateTimeField(db_default=backoffice.clock.Clock())),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("undoing", "Undoing"),
                            ("undone", "Undone"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("chosen", models.PositiveIntegerField()),
                ("tally", models.JSONField(default=dict)),
                ("touched_at", models.DateTimeField(db_default=backoffice.clock.WallClock())),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("skipped", "Skipped"),
                            ("undone", "Undone"),
                            ("kept", "Kept"),
                        ],
                        db_default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unseen", "not visible to {you}"),
                            ("protected", "protected"),
                            ("closed", "closed"),
                            ("in_pool", "in the pool"),
                            ("theirs", "with {to} already"),
                            ("hidden_from_them", "not visible to {to}"),
                            ("they_are_full", "over the number of open leads that {to} may own"),
                            ("queued", "in {your} queue already"),
                            ("too_many", "over 100 claims at a time"),
                            ("cooling_down", "{yours} a short while ago"),
                            ("full", "over the number of open leads that {you} may own"),
                            ("taken", "taken by somebody else"),
                            ("not_in_pool", "not {yours} to claim"),
                            ("stopped", "not reached, as {by} does not work here any more"),
                        ],
                        db_default="",
                        max_length=20,
                    ),
                ),
                ("before", models.JSONField(null=True)),
                ("version_after", models.PositiveIntegerField(null=True)),
                ("noted_in", models.BigIntegerField(null=True)),
                ("effects", models.JSONField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "bulk",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="bulk.bulkaction",
                    ),
                ),
                (
                    "disposition",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dispositions.disposition",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="leads.lead",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bulkaction",
            index=models.Index(
                condition=models.Q(("state__in", ["running", "undoing"])),
                fields=["touched_at"],
                name="bulk_to_go_on_with",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("deed", "reassign"), ("target__isnull", False)),
                    models.Q(models.Q(("deed", "reassign"), _negated=True), ("target", None)),
                    _connector="OR",
                ),
                name="only_a_reassignment_has_a_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=backoffice.rls.RowSecurity(
                name="bulk_bulkaction_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "actor_id = (SELECT app.uid()) OR EXISTS (SELECT FROM bulk_bulkrow r WHERE r.bulk_id = bulk_bulkaction.id)",
                    ),
                    ("admin", "SELECT", "(SELECT app.role()) IN ('senior_manager', 'sales_admin')"),
                    (
                        "rep admin",
                        "INSERT",
                        "actor_id = (SELECT app.uid()) AND state = 'running' AND tally = '{}'",
                    ),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(fields=("bulk", "place"), name="one_row_per_place"),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(
                fields=("bulk", "lead"), name="a_lead_is_chosen_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("result", "skipped"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("result", "skipped"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="what_is_skipped_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("result__in", ["waiting", "skipped"]),
                    models.Q(("before__isnull", False), ("version_after__isnull", False)),
                    _connector="OR",
                ),
                name="what_is_done_remembers_before",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=backoffice.rls.RowSecurity(
                name="bulk_bulkrow_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "actor_id = (SELECT app.uid()) OR EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)",
                    ),
                    ("admin", "SELECT", "(SELECT app.role()) IN ('senior_manager', 'sales_admin')"),
                    (
                        "rep admin",
                        "INSERT (bulk_id, actor_id, place, lead_id)",
                        "actor_id = (SELECT app.uid()) AND app.is_my_running_bulk(bulk_id) AND EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)",
                    ),
                ],
            ),
        ),
    ]

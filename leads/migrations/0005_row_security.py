"""Who may see and change what hangs on a lead (leads/policies.py)."""

from django.conf import settings
from django.db import migrations

import backoffice.rls


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("leads", "0004_hand_over"),
        ("people", "0002_scopes_and_access"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="contact",
            constraint=backoffice.rls.RowSecurity(
                name="leads_contact_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "EXISTS (SELECT FROM leads_lead l WHERE l.facility_id = leads_contact.facility_id)",
                    ),
                    (
                        "rep",
                        "INSERT",
                        "EXISTS (\n    SELECT FROM leads_lead l WHERE l.facility_id = leads_contact.facility_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                    ),
                    (
                        "rep",
                        "UPDATE (name, title, phone, email, is_decision_maker, version)",
                        "EXISTS (\n    SELECT FROM leads_lead l WHERE l.facility_id = leads_contact.facility_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                    ),
                    (
                        "rep",
                        "DELETE",
                        "EXISTS (\n    SELECT FROM leads_lead l WHERE l.facility_id = leads_contact.facility_id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                    ),
                    (
                        "admin",
                        "SELECT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "admin",
                        "INSERT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "admin",
                        "UPDATE",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "admin",
                        "DELETE",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="facility",
            constraint=backoffice.rls.RowSecurity(
                name="leads_facility_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "EXISTS (SELECT FROM leads_lead l WHERE l.facility_id = leads_facility.id)",
                    ),
                    (
                        "rep",
                        "UPDATE (name, address, city, state, postcode, phone, time_zone, version)",
                        "EXISTS (\n    SELECT FROM leads_lead l WHERE l.facility_id = leads_facility.id\n       AND (l.owner_id = (SELECT app.uid()) OR l.owner_team_id = (SELECT app.managed_team()))\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                    ),
                    (
                        "admin",
                        "SELECT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "admin",
                        "UPDATE",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="facilitysearch",
            constraint=backoffice.rls.RowSecurity(name="leads_facilitysearch_security", rules=[]),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=backoffice.rls.RowSecurity(
                name="leads_lead_security",
                rules=[
                    (
                        "rep",
                        "SELECT",
                        "(owner_id = (SELECT app.uid()) AND (status <> 'open' OR protected_until > app.clock())) OR (pool_scope = ANY ((SELECT app.scopes())::int[]) OR ((status = 'open' AND owner_id IS NOT NULL AND protected_until <= app.clock()) AND scope_id = ANY ((SELECT app.scopes())::int[]))) OR (owner_team_id = (SELECT app.managed_team()) AND (status <> 'open' OR protected_until > app.clock())) OR id = ANY ((SELECT app.granted_leads())::bigint[])",
                    ),
                    (
                        "rep",
                        "UPDATE (stage, status, last_contact_at, last_outcome, no_answer_count, unreached,\n    hot_at, follow_up_on, callback_at, queued_at, protected_until, protection_left, version)",
                        "(owner_id = (SELECT app.uid()) AND (status <> 'open' OR protected_until > app.clock())) OR (owner_team_id = (SELECT app.managed_team()) AND (status <> 'open' OR protected_until > app.clock()))",
                    ),
                    (
                        "admin",
                        "SELECT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "admin",
                        "UPDATE (stage, status, last_contact_at, last_outcome, no_answer_count, unreached,\n    hot_at, follow_up_on, callback_at, queued_at, protected_until, protection_left, version)",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="leadgrant",
            constraint=backoffice.rls.RowSecurity(
                name="leads_leadgrant_security",
                rules=[
                    ("rep", "SELECT", "user_id = (SELECT app.uid())"),
                    (
                        "rep",
                        "SELECT",
                        "EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = content_object_id AND l.owner_team_id = (SELECT app.managed_team())\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                    ),
                    (
                        "rep",
                        "INSERT",
                        "EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = content_object_id AND l.owner_team_id = (SELECT app.managed_team())\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                    ),
                    (
                        "rep",
                        "DELETE",
                        "EXISTS (\n    SELECT FROM leads_lead l WHERE l.id = content_object_id AND l.owner_team_id = (SELECT app.managed_team())\n       AND (l.status <> 'open' OR l.protected_until > app.clock()))",
                    ),
                    (
                        "admin",
                        "SELECT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "admin",
                        "INSERT",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                    (
                        "admin",
                        "DELETE",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="searchword",
            constraint=backoffice.rls.RowSecurity(name="leads_searchword_security", rules=[]),
        ),
    ]

"""Duplicates are merged, and what was flagged is resolved: the window goes on, or is closed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.rls

FORWARD = """
-- Leads that I see though they are neither mine nor in my pool: granted ones, and those that turned
-- out to be duplicates of a lead that I see. Their histories are read as one.
CREATE OR REPLACE FUNCTION app.granted_leads() RETURNS bigint[] LANGUAGE plpgsql STABLE
  PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me bigint := app.uid();
  granted bigint[] := (SELECT coalesce(array_agg(content_object_id), '{}') FROM leads_leadgrant
                        WHERE user_id = me);
BEGIN
  IF NOT EXISTS (SELECT FROM leads_lead WHERE merged_into_id IS NOT NULL) THEN
    RETURN granted;
  END IF;
  RETURN granted || ARRAY(
    WITH RECURSIVE shown AS (
      SELECT d.id FROM leads_lead d JOIN leads_lead l ON l.id = d.merged_into_id
       WHERE l.id = ANY (granted)
          OR ((l.status <> 'open' OR l.protected_until > app.clock())
              AND (l.owner_id = me OR l.owner_team_id = app.managed_team()))
          OR (l.status = 'open' AND (l.owner_id IS NULL OR l.protected_until <= app.clock())
              AND l.scope_id = ANY (app.scopes()))
      UNION
      SELECT d.id FROM leads_lead d JOIN shown s ON d.merged_into_id = s.id)
    SELECT id FROM shown);
END $$;

-- 'resolved': a flagged lead is its owner's again, with the rest of their time, or in the pool.
-- Otherwise why not: 'unavailable'; or of its owner 'inactive', 'out_of_scope', 'full'.
CREATE FUNCTION app.resolve_flag(p_lead bigint, p_version int, p_to_pool boolean) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  holder bigint := (SELECT owner_id FROM leads_lead WHERE id = p_lead);
  obstacle text;
  old leads_lead;
BEGIN
  -- The owner before the lead, as everywhere: what comes to them is counted one by one.
  PERFORM FROM people_user WHERE id = holder FOR NO KEY UPDATE;
  SELECT * INTO old FROM leads_lead WHERE id = p_lead FOR UPDATE;
  IF old.id IS NULL OR old.version <> p_version OR old.status <> 'flagged'
     OR old.owner_id <> holder OR app.role() IS DISTINCT FROM 'sales_admin' THEN
    RETURN 'unavailable';
  END IF;
  obstacle := app.cannot_work(holder, old.scope_id);
  IF p_to_pool THEN
    UPDATE leads_lead
       SET status = 'open', owner_id = NULL, owned_at = NULL, protection_left = NULL,
           pool_since = app.clock(), version = version + 1
     WHERE id = p_lead;
  ELSIF obstacle IS NOT NULL THEN
    RETURN obstacle;
  ELSE
    UPDATE leads_lead
       SET status = 'open', protected_until = app.clock() + old.protection_left,
           protection_left = NULL, version = version + 1
     WHERE id = p_lead;
  END IF;
  RETURN 'resolved';
END $$;

-- Why a rep could not work one more lead of that scope; NULL if they could.
CREATE FUNCTION app.cannot_work(p_rep bigint, p_scope int) RETURNS text LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE
    WHEN NOT EXISTS (SELECT FROM people_user WHERE id = p_rep AND is_active) THEN 'inactive'
    WHEN NOT EXISTS (SELECT FROM people_user WHERE id = p_rep AND role = 'inside_rep')
      OR NOT p_scope = ANY (app.scopes_of(p_rep)) THEN 'out_of_scope'
    WHEN (SELECT open_leads_per_rep FROM people_policy) <= (
           SELECT count(*) FROM leads_lead
            WHERE owner_id = p_rep AND status = 'open' AND protected_until > app.clock())
      THEN 'full' END $$;

-- What was left of a stopped window is forgotten without its going on: it is closed.
CREATE FUNCTION app.close_stopped_window() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE protection_window SET "end" = 'closed'
   WHERE lead_id = OLD.id AND owner_id = OLD.owner_id AND started_at = OLD.owned_at
     AND "end" = 'stopped';
  RETURN NULL;
END $$;
CREATE TRIGGER close_stopped_window AFTER UPDATE ON leads_lead
  FOR EACH ROW WHEN (OLD.protection_left IS NOT NULL AND NEW.protection_left IS NULL
                     AND NEW.protected_until IS NULL)
  EXECUTE FUNCTION app.close_stopped_window();

REVOKE EXECUTE ON FUNCTION app.resolve_flag(bigint, int, boolean),
  app.cannot_work(bigint, int), app.close_stopped_window() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.resolve_flag(bigint, int, boolean), app.cannot_work(bigint, int)
  TO backoffice_admin, backoffice_service;
"""

BACKWARD = """
DROP TRIGGER close_stopped_window ON leads_lead;
DROP FUNCTION app.close_stopped_window(), app.resolve_flag(bigint, int, boolean),
  app.cannot_work(bigint, int);
CREATE OR REPLACE FUNCTION app.granted_leads() RETURNS bigint[] LANGUAGE plpgsql STABLE
  PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(array_agg(content_object_id), '{}') FROM leads_leadgrant
           WHERE user_id = app.uid());
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0012_search_everywhere"),
        ("people", "0004_session"),
        ("protection", "0003_days_left"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lead",
            name="only_flagged_leads_have_a_stopped_window",
        ),
        migrations.RemoveConstraint(
            model_name="lead",
            name="leads_lead_security",
        ),
        migrations.AddField(
            model_name="lead",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duplicates",
                to="leads.lead",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["merged_into"],
                name="lead_duplicates",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("status", "flagged")),
                fields=["id"],
                name="lead_flagged",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("protection_left__isnull", True),
                    ("status", "flagged"),
                    ("merged_into__isnull", False),
                    _connector="OR",
                ),
                name="only_flagged_leads_have_a_stopped_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(
                        ("owned_at__isnull", False),
                        ("owner__isnull", False),
                        ("protection_left__isnull", False),
                        ("status", "disqualified"),
                    ),
                    _connector="OR",
                ),
                name="a_merged_lead_is_closed_and_keeps_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="no_lead_is_its_own_duplicate",
            ),
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
                        "UPDATE (stage, status, last_contact_at, last_outcome, no_answer_count, unreached,\n    hot_at, follow_up_on, callback_at, queued_at, protected_until, protection_left, version,\n    discovery_on, gameplan_on, contract_sent_on, expected_close_on, expected_value)",
                        "(owner_id = (SELECT app.uid()) AND (status <> 'open' OR protected_until > app.clock())) OR (owner_team_id = (SELECT app.managed_team()) AND (status <> 'open' OR protected_until > app.clock()))",
                    ),
                    ("admin", "SELECT", "(SELECT app.role()) IN ('senior_manager', 'sales_admin')"),
                    (
                        "admin",
                        "UPDATE (stage, status, last_contact_at, last_outcome, no_answer_count, unreached,\n    hot_at, follow_up_on, callback_at, queued_at, protected_until, protection_left, version,\n    discovery_on, gameplan_on, contract_sent_on, expected_close_on, expected_value, merged_into_id)",
                        "(SELECT app.role()) IN ('senior_manager', 'sales_admin')",
                    ),
                ],
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

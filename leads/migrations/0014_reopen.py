"""A lead that was lost or disqualified goes on."""

from django.db import migrations

FORWARD = """
-- 'reopened': the lead is its owner's for a new window, or in the pool. Otherwise why not:
-- 'unavailable'; 'duplicate', if a live one has come since; or what app.cannot_work() says.
CREATE FUNCTION app.reopen(p_lead bigint, p_version int, p_stage text, p_until timestamptz,
    p_to_pool boolean) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  holder bigint := (SELECT owner_id FROM leads_lead WHERE id = p_lead);
  obstacle text;
  old leads_lead;
BEGIN
  -- The owner before the lead, as everywhere: what comes to them is counted one by one.
  PERFORM FROM people_user WHERE id = holder FOR NO KEY UPDATE;
  SELECT * INTO old FROM leads_lead WHERE id = p_lead FOR UPDATE;
  IF old.id IS NULL OR old.version <> p_version OR old.status NOT IN ('disqualified', 'lost')
     OR old.merged_into_id IS NOT NULL OR old.owner_id IS DISTINCT FROM holder OR NOT app.is_a_window(p_until)
     OR NOT coalesce(app.role() IN ('senior_manager', 'sales_admin')
                     OR old.owner_team_id = app.managed_team(), false) THEN
    RETURN 'unavailable';
  END IF;
  IF p_to_pool THEN
    UPDATE leads_lead
       SET status = 'open', stage = p_stage, owner_id = NULL, owned_at = NULL,
           pool_since = app.clock(), version = version + 1
     WHERE id = p_lead;
  ELSE
    obstacle := app.cannot_work(holder, old.scope_id);
    IF obstacle IS NOT NULL THEN
      RETURN obstacle;
    END IF;
    UPDATE leads_lead
       SET status = 'open', stage = p_stage, owned_at = app.clock(), protected_until = p_until,
           version = version + 1
     WHERE id = p_lead;
  END IF;
  RETURN 'reopened';
EXCEPTION WHEN unique_violation THEN
  RETURN 'duplicate';
END $$;
REVOKE EXECUTE ON FUNCTION app.reopen(bigint, int, text, timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.reopen(bigint, int, text, timestamptz, boolean)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_merged_leads")]

    operations = [
        migrations.RunSQL(
            FORWARD, "DROP FUNCTION app.reopen(bigint, int, text, timestamptz, boolean);"
        )
    ]

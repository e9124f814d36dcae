"""One order of locks: user, lead, facility, window, and what hangs on a lead.

A hand-over writes its events and cancels callbacks while the lead is still in the actor's sight, so
it needs both locks before app.reassign takes them; and the edit of a facility is copied to leads
and windows that the actor may not see. Release says at which version the caller saw the lead.
"""

from django.db import migrations

FORWARD = """
-- Locks who receives a lead (nobody: NULL), then the lead, if the caller may hand it over.
CREATE FUNCTION app.lock_for_hand_over(p_lead bigint, p_to bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM leads_lead l WHERE l.id = p_lead AND app.may_hand_over(l)) THEN
    PERFORM FROM people_user WHERE id = p_to FOR NO KEY UPDATE;
    PERFORM FROM leads_lead WHERE id = p_lead FOR UPDATE;
  END IF;
END $$;

-- Locks a facility's leads, if the caller works one of them.
CREATE FUNCTION app.lock_leads_of(p_facility bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF app.role() IN ('senior_manager', 'sales_admin') OR EXISTS (
      SELECT FROM leads_lead WHERE facility_id = p_facility
         AND (owner_id = app.uid() OR owner_team_id = app.managed_team())) THEN
    PERFORM FROM leads_lead WHERE facility_id = p_facility ORDER BY id FOR NO KEY UPDATE;
  END IF;
END $$;

DROP FUNCTION app.release(bigint);
-- 'released' or 'unavailable'.
CREATE FUNCTION app.release(p_lead bigint, p_version int) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  old leads_lead;
BEGIN
  SELECT * INTO old FROM leads_lead WHERE id = p_lead FOR UPDATE;
  IF old.id IS NULL OR old.version <> p_version OR old.status <> 'open' OR old.owner_id IS NULL
     OR old.protected_until <= app.clock() OR NOT app.may_hand_over(old) THEN
    RETURN 'unavailable';
  END IF;
  UPDATE leads_lead
     SET owner_id = NULL, owned_at = NULL, protected_until = NULL, pool_since = app.clock(),
         hot_at = NULL, follow_up_on = NULL, callback_at = NULL, queued_at = NULL,
         version = version + 1
   WHERE id = p_lead;
  RETURN 'released';
END $$;

REVOKE EXECUTE ON FUNCTION app.lock_for_hand_over(bigint, bigint), app.lock_leads_of(bigint),
  app.release(bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lock_for_hand_over(bigint, bigint), app.lock_leads_of(bigint),
  app.release(bigint, int) TO backoffice_rep, backoffice_admin, backoffice_service;
"""

# The functions that stand in their place again: 0004_hand_over.
BACKWARD = """
DROP FUNCTION app.lock_for_hand_over(bigint, bigint), app.lock_leads_of(bigint);
DROP FUNCTION app.release(bigint, int);
CREATE FUNCTION app.release(p_lead bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  old leads_lead;
BEGIN
  SELECT * INTO old FROM leads_lead WHERE id = p_lead FOR UPDATE;
  IF old.id IS NULL OR old.status <> 'open' OR old.owner_id IS NULL
     OR old.protected_until <= app.clock() OR NOT app.may_hand_over(old) THEN
    RETURN 'unavailable';
  END IF;
  UPDATE leads_lead
     SET owner_id = NULL, owned_at = NULL, protected_until = NULL, pool_since = app.clock(),
         hot_at = NULL, follow_up_on = NULL, callback_at = NULL, queued_at = NULL,
         version = version + 1
   WHERE id = p_lead;
  RETURN 'released';
END $$;
REVOKE EXECUTE ON FUNCTION app.release(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.release(bigint) TO backoffice_rep, backoffice_admin, backoffice_service;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0008_workflow")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

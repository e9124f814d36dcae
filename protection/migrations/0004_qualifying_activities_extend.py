"""No way of changing a lead goes past the extension that a qualifying activity brings.

Which activities qualify, and how far they move a window, is decided by actions (leads/workflow.py,
protection/actions.py). The database only holds, when the transaction ends, that it was done.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION app.must_extend(old leads_lead, new leads_lead) RETURNS text[] LANGUAGE sql
  IMMUTABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN array_position(stages, new.stage::text) > coalesce(array_position(stages, old.stage::text), 0)
          AND old.stage NOT IN ('won', 'lost') THEN new.stage END,
    CASE WHEN new.gameplan_on IS DISTINCT FROM old.gameplan_on AND new.gameplan_on IS NOT NULL
         THEN 'gameplan_call' END,
    CASE WHEN new.contract_sent_on IS DISTINCT FROM old.contract_sent_on
          AND new.contract_sent_on IS NOT NULL THEN 'contract_sent' END], NULL)
    FROM (SELECT ARRAY['qualified', 'discovery', 'gameplan', 'contract'] AS stages) AS s $$;

CREATE FUNCTION app.check_extension() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
      SELECT FROM unnest(app.must_extend(OLD, NEW)) AS activity
       WHERE NOT EXISTS (
         SELECT FROM protection_extension x
          WHERE x.lead_id = NEW.id AND x.owner_id = NEW.owner_id AND x.owned_at = NEW.owned_at
            AND x.activity = activity.activity
            AND NOT EXISTS (
              SELECT FROM leads_lead l
               WHERE l.id = NEW.id AND l.owned_at = NEW.owned_at AND l.protected_until < x.until))) THEN
    RAISE EXCEPTION 'lead % was worked without extending its window', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_qualifying_activity_extends',
            TABLE = 'leads_lead';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_qualifying_activity_extends
  AFTER UPDATE OF stage, gameplan_on, contract_sent_on ON leads_lead
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status = 'open' AND NEW.owner_id IS NOT NULL
        AND (OLD.stage, OLD.gameplan_on, OLD.contract_sent_on)
            IS DISTINCT FROM (NEW.stage, NEW.gameplan_on, NEW.contract_sent_on))
  EXECUTE FUNCTION app.check_extension();
REVOKE EXECUTE ON FUNCTION app.check_extension(), app.must_extend(leads_lead, leads_lead)
  FROM PUBLIC;
"""

BACKWARD = """
DROP TRIGGER a_qualifying_activity_extends ON leads_lead;
DROP FUNCTION app.check_extension(), app.must_extend(leads_lead, leads_lead);
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_merged_leads"), ("protection", "0003_days_left")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""What is copied for row security and the public list, kept by triggers so that no path forgets.

No rule is decided here: the owner's team is copied onto the lead, and the lead's window onto the
protection list.
"""

from django.db import migrations

FORWARD = """
-- Hot rows: room for updates on the page, and a visibility map that index-only scans can rely on.
ALTER TABLE leads_lead SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

CREATE FUNCTION app.copy_owner_team() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.owner_team_id := (SELECT team_id FROM people_user WHERE id = NEW.owner_id);
  RETURN NEW;
END $$;
CREATE TRIGGER copy_owner_team_of_new BEFORE INSERT ON leads_lead
  FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION app.copy_owner_team();
CREATE TRIGGER copy_owner_team BEFORE UPDATE OF owner_id, owner_team_id ON leads_lead
  FOR EACH ROW EXECUTE FUNCTION app.copy_owner_team();

CREATE FUNCTION app.copy_team_to_leads() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE leads_lead SET owner_team_id = NEW.team_id WHERE owner_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER copy_team_to_leads AFTER UPDATE OF team_id ON people_user
  FOR EACH ROW WHEN (NEW.team_id IS DISTINCT FROM OLD.team_id)
  EXECUTE FUNCTION app.copy_team_to_leads();

CREATE FUNCTION app.copy_window() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ended_as text := CASE
    WHEN NEW.protected_until IS NOT NULL THEN 'handed over'
    WHEN NEW.status = 'flagged' THEN 'stopped'
    WHEN NEW.status <> 'open' THEN 'closed'
    ELSE 'released' END;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.protected_until IS NOT NULL THEN
    IF NEW.protected_until IS NOT NULL AND NEW.owner_id = OLD.owner_id
       AND NEW.owned_at = OLD.owned_at THEN
      UPDATE protection_window SET expires_at = NEW.protected_until
       WHERE lead_id = NEW.id AND ended_at IS NULL;
      RETURN NULL;
    END IF;
    UPDATE protection_window
       -- A window that had run out ended then, not when somebody noticed.
       SET ended_at = least(app.clock(), OLD.protected_until),
           "end" = CASE WHEN OLD.protected_until <= app.clock() THEN 'expired' ELSE ended_as END
     WHERE lead_id = NEW.id AND ended_at IS NULL;
  END IF;
  IF NEW.protected_until IS NOT NULL THEN
    -- A facility that is being renamed right now is waited for, or its old name would stay here.
    PERFORM FROM leads_facility WHERE id = NEW.facility_id FOR SHARE;
    -- One row for one ownership: a window that was stopped or closed goes on where it stood, with
    -- the names of today.
    UPDATE protection_window w
       SET ended_at = NULL, "end" = '', expires_at = NEW.protected_until, facility_name = f.name,
           city = f.city, state = f.state, opportunity = t.code, owner_name = u.name
      FROM leads_facility f, people_opportunitytype t, people_user u
     WHERE f.id = NEW.facility_id AND t.id = NEW.opportunity_type_id AND u.id = NEW.owner_id
       AND w.lead_id = NEW.id AND w.owner_id = NEW.owner_id AND w.started_at = NEW.owned_at
       AND w."end" IN ('stopped', 'closed');
    IF FOUND THEN
      RETURN NULL;
    END IF;
    INSERT INTO protection_window (lead_id, facility_name, city, state, opportunity, owner_id,
        owner_name, started_at, expires_at, "end")
      SELECT NEW.id, f.name, f.city, f.state, t.code, u.id, u.name, NEW.owned_at,
             NEW.protected_until, ''
        FROM leads_facility f, people_opportunitytype t, people_user u
       WHERE f.id = NEW.facility_id AND t.id = NEW.opportunity_type_id AND u.id = NEW.owner_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER copy_window_of_new AFTER INSERT ON leads_lead
  FOR EACH ROW WHEN (NEW.protected_until IS NOT NULL) EXECUTE FUNCTION app.copy_window();
CREATE TRIGGER copy_window AFTER UPDATE ON leads_lead
  FOR EACH ROW WHEN (OLD.protected_until IS DISTINCT FROM NEW.protected_until
                     OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
  EXECUTE FUNCTION app.copy_window();

CREATE FUNCTION app.copy_facility_to_windows() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE protection_window SET facility_name = NEW.name, city = NEW.city, state = NEW.state
   WHERE ended_at IS NULL AND lead_id IN (SELECT id FROM leads_lead WHERE facility_id = NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER copy_facility_to_windows AFTER UPDATE OF name, city, state ON leads_facility
  FOR EACH ROW EXECUTE FUNCTION app.copy_facility_to_windows();

CREATE FUNCTION app.copy_state_to_leads() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE leads_lead l SET scope_id = s.id
    FROM people_workscope s
   WHERE l.facility_id = NEW.id AND s.opportunity_type_id = l.opportunity_type_id
     AND s.state = NEW.state;
  RETURN NULL;
END $$;
CREATE TRIGGER copy_state_to_leads AFTER UPDATE OF state ON leads_facility
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION app.copy_state_to_leads();

CREATE FUNCTION app.copy_owner_to_windows() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE protection_window SET owner_name = NEW.name WHERE ended_at IS NULL AND owner_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER copy_owner_to_windows AFTER UPDATE OF name ON people_user
  FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION app.copy_owner_to_windows();

CREATE FUNCTION app.copy_opportunity_to_windows() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE protection_window SET opportunity = NEW.code
   WHERE ended_at IS NULL
     AND lead_id IN (SELECT id FROM leads_lead WHERE opportunity_type_id = NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER copy_opportunity_to_windows AFTER UPDATE OF code ON people_opportunitytype
  FOR EACH ROW WHEN (NEW.code <> OLD.code) EXECUTE FUNCTION app.copy_opportunity_to_windows();

-- Nobody else may hang these on a table of their own.
REVOKE EXECUTE ON FUNCTION app.copy_owner_team(), app.copy_team_to_leads(), app.copy_window(),
  app.copy_facility_to_windows(), app.copy_state_to_leads(), app.copy_owner_to_windows(),
  app.copy_opportunity_to_windows() FROM PUBLIC;
"""

BACKWARD = """
DROP TRIGGER copy_opportunity_to_windows ON people_opportunitytype;
DROP TRIGGER copy_owner_to_windows ON people_user;
DROP TRIGGER copy_state_to_leads ON leads_facility;
DROP TRIGGER copy_facility_to_windows ON leads_facility;
DROP TRIGGER copy_window ON leads_lead;
DROP TRIGGER copy_window_of_new ON leads_lead;
DROP TRIGGER copy_team_to_leads ON people_user;
DROP TRIGGER copy_owner_team ON leads_lead;
DROP TRIGGER copy_owner_team_of_new ON leads_lead;
DROP FUNCTION app.copy_opportunity_to_windows(), app.copy_owner_to_windows(),
  app.copy_state_to_leads(), app.copy_facility_to_windows(), app.copy_window(),
  app.copy_team_to_leads(), app.copy_owner_team();
ALTER TABLE leads_lead RESET (fillfactor, autovacuum_vacuum_scale_factor,
  autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0002_search"),
        ("people", "0002_scopes_and_access"),
        ("protection", "0001_initial"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""What a signed-in person may work: the functions that row security compares with.

All are definer functions, so that the web roles need no right on what they read; each runs once for
a statement. PL/pgSQL, because it keeps their plans for the session.
"""

from django.db import migrations

from people.states import STATES

STATE_LIST = ", ".join(f"'{state}'" for state in STATES)

FORWARD = f"""
-- From here on whoever acts has to work here still: a deactivated user is nobody.
CREATE OR REPLACE FUNCTION app.uid() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT id FROM people_user
           WHERE id = nullif(current_setting('app.user_id', true), '')::bigint AND is_active);
END $$;

CREATE FUNCTION app.role() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT role FROM people_user WHERE id = app.uid());
END $$;

CREATE FUNCTION app.managed_team() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT team_id FROM people_user WHERE id = app.uid() AND role = 'manager');
END $$;

-- The scopes that one user may work: their opportunity types in their states.
CREATE FUNCTION app.scopes_of(person bigint) RETURNS int[] LANGUAGE plpgsql STABLE PARALLEL SAFE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT coalesce(array_agg(s.id), '{{}}')
      FROM people_user u
      JOIN people_user_opportunity_types t ON t.user_id = u.id
      JOIN people_workscope s ON s.opportunity_type_id = t.opportunitytype_id
     WHERE u.id = person AND u.is_active
       AND (u.territories = '{{}}' OR s.state = ANY (u.territories)));
END $$;

-- The scopes whose pool I see: a rep's own; a manager's, those that anyone of the team may work.
-- Every look at a lead asks this, so a rep's way through it is two look-ups by index.
CREATE FUNCTION app.scopes() RETURNS int[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me record;
BEGIN
  SELECT id, role, team_id, territories INTO me FROM people_user
   WHERE id = nullif(current_setting('app.user_id', true), '')::bigint AND is_active;
  IF me.role = 'manager' AND me.team_id IS NOT NULL THEN
    RETURN (
      SELECT coalesce(array_agg(DISTINCT s), '{{}}')
        FROM people_user u CROSS JOIN LATERAL unnest(app.scopes_of(u.id)) s
       WHERE u.team_id = me.team_id AND u.is_active);
  ELSIF me.territories = '{{}}' THEN
    RETURN app.scopes_of(me.id);
  END IF;
  RETURN coalesce(
    (SELECT array_agg(s.id)
       FROM people_user_opportunity_types t
       JOIN people_workscope s
         ON s.opportunity_type_id = t.opportunitytype_id AND s.state = ANY (me.territories)
      WHERE t.user_id = me.id), '{{}}');
END $$;

REVOKE EXECUTE ON FUNCTION app.uid(), app.role(), app.managed_team(), app.scopes_of(bigint),
  app.scopes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.uid(), app.role(), app.managed_team(), app.scopes_of(bigint),
  app.scopes() TO backoffice_rep, backoffice_admin, backoffice_service;

-- A scope for every state of every opportunity type.
CREATE FUNCTION app.add_scopes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO people_workscope (opportunity_type_id, state)
    SELECT NEW.id, unnest(ARRAY[{STATE_LIST}]);
  RETURN NULL;
END $$;
CREATE TRIGGER add_scopes AFTER INSERT ON people_opportunitytype
  FOR EACH ROW EXECUTE FUNCTION app.add_scopes();

INSERT INTO people_opportunitytype (code, name)
  VALUES ('CS', 'Clinical staffing'), ('BMD', 'Biomedical devices');
INSERT INTO people_policy (id, protection_days, expiring_soon_days, no_answer_limit, follow_up_days,
    fresh_hours, long_tail_days, reclaim_cooldown_hours, open_leads_per_rep)
  VALUES (1, 45, 7, 3, 30, 24, 14, 24, 2000);
-- The actor of what happens by itself (backoffice.rls.SYSTEM). Nobody can sign in as it.
INSERT INTO people_user (id, email, name, role, password, is_superuser, is_active, territories,
    time_zone, working_days, work_starts, work_ends, key_shortcuts)
  VALUES (1, 'system@backoffice.invalid', 'The system', 'inside_rep', '!', false, false, '{{}}',
    'UTC', '{{}}', '00:00', '23:59', false);
SELECT setval(pg_get_serial_sequence('people_user', 'id'), 1);
"""

BACKWARD = """
DELETE FROM people_user WHERE id = 1;
DELETE FROM people_policy;
DELETE FROM people_workscope;
DELETE FROM people_opportunitytype;
DROP TRIGGER add_scopes ON people_opportunitytype;
DROP FUNCTION app.add_scopes(), app.scopes(), app.scopes_of(bigint), app.managed_team(), app.role();
CREATE OR REPLACE FUNCTION app.uid() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;
GRANT EXECUTE ON FUNCTION app.uid() TO PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

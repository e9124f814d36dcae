"""Handing a lead over, and making one: what has to look beyond the rows that the actor sees.

A lead that changes hands leaves somebody's sight, which no plain UPDATE under row security may do;
and whether a lead exists already is decided over all of them. So these run with definer rights,
check who asks themselves, lock in the order user, lead, and answer with one word that Python
explains (leads/actions.py).
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION app.granted_leads() RETURNS bigint[] LANGUAGE plpgsql STABLE PARALLEL SAFE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(array_agg(content_object_id), '{}') FROM leads_leadgrant
           WHERE user_id = app.uid());
END $$;

-- How many more open leads a rep may own. Locks the rep, so that two claims count one by one.
CREATE FUNCTION app.room_for_leads(rep bigint) RETURNS int LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM people_user WHERE id = rep FOR NO KEY UPDATE;
  RETURN (SELECT open_leads_per_rep FROM people_policy)
    - (SELECT count(*) FROM leads_lead
        WHERE owner_id = rep AND status = 'open' AND protected_until > app.clock());
END $$;

-- Is `until` no later than policy lets a window last? (An hour more for clock changes.)
CREATE FUNCTION app.is_a_window(until timestamptz) RETURNS boolean LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT until > app.clock() AND until <= app.clock() + interval '2 hours'
         + make_interval(days => protection_days) FROM people_policy $$;

-- Which of these leads the caller had a short while ago, and when they may claim them again.
CREATE FUNCTION app.cooling_down(p_leads bigint[], OUT lead_id bigint, OUT until timestamptz)
  RETURNS SETOF record LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT had.lead_id, max(had.until)
    FROM (SELECT w.lead_id, coalesce(w.ended_at, w.expires_at) AS ended_at,
                 coalesce(w.ended_at, w.expires_at)
                   + make_interval(hours => p.reclaim_cooldown_hours) AS until
            FROM protection_window w, people_policy p
           WHERE w.lead_id = ANY (p_leads) AND w.owner_id = app.uid()
             AND (w."end" IN ('expired', 'released') OR w.ended_at IS NULL)) AS had
   WHERE had.ended_at <= app.clock() AND had.until > app.clock()
   GROUP BY had.lead_id $$;

-- Who has a lead, as the public protection list says, also of leads that one may not see.
CREATE FUNCTION app.taken_by(p_lead bigint) RETURNS text LANGUAGE plpgsql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT owner_name FROM protection_window
           WHERE lead_id = p_lead AND ended_at IS NULL AND expires_at > app.clock()
             AND app.uid() IS NOT NULL);
END $$;

-- 'claimed', or why not: 'unavailable' (and by whom it is taken), 'cooling_down', 'full'.
CREATE FUNCTION app.claim(p_lead bigint, p_until timestamptz,
    OUT result text, OUT taken_by text, OUT expired_owner_id bigint, OUT expired_owner_name text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me bigint := app.uid();
  room int;
  old leads_lead;
BEGIN
  room := app.room_for_leads(me);
  SELECT * INTO old FROM leads_lead WHERE id = p_lead FOR UPDATE;
  IF old.id IS NULL OR old.status <> 'open'
     OR (old.owner_id IS NOT NULL AND old.protected_until > app.clock())
     OR app.role() IS DISTINCT FROM 'inside_rep' OR NOT old.scope_id = ANY (app.scopes_of(me))
     OR NOT app.is_a_window(p_until) THEN
    RAISE EXCEPTION USING ERRCODE = 'no_data_found';
  ELSIF EXISTS (SELECT FROM app.cooling_down(ARRAY[p_lead])) THEN
    result := 'cooling_down';
  ELSIF room < 1 THEN
    result := 'full';
  ELSE
    UPDATE leads_lead
       SET owner_id = me, owned_at = app.clock(), protected_until = p_until, pool_since = NULL,
           hot_at = NULL, follow_up_on = NULL, callback_at = NULL, queued_at = NULL,
           version = version + 1
     WHERE id = p_lead;
    result := 'claimed';
    expired_owner_id := old.owner_id;
    expired_owner_name := (SELECT name FROM people_user WHERE id = old.owner_id);
  END IF;
EXCEPTION WHEN no_data_found THEN
  -- Whoever lost keeps no lock until the answer is written: others wait for it.
  result := 'unavailable';
  taken_by := app.taken_by(p_lead);
END $$;

-- Whether the caller may take a lead from its owner: the owner, their manager, and above.
CREATE FUNCTION app.may_hand_over(lead leads_lead) RETURNS boolean LANGUAGE plpgsql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN coalesce(app.role() IN ('senior_manager', 'sales_admin')
    OR (lead.protected_until > app.clock()
        AND (lead.owner_id = app.uid() OR lead.owner_team_id = app.managed_team())), false);
END $$;

-- 'released' or 'unavailable'.
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

-- 'reassigned', 'unavailable', 'full', or 'out_of_scope' when the target may not work the lead.
-- An owner hands over the time that is left; from a manager or above a new window opens. Only the
-- very version that the caller saw is handed over, so that what they write down about it is true.
CREATE FUNCTION app.reassign(p_lead bigint, p_version int, p_to bigint, p_until timestamptz)
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  room int := app.room_for_leads(p_to);
  old leads_lead;
  has_expired boolean;
BEGIN
  SELECT * INTO old FROM leads_lead WHERE id = p_lead FOR UPDATE;
  has_expired := coalesce(old.protected_until <= app.clock(), false);
  IF old.id IS NULL OR old.version <> p_version OR old.status <> 'open'
     OR (old.owner_id = p_to AND NOT has_expired)
     OR NOT app.may_hand_over(old) OR NOT app.is_a_window(p_until) THEN
    RETURN 'unavailable';
  ELSIF NOT old.scope_id = ANY (app.scopes_of(p_to)) OR NOT EXISTS (
      SELECT FROM people_user WHERE id = p_to AND role = 'inside_rep' AND is_active) THEN
    RETURN 'out_of_scope';
  ELSIF room < 1 THEN
    RETURN 'full';
  END IF;
  UPDATE leads_lead
     SET owner_id = p_to, owned_at = app.clock(), pool_since = NULL,
         protected_until = CASE WHEN old.owner_id = app.uid() AND NOT has_expired
                                THEN old.protected_until ELSE p_until END,
         -- What an owner had planned ended with their window.
         hot_at = CASE WHEN NOT has_expired THEN hot_at END,
         follow_up_on = CASE WHEN NOT has_expired THEN follow_up_on END,
         callback_at = NULL, queued_at = NULL, version = version + 1
   WHERE id = p_lead;
  RETURN 'reassigned';
END $$;

-- A lead for a facility that is new or known; `created` is false where there was a live one.
CREATE FUNCTION app.add_lead(p_name text, p_address text, p_city text, p_state text,
    p_postcode text, p_phone text, p_time_zone text, p_opportunity bigint, p_source text,
    p_contact jsonb, OUT lead_id bigint, OUT created boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  facility bigint;
  scope int;
BEGIN
  INSERT INTO leads_facility (source, external_id, name, address, city, state, postcode, phone,
      time_zone, version)
    SELECT p_source, '', p_name, p_address, p_city, p_state, p_postcode, p_phone, p_time_zone, 1
     WHERE NOT EXISTS (SELECT FROM leads_facility
                        WHERE identity_key = app.facility_key(p_name, p_address, p_postcode))
    ON CONFLICT DO NOTHING;
  SELECT id INTO facility FROM leads_facility
   WHERE identity_key = app.facility_key(p_name, p_address, p_postcode) ORDER BY id LIMIT 1;
  SELECT s.id INTO scope FROM people_workscope s JOIN leads_facility f USING (state)
   WHERE f.id = facility AND s.opportunity_type_id = p_opportunity;
  IF NOT coalesce(scope = ANY (app.scopes()) OR app.role() IN ('senior_manager', 'sales_admin'),
                  false) THEN
    RAISE insufficient_privilege USING MESSAGE = 'not a scope of yours';
  END IF;
  INSERT INTO leads_lead (facility_id, opportunity_type_id, scope_id, source, stage, status,
      pool_since, last_outcome, no_answer_count, unreached, version)
    VALUES (facility, p_opportunity, scope, p_source, 'new', 'open', app.clock(), '', 0, false, 1)
    ON CONFLICT DO NOTHING RETURNING id INTO lead_id;
  created := lead_id IS NOT NULL;
  IF created AND p_contact IS NOT NULL THEN
    INSERT INTO leads_contact (facility_id, name, title, phone, email, is_decision_maker, version)
      SELECT facility, p_contact->>'name', coalesce(p_contact->>'title', ''),
             coalesce(p_contact->>'phone', ''), coalesce(p_contact->>'email', ''),
             NOT EXISTS (SELECT FROM leads_contact
                          WHERE facility_id = facility AND is_decision_maker), 1;
  ELSIF NOT created THEN
    SELECT id INTO lead_id FROM leads_lead WHERE facility_id = facility
       AND opportunity_type_id = p_opportunity AND status NOT IN ('won', 'lost');
  END IF;
END $$;

REVOKE EXECUTE ON FUNCTION app.granted_leads(), app.room_for_leads(bigint),
  app.is_a_window(timestamptz), app.cooling_down(bigint[]), app.taken_by(bigint),
  app.claim(bigint, timestamptz), app.may_hand_over(leads_lead),
  app.release(bigint), app.reassign(bigint, int, bigint, timestamptz),
  app.add_lead(text, text, text, text, text, text, text, bigint, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.granted_leads(), app.cooling_down(bigint[]),
  app.claim(bigint, timestamptz), app.taken_by(bigint),
  app.release(bigint), app.reassign(bigint, int, bigint, timestamptz),
  app.add_lead(text, text, text, text, text, text, text, bigint, text, jsonb)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = """
DROP FUNCTION app.add_lead(text, text, text, text, text, text, text, bigint, text, jsonb),
  app.reassign(bigint, int, bigint, timestamptz), app.release(bigint),
  app.may_hand_over(leads_lead),
  app.claim(bigint, timestamptz), app.taken_by(bigint), app.cooling_down(bigint[]),
  app.is_a_window(timestamptz), app.room_for_leads(bigint),
  app.granted_leads();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_derived_copies")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

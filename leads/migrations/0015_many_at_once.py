"""Handing many leads over at once, by the very function that hands over one.

app.reassign takes a list now, and can be asked for its judgement alone: what it would refuse is
skipped, and what it would not is written down while it is still in the actor's sight. Giving back
what has expired is a function, too, because whoever works on many leads does it before the sweep.
"""

from django.db import migrations

FORWARD = """
-- Locks who receives leads (nobody: NULL), then those of the leads that the caller sees, by id.
CREATE FUNCTION app.lock_many(p_leads bigint[], p_to bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM people_user
    WHERE id = p_to AND role = 'inside_rep' AND app.uid() IS NOT NULL FOR NO KEY UPDATE;
  PERFORM FROM leads_lead l
    WHERE id = ANY (p_leads)
      AND (app.may_hand_over(l) OR owner_id = app.uid()
           OR (status = 'open' AND scope_id = ANY ((SELECT app.scopes())::int[])
               AND (owner_id IS NULL OR protected_until <= app.clock())))
    ORDER BY id FOR UPDATE;
END $$;

-- Writes down that windows have ended: no rule, only what is already so, whoever asks. Returns how
-- many had. Leads that somebody else is at are left to them.
CREATE FUNCTION app.give_back(p_leads bigint[]) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  given bigint;
  locked bigint[];
BEGIN
  locked := ARRAY(
    SELECT id FROM leads_lead
     WHERE id = ANY (p_leads) AND status = 'open' AND owner_id IS NOT NULL
       AND protected_until <= app.clock()
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
  IF locked = '{}' THEN
    RETURN 0;
  END IF;
  WITH due AS (
    SELECT id, owner_id, protected_until, callback_at FROM leads_lead WHERE id = ANY (locked)
  ), released AS (
    UPDATE leads_lead l
       SET owner_id = NULL, owned_at = NULL, protected_until = NULL,
           pool_since = due.protected_until, hot_at = NULL, follow_up_on = NULL,
           callback_at = NULL, queued_at = NULL, version = version + 1
      FROM due WHERE l.id = due.id
    RETURNING l.id, l.facility_id, due.owner_id, due.protected_until, due.callback_at
  ), callbacks AS (
    UPDATE callbacks_callback c SET status = 'cancelled', ended_at = app.clock()
      FROM due WHERE c.lead_id = due.id AND c.status = 'open'
  ), tasks AS (
    UPDATE leads_task t SET status = 'cancelled', ended_at = app.clock()
      FROM due WHERE t.lead_id = due.id AND t.status = 'open'
  ), told AS (
    SELECT r.id AS lead_id, u.id AS recipient_id, u.mail_off, u.name AS owner_name,
           'Your protection of ' || f.name || ' has ended; it is back in the pool.'
           || CASE WHEN r.callback_at IS NULL THEN ''
              ELSE ' Your callback there is cancelled.' END AS sentence,
           'expired:' || r.id || ':' || extract(epoch FROM r.protected_until) AS key
      FROM released r JOIN people_user u ON u.id = r.owner_id
      JOIN leads_facility f ON f.id = r.facility_id
  ), bell AS (
    INSERT INTO notifications_notice (recipient_id, kind, sentence, lead_id, key)
      SELECT recipient_id, 'lead_released', sentence, lead_id, key FROM told
    ON CONFLICT DO NOTHING
  ), mail AS (
    INSERT INTO notifications_email
        (recipient_id, kind, sentence, lead_id, key, state, attempts, error)
      SELECT recipient_id, 'lead_released', sentence, lead_id, key, 'pending', 0, '' FROM told
       WHERE NOT 'lead_released' = ANY (mail_off)
    ON CONFLICT DO NOTHING
  )
  INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail)
    SELECT 'expired', s.id, s.name, lead_id,
           'The protection of ' || owner_name || ' ended; the lead went back into the pool.',
           '', '{}'
      FROM told, people_user s WHERE s.id = 1;
  GET DIAGNOSTICS given = ROW_COUNT;
  RETURN given;
END $$;

DROP FUNCTION app.reassign(bigint, int, bigint, timestamptz);
-- For each lead 'reassigned', 'unavailable', 'full', or 'out_of_scope' when the target may not work
-- it; with p_only_judge, what it would be. An owner hands over the time that is left; from a manager
-- or above a new window opens. Only the very version that the caller saw is handed over, so that
-- what they write down about it is true.
CREATE FUNCTION app.reassign(p_leads bigint[], p_versions int[], p_to bigint, p_until timestamptz,
    p_only_judge boolean) RETURNS TABLE (lead bigint, result text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  room int := app.room_for_leads(p_to);
  works int[] := app.scopes_of(p_to);
  is_rep boolean := EXISTS (
    SELECT FROM people_user WHERE id = p_to AND role = 'inside_rep' AND is_active);
  is_window boolean := app.is_a_window(p_until);
  old leads_lead;
  has_expired boolean;
BEGIN
  FOR place IN 1 .. cardinality(p_leads) LOOP
    lead := p_leads[place];
    SELECT * INTO old FROM leads_lead l WHERE l.id = p_leads[place] FOR UPDATE;
    has_expired := coalesce(old.protected_until <= app.clock(), false);
    IF old.id IS NULL OR old.version <> p_versions[place] OR old.status <> 'open'
       OR (old.owner_id = p_to AND NOT has_expired)
       OR NOT app.may_hand_over(old) OR NOT is_window THEN
      result := 'unavailable';
    ELSIF NOT old.scope_id = ANY (works) OR NOT is_rep THEN
      result := 'out_of_scope';
    ELSIF room < 1 THEN
      result := 'full';
    ELSE
      result := 'reassigned';
      room := room - 1;
      IF NOT p_only_judge THEN
        UPDATE leads_lead l
           SET owner_id = p_to, owned_at = app.clock(), pool_since = NULL,
               protected_until = CASE WHEN old.owner_id = app.uid() AND NOT has_expired
                                      THEN old.protected_until ELSE p_until END,
               -- What an owner had planned ended with their window.
               hot_at = CASE WHEN NOT has_expired THEN l.hot_at END,
               follow_up_on = CASE WHEN NOT has_expired THEN l.follow_up_on END,
               callback_at = NULL, queued_at = NULL, version = version + 1
         WHERE l.id = old.id;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION app.lock_many(bigint[], bigint), app.give_back(bigint[]),
  app.reassign(bigint[], int[], bigint, timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lock_many(bigint[], bigint), app.give_back(bigint[]),
  app.reassign(bigint[], int[], bigint, timestamptz, boolean)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

# The function that stands in its place again: 0004_hand_over.
BACKWARD = """
DROP FUNCTION app.reassign(bigint[], int[], bigint, timestamptz, boolean);
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
         hot_at = CASE WHEN NOT has_expired THEN hot_at END,
         follow_up_on = CASE WHEN NOT has_expired THEN follow_up_on END,
         callback_at = NULL, queued_at = NULL, version = version + 1
   WHERE id = p_lead;
  RETURN 'reassigned';
END $$;
REVOKE EXECUTE ON FUNCTION app.reassign(bigint, int, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.reassign(bigint, int, bigint, timestamptz)
  TO backoffice_rep, backoffice_admin, backoffice_service;
DROP FUNCTION app.give_back(bigint[]), app.lock_many(bigint[], bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0014_reopen"), ("notifications", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""What happens when somebody leaves, beyond the rows that a sales admin may change themselves."""

from django.db import migrations

FORWARD = """
-- The next open leads of somebody who has left: to the colleague, as far as they may work them and
-- have room, or else into the pool. Returns how many of what, by the words of Departure.tally, and
-- whether there are more; NULL where there is nothing to do, or somebody is at it. Locks in the
-- order user, lead, callback; a lead that somebody else holds is taken up the next time.
CREATE FUNCTION app.hand_over_next(p_departure uuid, p_until timestamptz, p_day text, p_limit int)
  RETURNS jsonb
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  d staff_departure;
  leaver people_user;
  taker people_user;
  actor people_user;
  room int := 0;
  ids bigint[];
  fitting bigint[];
  given bigint[];
  ended bigint[];
  passed_on bigint[];
BEGIN
  SELECT * INTO d FROM staff_departure WHERE id = p_departure AND state = 'running'
     AND (app.role() = 'sales_admin' OR current_setting('role') = 'backoffice_service')
     FOR UPDATE SKIP LOCKED;
  SELECT * INTO leaver FROM people_user WHERE id = d.person_id AND NOT is_active;
  IF leaver.id IS NULL OR NOT app.is_a_window(p_until) THEN
    RETURN NULL;
  END IF;
  SELECT * INTO actor FROM people_user WHERE id = d.by_id;
  IF d.to_id IS NOT NULL THEN
    room := greatest(app.room_for_leads(d.to_id), 0);
  END IF;
  -- Read once they are locked: they may have become somebody else meanwhile.
  SELECT * INTO taker FROM people_user WHERE id = d.to_id AND is_active AND role = 'inside_rep';
  ids := ARRAY(SELECT id FROM leads_lead
                WHERE owner_id = leaver.id AND status = 'open' AND protected_until > app.clock()
                ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED);
  fitting := ARRAY(SELECT id FROM leads_lead
                    WHERE id = ANY (ids) AND scope_id = ANY (app.scopes_of(taker.id)) ORDER BY id);
  given := fitting[1:room];

  INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
    SELECT 'released', actor.id, actor.name, id, actor.name || ' released the lead.',
           leaver.name || ' has left' || CASE
             WHEN d.to_id IS NULL THEN '.'
             WHEN id = ANY (fitting) THEN ', and ' || taker.name || ' has no room for more leads.'
             ELSE ', and who takes over may not work it.' END, '{}', d.id
      FROM unnest(ids) AS id WHERE NOT id = ANY (given);
  INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
    SELECT said.kind, actor.id, actor.name, lead, said.sentence, said.why, said.detail, d.id
      FROM unnest(given) AS lead, (VALUES
        (1, 'reassigned', actor.name || ' reassigned the lead to ' || taker.name || '.',
         leaver.name || ' has left.', jsonb_build_object('departure', d.id)),
        (2, 'protected', 'Protected for ' || taker.name || ' until ' || p_day || '.', '',
         jsonb_build_object('until', p_until))) AS said (turn, kind, sentence, why, detail)
     ORDER BY lead, turn;

  WITH e AS (
    UPDATE callbacks_callback SET status = 'cancelled', ended_at = app.clock()
     WHERE lead_id = ANY (ids) AND status = 'open' RETURNING id
  ) SELECT coalesce(array_agg(id), '{}') INTO ended FROM e;
  UPDATE leads_task SET status = 'cancelled', ended_at = app.clock()
   WHERE lead_id = ANY (ids) AND NOT lead_id = ANY (given) AND status = 'open';
  UPDATE leads_lead
     SET owner_id = NULL, owned_at = NULL, protected_until = NULL, pool_since = app.clock(),
         hot_at = NULL, follow_up_on = NULL, callback_at = NULL, queued_at = NULL,
         version = version + 1
   WHERE id = ANY (ids) AND NOT id = ANY (given);
  UPDATE leads_lead
     SET owner_id = taker.id, owned_at = app.clock(), protected_until = p_until, queued_at = NULL,
         version = version + 1
   WHERE id = ANY (given);
  -- An appointment keeps its time, where whoever takes over is free then.
  WITH kept AS (
    INSERT INTO callbacks_callback (lead_id, rep_id, booked_by_id, slot, local_date, local_time,
        time_zone, status)
      SELECT lead_id, taker.id, booked_by_id, slot, local_date, local_time, time_zone, 'open'
        FROM callbacks_callback WHERE id = ANY (ended) AND lead_id = ANY (given) ORDER BY slot
      ON CONFLICT DO NOTHING RETURNING lead_id
  ) SELECT coalesce(array_agg(lead_id), '{}') INTO passed_on FROM kept;
  INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
    SELECT CASE WHEN lead_id = ANY (passed_on) THEN 'callback_moved' ELSE 'callback_cancelled' END,
           actor.id, actor.name, lead_id,
           CASE WHEN lead_id = ANY (passed_on)
                THEN actor.name || ' handed the callback over to ' || taker.name || '.'
                ELSE actor.name || ' cancelled the callback.' END,
           CASE WHEN lead_id = ANY (given) AND NOT lead_id = ANY (passed_on)
                THEN taker.name || ' has another one at that time.' ELSE '' END, '{}', d.id
      FROM callbacks_callback WHERE id = ANY (ended) ORDER BY lead_id;

  RETURN jsonb_build_object(
    'given', cardinality(given),
    'pool', cardinality(ids) - cardinality(given),
    'hidden', CASE WHEN d.to_id IS NULL THEN 0 ELSE cardinality(ids) - cardinality(fitting) END,
    'full', cardinality(fitting) - cardinality(given),
    'callbacks', cardinality(passed_on),
    'cancelled', cardinality(ended) - cardinality(passed_on),
    'more', EXISTS (SELECT FROM leads_lead WHERE owner_id = leaver.id AND status = 'open'
                       AND protected_until > app.clock()));
END $$;

-- Ends every session of somebody; for sales admins.
CREATE FUNCTION app.end_sessions(p_person bigint) RETURNS void LANGUAGE sql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM people_session WHERE user_id = p_person AND app.role() = 'sales_admin' $$;

-- What else signs somebody in, and resets their password, is their address of today.
CREATE FUNCTION app.move_email_address(p_person bigint) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF app.role() = 'sales_admin' THEN
    DELETE FROM account_emailconfirmation WHERE email_address_id IN (
      SELECT id FROM account_emailaddress WHERE user_id = p_person);
    DELETE FROM account_emailaddress WHERE user_id = p_person;
  END IF;
END $$;

REVOKE EXECUTE ON FUNCTION app.hand_over_next(uuid, timestamptz, text, int), app.end_sessions(bigint),
  app.move_email_address(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.hand_over_next(uuid, timestamptz, text, int)
  TO backoffice_admin, backoffice_service;
GRANT EXECUTE ON FUNCTION app.end_sessions(bigint), app.move_email_address(bigint)
  TO backoffice_admin, backoffice_service;
"""

BACKWARD = """
DROP FUNCTION app.move_email_address(bigint), app.end_sessions(bigint),
  app.hand_over_next(uuid, timestamptz, text, int);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0001_departure"),
        ("callbacks", "0002_copy_of_start"),
        ("leads", "0013_merged_leads"),
        ("people", "0008_kept_by_sales_admins"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""What becomes of rows, and what Undo restores: noted, settled and restored by the database itself.

A lead that was reassigned, claimed or disqualified may have left its actor's sight, and no policy
lets anybody give it back. So these run with definer rights, for the bulk action's own actor alone,
and restore only what app.note_bulk_rows has read from the lead itself. Nobody else writes here, so
that nothing can be undone but what was done: by this actor, in the transaction that noted it.
"""

from django.db import migrations

FORWARD = """
-- Locks a bulk action of the caller's own, unless somebody is at it (false).
CREATE FUNCTION app.lock_bulk(p_bulk uuid) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM bulk_bulkaction WHERE id = p_bulk AND actor_id = app.uid()
    FOR NO KEY UPDATE SKIP LOCKED;
  RETURN FOUND;
END $$;

-- Remembers how leads are that the caller sees and is about to change by `p_steps` versions. Until
-- the transaction ends nobody else changes them.
CREATE FUNCTION app.note_bulk_rows(p_bulk uuid, p_leads bigint[], p_steps int) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  locked bigint[] := ARRAY(
    SELECT id FROM leads_lead l
     WHERE id = ANY (p_leads) AND status = 'open'
       AND (owner_id = app.uid() OR app.may_hand_over(l)
            OR (scope_id = ANY ((SELECT app.scopes())::int[])
                AND (owner_id IS NULL OR protected_until <= app.clock())))
     ORDER BY id FOR NO KEY UPDATE);
BEGIN
  UPDATE bulk_bulkrow r
     SET version_after = l.version + p_steps, noted_in = pg_current_xact_id()::text::bigint,
         before = jsonb_build_object(
           'status', l.status, 'owner_id', l.owner_id, 'owned_at', l.owned_at,
           'pool_since', l.pool_since, 'protected_until', l.protected_until,
           'last_outcome', l.last_outcome, 'hot_at', l.hot_at, 'follow_up_on', l.follow_up_on,
           'queued_at', l.queued_at)
    FROM leads_lead l
   WHERE r.bulk_id = p_bulk AND r.actor_id = app.uid() AND r.result = 'waiting'
     AND r.lead_id = ANY (locked) AND l.id = r.lead_id
     -- Once: it is no window onto what becomes of a lead.
     AND r.before IS NULL;
END $$;

-- The numbers of a tally, with some more.
CREATE FUNCTION app.add_to_tally(p_tally jsonb, p_more jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_object_agg(key, number), '{}')
    FROM (SELECT key, sum(value::int) AS number
            FROM (SELECT * FROM jsonb_each_text(p_tally)
                  UNION ALL SELECT * FROM jsonb_each_text(p_more)) AS numbers
           GROUP BY key HAVING sum(value::int) <> 0) AS added $$;

-- Writes down what became of rows that waited: [{"lead", "word", "effects", "disposition"}], and
-- how many of them were claimed. As done counts only what has changed in this very transaction as
-- it was noted; to what ended with it only what has ended just now.
CREATE FUNCTION app.settle_bulk_rows(p_bulk uuid, p_said jsonb, p_claimed int,
    OUT state text, OUT tally jsonb)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  asked bulk_bulkaction;
  counted jsonb;
BEGIN
  SELECT * INTO asked FROM bulk_bulkaction b
   WHERE b.id = p_bulk AND b.actor_id = app.uid() AND b.state = 'running' FOR NO KEY UPDATE;
  IF asked.id IS NULL THEN
    RAISE insufficient_privilege USING MESSAGE = 'not a bulk action of yours that goes on';
  END IF;
  IF asked.tally = '{}' THEN
    -- What its actor did not see was never kept.
    asked.tally := jsonb_build_object('unseen', asked.chosen - (
      SELECT count(*) FROM bulk_bulkrow r WHERE r.bulk_id = p_bulk));
  END IF;
  WITH said AS (
    SELECT * FROM jsonb_to_recordset(p_said)
        AS s (lead bigint, word text, effects jsonb, disposition bigint)
  ), settled AS (
    UPDATE bulk_bulkrow r
       SET result = CASE s.word WHEN 'done' THEN 'done' ELSE 'skipped' END,
           reason = CASE s.word WHEN 'done' THEN '' ELSE s.word END,
           effects = (
             SELECT jsonb_agg(e.entry) FROM jsonb_array_elements(s.effects) AS e (entry)
              WHERE EXISTS (SELECT FROM leads_task t
                             WHERE e.entry->>'what' = 'task' AND t.id = (e.entry->>'id')::bigint
                               AND t.lead_id = r.lead_id AND t.ended_at = app.clock())
                 OR EXISTS (SELECT FROM callbacks_callback c
                             WHERE e.entry->>'what' = 'callback' AND c.id = (e.entry->>'id')::bigint
                               AND c.lead_id = r.lead_id AND c.ended_at = app.clock())),
           disposition_id = (
             SELECT d.id FROM dispositions_disposition d
              WHERE d.id = s.disposition AND d.lead_id = r.lead_id AND d.actor_id = r.actor_id
                AND d.version_after = r.version_after)
      FROM said s
     WHERE r.bulk_id = p_bulk AND r.actor_id = asked.actor_id AND r.lead_id = s.lead
       AND r.result = 'waiting'
       AND (s.word <> 'done' OR (
             r.noted_in = pg_current_xact_id()::text::bigint
             AND r.version_after = (SELECT l.version FROM leads_lead l WHERE l.id = r.lead_id)))
    RETURNING s.word
  )
  SELECT coalesce(jsonb_object_agg(word, number), '{}') INTO counted
    FROM (SELECT word, count(*) AS number FROM settled GROUP BY word) AS each;
  IF (SELECT coalesce(sum(value::int), 0) FROM jsonb_each_text(counted))
     <> jsonb_array_length(p_said) THEN
    RAISE insufficient_privilege USING MESSAGE = 'not what has become of these leads';
  END IF;
  UPDATE bulk_bulkaction b
     SET tally = app.add_to_tally(app.add_to_tally(asked.tally, counted),
                                  jsonb_build_object('claimed', p_claimed)),
         touched_at = app.wall_clock(),
         state = CASE WHEN EXISTS (
                   SELECT FROM bulk_bulkrow r WHERE r.bulk_id = p_bulk AND r.result = 'waiting')
                 THEN 'running' ELSE 'done' END
   WHERE b.id = p_bulk
  RETURNING b.state, b.tally INTO settle_bulk_rows.state, settle_bulk_rows.tally;
END $$;

-- Gives a lead back everything that the deed took, its window and the public list included.
CREATE FUNCTION app.restore_lead(p_row bulk_bulkrow, p_lead leads_lead, p_before leads_lead)
  RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF p_lead.owned_at IS DISTINCT FROM p_before.owned_at THEN
    UPDATE protection_window SET ended_at = app.clock(), "end" = 'undone'
     WHERE lead_id = p_lead.id AND ended_at IS NULL;
    -- It goes on as the same row: app.copy_window() looks for one that was closed.
    UPDATE protection_window SET "end" = 'closed'
     WHERE lead_id = p_lead.id AND owner_id = p_before.owner_id
       AND started_at = p_before.owned_at AND "end" = 'handed over';
  END IF;
  UPDATE leads_lead
     SET status = p_before.status, owner_id = p_before.owner_id, owned_at = p_before.owned_at,
         pool_since = p_before.pool_since, protected_until = p_before.protected_until,
         last_outcome = p_before.last_outcome, hot_at = p_before.hot_at,
         follow_up_on = p_before.follow_up_on, queued_at = p_before.queued_at,
         version = version + 1
   WHERE id = p_lead.id;
  UPDATE leads_task t SET status = 'open', ended_at = NULL
    FROM jsonb_to_recordset(p_row.effects) AS e (what text, id bigint)
   WHERE e.what = 'task' AND t.id = e.id AND t.lead_id = p_lead.id;
  UPDATE callbacks_callback c SET status = 'open', ended_at = NULL
    FROM jsonb_to_recordset(p_row.effects) AS e (what text, id bigint)
   WHERE e.what = 'callback' AND c.id = e.id AND c.lead_id = p_lead.id;
END $$;

-- Undoes one row, or (false) leaves it as it is.
CREATE FUNCTION app.undo_bulk_row(p_row bulk_bulkrow) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  found_lead leads_lead;
  old leads_lead;
BEGIN
  SELECT * INTO found_lead FROM leads_lead WHERE id = p_row.lead_id FOR UPDATE;
  old := jsonb_populate_record(found_lead, p_row.before);
  IF found_lead.version <> p_row.version_after
     OR old.protected_until <= app.clock()
     -- The appointment of whoever has the lead now.
     OR (found_lead.owner_id IS DISTINCT FROM old.owner_id AND found_lead.callback_at IS NOT NULL)
     -- Who has left gets nothing back.
     OR (old.owner_id IS NOT NULL
         AND NOT EXISTS (SELECT FROM people_user WHERE id = old.owner_id AND is_active))
  THEN
    RETURN false;
  END IF;
  IF p_row.disposition_id IS NOT NULL THEN
    UPDATE dispositions_disposition SET state = 'undone'
     WHERE id = p_row.disposition_id AND lead_id = p_row.lead_id AND actor_id = app.uid()
       AND state IN ('applied', 'final');
    IF NOT FOUND THEN
      RETURN false;
    END IF;
  END IF;
  PERFORM app.restore_lead(p_row, found_lead, old);
  RETURN true;
END $$;

-- The same where something may have taken the time of a callback: then nothing of it is done.
CREATE FUNCTION app.try_undo_bulk_row(p_row bulk_bulkrow) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN app.undo_bulk_row(p_row);
EXCEPTION WHEN exclusion_violation OR unique_violation THEN
  RETURN false;
END $$;

-- Undoes up to p_limit rows of a bulk action that its actor, the caller, is undoing.
CREATE FUNCTION app.undo_bulk_rows(p_bulk uuid, p_limit int, p_sentence text,
    OUT state text, OUT tally jsonb)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me people_user;
  asked bulk_bulkrow;
  is_undone boolean;
  undone int := 0;
  kept int := 0;
BEGIN
  SELECT u.* INTO me FROM people_user u JOIN bulk_bulkaction b ON b.actor_id = u.id
   WHERE b.id = p_bulk AND u.id = app.uid() AND b.state = 'undoing' FOR NO KEY UPDATE OF b;
  IF me.id IS NULL THEN
    RAISE insufficient_privilege USING MESSAGE = 'not a bulk action that you are undoing';
  END IF;
  FOR asked IN
    SELECT * FROM (SELECT * FROM bulk_bulkrow WHERE bulk_id = p_bulk AND result = 'done'
                    ORDER BY place LIMIT p_limit) AS next
     ORDER BY lead_id
  LOOP
    -- A savepoint for each row would cost everybody who reads meanwhile.
    is_undone := CASE WHEN asked.effects IS NULL THEN app.undo_bulk_row(asked)
                      ELSE app.try_undo_bulk_row(asked) END;
    UPDATE bulk_bulkrow SET result = CASE WHEN is_undone THEN 'undone' ELSE 'kept' END
     WHERE id = asked.id;
    IF is_undone THEN
      undone := undone + 1;
      INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
        VALUES ('undone', me.id, me.name, asked.lead_id, p_sentence, '',
                CASE WHEN asked.disposition_id IS NULL THEN '{}'
                     ELSE jsonb_build_object('disposition', asked.disposition_id) END, p_bulk);
    ELSE
      kept := kept + 1;
    END IF;
  END LOOP;
  UPDATE bulk_bulkaction b
     SET tally = app.add_to_tally(b.tally, jsonb_build_object(
           'done', -undone - kept, 'undone', undone, 'kept', kept)),
         touched_at = app.wall_clock(),
         state = CASE WHEN EXISTS (
                   SELECT FROM bulk_bulkrow r WHERE r.bulk_id = p_bulk AND r.result = 'done')
                 THEN 'undoing' ELSE 'undone' END
   WHERE b.id = p_bulk
  RETURNING b.state, b.tally INTO undo_bulk_rows.state, undo_bulk_rows.tally;
END $$;

-- Begins to undo a bulk action of the caller's, in the seconds after its last row, and takes back
-- what it was about to tell people. False where it is too late or not theirs.
CREATE FUNCTION app.begin_undo_of_bulk(p_bulk uuid) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  keys text[];
BEGIN
  UPDATE bulk_bulkaction SET state = 'undoing'
   WHERE id = p_bulk AND actor_id = app.uid() AND state = 'done'
     AND touched_at >= app.wall_clock() - interval '6 seconds';  -- UNDO_ACCEPTED
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  keys := ARRAY(
    SELECT 'bulk:' || p_bulk || ':' || told.id
      FROM bulk_bulkaction b CROSS JOIN LATERAL (
        SELECT b.target_id AS id UNION SELECT b.actor_id
        UNION SELECT (r.before->>'owner_id')::bigint FROM bulk_bulkrow r WHERE r.bulk_id = b.id
      ) AS told
     WHERE b.id = p_bulk);
  DELETE FROM notifications_notice WHERE key = ANY (keys) AND due_at > app.wall_clock();
  DELETE FROM notifications_email WHERE key = ANY (keys) AND state = 'pending';
  RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION app.lock_bulk(uuid), app.note_bulk_rows(uuid, bigint[], int),
  app.add_to_tally(jsonb, jsonb), app.settle_bulk_rows(uuid, jsonb, int),
  app.restore_lead(bulk_bulkrow, leads_lead, leads_lead), app.undo_bulk_row(bulk_bulkrow),
  app.try_undo_bulk_row(bulk_bulkrow), app.undo_bulk_rows(uuid, int, text),
  app.begin_undo_of_bulk(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lock_bulk(uuid), app.note_bulk_rows(uuid, bigint[], int),
  app.settle_bulk_rows(uuid, jsonb, int), app.undo_bulk_rows(uuid, int, text),
  app.begin_undo_of_bulk(uuid)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = """
DROP FUNCTION app.begin_undo_of_bulk(uuid), app.undo_bulk_rows(uuid, int, text),
  app.try_undo_bulk_row(bulk_bulkrow), app.undo_bulk_row(bulk_bulkrow),
  app.restore_lead(bulk_bulkrow, leads_lead, leads_lead),
  app.settle_bulk_rows(uuid, jsonb, int), app.add_to_tally(jsonb, jsonb),
  app.note_bulk_rows(uuid, bigint[], int), app.lock_bulk(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bulk", "0001_initial"),
        ("leads", "0015_many_at_once"),
        ("dispositions", "0002_leads_of_the_pool"),
        ("notifications", "0003_bounces"),
        ("callbacks", "0002_copy_of_start"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

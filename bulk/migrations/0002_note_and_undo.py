"""What Undo restores, noted and restored by the database itself.

A lead that was reassigned, claimed or disqualified may have left its actor's sight, and no policy
lets anybody give it back. So these run with definer rights, for the bulk action's own actor alone,
and restore only what app.note_bulk_rows has read from the lead itself.
"""

from django.db import migrations

FORWARD = """
-- Remembers how leads are that somebody is about to change by `p_steps` versions.
CREATE FUNCTION app.note_bulk_rows(p_bulk uuid, p_leads bigint[], p_steps int) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE bulk_bulkrow r
     SET version_after = l.version + p_steps,
         before = jsonb_build_object(
           'status', l.status, 'owner_id', l.owner_id, 'owned_at', l.owned_at,
           'pool_since', l.pool_since, 'protected_until', l.protected_until,
           'last_outcome', l.last_outcome, 'hot_at', l.hot_at, 'follow_up_on', l.follow_up_on,
           'queued_at', l.queued_at)
    FROM leads_lead l
   WHERE r.bulk_id = p_bulk AND r.actor_id = app.uid() AND r.result = 'waiting'
     AND r.lead_id = ANY (p_leads) AND l.id = r.lead_id
     -- Once: it is no window onto what becomes of a lead.
     AND r.before IS NULL;
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
    OUT undone int, OUT kept int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me people_user;
  asked bulk_bulkrow;
  is_undone boolean;
BEGIN
  undone := 0;
  kept := 0;
  SELECT u.* INTO me FROM people_user u JOIN bulk_bulkaction b ON b.actor_id = u.id
   WHERE b.id = p_bulk AND u.id = app.uid() AND b.state = 'undoing' FOR NO KEY UPDATE OF b;
  IF me.id IS NULL THEN
    RETURN;
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
END $$;

-- Takes back what a bulk action of the caller's was about to tell people.
CREATE FUNCTION app.untell_bulk(p_bulk uuid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  keys text[];
BEGIN
  keys := ARRAY(
    SELECT 'bulk:' || p_bulk || ':' || told.id
      FROM bulk_bulkaction b CROSS JOIN LATERAL (
        SELECT b.target_id AS id UNION SELECT b.actor_id
        UNION SELECT (r.before->>'owner_id')::bigint FROM bulk_bulkrow r WHERE r.bulk_id = b.id
      ) AS told
     WHERE b.id = p_bulk AND b.actor_id = app.uid());
  DELETE FROM notifications_notice WHERE key = ANY (keys) AND due_at > app.wall_clock();
  DELETE FROM notifications_email WHERE key = ANY (keys) AND state = 'pending';
END $$;

REVOKE EXECUTE ON FUNCTION app.note_bulk_rows(uuid, bigint[], int),
  app.restore_lead(bulk_bulkrow, leads_lead, leads_lead), app.undo_bulk_row(bulk_bulkrow),
  app.try_undo_bulk_row(bulk_bulkrow), app.undo_bulk_rows(uuid, int, text),
  app.untell_bulk(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.note_bulk_rows(uuid, bigint[], int),
  app.undo_bulk_rows(uuid, int, text), app.untell_bulk(uuid)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = """
DROP FUNCTION app.untell_bulk(uuid), app.undo_bulk_rows(uuid, int, text),
  app.try_undo_bulk_row(bulk_bulkrow), app.undo_bulk_row(bulk_bulkrow),
  app.restore_lead(bulk_bulkrow, leads_lead, leads_lead),
  app.note_bulk_rows(uuid, bigint[], int);
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

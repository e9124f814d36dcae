"""Disqualifying leads that nobody owns: no policy lets anybody change those, or write about them."""

from django.db import migrations

FORWARD = """
-- `p_rows` are of the pool, as [{"lead", "version", "before", "sentence"}]. For managers and above,
-- of the pool that they see; whatever is none of that is left out of the answer.
CREATE FUNCTION app.disqualify_waiting(p_rows jsonb, p_bulk uuid)
  RETURNS TABLE (lead_id bigint, disposition_id bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  everywhere boolean := coalesce(app.role() IN ('senior_manager', 'sales_admin'), false);
BEGIN
  IF NOT everywhere AND app.role() IS DISTINCT FROM 'manager' THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH asked AS (
    SELECT * FROM jsonb_to_recordset(p_rows)
        AS r (lead bigint, version int, before jsonb, sentence text)
  ), ended AS (
    UPDATE leads_lead l
       SET status = 'disqualified', pool_since = NULL, last_outcome = 'not_interested',
           version = l.version + 1
      FROM asked a
     WHERE l.id = a.lead AND l.version = a.version AND l.status = 'open' AND l.owner_id IS NULL
       AND (everywhere OR l.scope_id = ANY ((SELECT app.scopes())::int[]))
    RETURNING l.id, l.version, a.before, a.sentence
  ), made AS (
    INSERT INTO dispositions_disposition (lead_id, actor_id, outcome, reason, detail, note, state,
        lead_before, effects, version_after)
      SELECT e.id, app.uid(), 'not_interested', '', '', '', 'applied', e.before, '[]', e.version
        FROM ended e
    RETURNING id, dispositions_disposition.lead_id AS lead
  ), told AS (
    INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail, bulk_id)
      SELECT 'dispositioned', u.id, u.name, m.lead, e.sentence, '',
             jsonb_build_object('disposition', m.id), p_bulk
        FROM made m JOIN ended e ON e.id = m.lead, people_user u
       WHERE u.id = app.uid()
  )
  SELECT m.lead, m.id FROM made m;
END $$;
REVOKE EXECUTE ON FUNCTION app.disqualify_waiting(jsonb, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.disqualify_waiting(jsonb, uuid)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = "DROP FUNCTION app.disqualify_waiting(jsonb, uuid);"


class Migration(migrations.Migration):
    dependencies = [("dispositions", "0001_initial"), ("history", "0003_notes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

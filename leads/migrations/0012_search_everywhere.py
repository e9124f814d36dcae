"""Searching all that one sees, by place too; near spellings of it."""

from django.db import migrations

# What a facility is found by (0002_search), with the place that it is at.
REFRESH = """
CREATE OR REPLACE FUNCTION app.refresh_search(facilities bigint[]) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO leads_facilitysearch (facility_id, doc)
    SELECT f.id, lower(concat_ws(' ', f.name, {place}nullif(ltrim(f.phone, '+'), ''), c.said))
      FROM leads_facility f LEFT JOIN LATERAL (
        SELECT string_agg(concat_ws(' ', name, nullif(ltrim(phone, '+'), '')), ' ' ORDER BY id) AS said
          FROM leads_contact WHERE facility_id = f.id) c ON true
     WHERE f.id = ANY (facilities)
    ON CONFLICT (facility_id) DO UPDATE SET doc = excluded.doc
      WHERE leads_facilitysearch.doc <> excluded.doc;
  INSERT INTO leads_searchword (word)
    SELECT DISTINCT word FROM leads_facilitysearch,
           regexp_split_to_table(doc, '[^[:alpha:]]+') AS word
     WHERE facility_id = ANY (facilities) AND length(word) BETWEEN 3 AND 40
     ORDER BY word
    ON CONFLICT DO NOTHING;
END $$;
SELECT app.refresh_search(array_agg(id)) FROM leads_facility;
"""

NEAR = """
CREATE OR REPLACE FUNCTION app.near_spellings(term text, p_owner bigint, scopes int[])
  RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  near text;
  offered int := 0;
BEGIN
  FOR near IN
    SELECT w.word FROM leads_searchword w WHERE w.word % term AND w.word <> term
     ORDER BY similarity(w.word, term) DESC, w.word LIMIT 20
  LOOP
    IF (p_owner IS NOT NULL AND EXISTS (SELECT FROM app.search_owned(near, p_owner)))
       OR (p_owner IS NULL AND scopes IS NOT NULL AND EXISTS (
             SELECT FROM app.search_pool(near, scopes, NULL,
             '-infinity', 'infinity', 'infinity', 0, 1))){everywhere} THEN
      RETURN NEXT near;
      offered := offered + 1;
      EXIT WHEN offered = 3;
    END IF;
  END LOOP;
END $$;
"""

FORWARD = rf"""
{REFRESH.format(place="nullif(f.city, ''), f.state, ")}
-- Leads that the caller sees beside those in the pool and contain the term: a rep's own, in any
-- state, and those granted; a manager's team's; all of them for who sees everything.
--
-- Among many, a common term is found among the newest; one that isn't is rare, and found by its
-- trigrams.
CREATE FUNCTION app.search_seen(term text, page int) RETURNS SETOF bigint LANGUAGE plpgsql
  STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me bigint := app.uid();
  team bigint := app.managed_team();
  everything boolean := coalesce(app.role() IN ('senior_manager', 'sales_admin'), false);
  pattern text := app.containing(term);
  hits bigint[];
BEGIN
  -- A fence: for the sake of the limit, PostgreSQL would walk through everybody's leads.
  RETURN QUERY
    WITH mine AS MATERIALIZED (
      SELECT l.id, l.facility_id FROM leads_lead l
       WHERE l.owner_id = me AND (l.status <> 'open' OR l.protected_until > app.clock())
      UNION
      SELECT l.id, l.facility_id FROM leads_lead l WHERE l.id = ANY (app.granted_leads())
    )
    SELECT m.id FROM mine m
     WHERE (SELECT s.doc FROM leads_facilitysearch s WHERE s.facility_id = m.facility_id)
           LIKE pattern
     ORDER BY m.id DESC LIMIT page;
  IF everything THEN
    hits := ARRAY(
      SELECT w.id FROM (SELECT l.id, l.facility_id FROM leads_lead l
                         ORDER BY l.created_at DESC, l.id DESC LIMIT 5000) AS w
       WHERE (SELECT s.doc FROM leads_facilitysearch s WHERE s.facility_id = w.facility_id)
             LIKE pattern LIMIT page);
  ELSIF team IS NOT NULL THEN
    hits := ARRAY(
      SELECT w.id FROM (SELECT l.id, l.facility_id FROM leads_lead l
                         WHERE l.owner_team_id = team
                           AND (l.status <> 'open' OR l.protected_until > app.clock())
                         ORDER BY l.created_at DESC, l.id DESC LIMIT 5000) AS w
       WHERE (SELECT s.doc FROM leads_facilitysearch s WHERE s.facility_id = w.facility_id)
             LIKE pattern LIMIT page);
  ELSE
    RETURN;
  END IF;
  IF cardinality(hits) < page THEN
    hits := ARRAY(
      WITH named AS MATERIALIZED (
        SELECT facility_id FROM leads_facilitysearch WHERE doc LIKE pattern
      )
      SELECT l.id FROM named n CROSS JOIN LATERAL (
               SELECT * FROM leads_lead WHERE facility_id = n.facility_id OFFSET 0) AS l
       WHERE everything OR (l.owner_team_id = team
                            AND (l.status <> 'open' OR l.protected_until > app.clock()))
       ORDER BY l.created_at DESC, l.id DESC LIMIT page);
  END IF;
  RETURN QUERY SELECT unnest(hits);
END $$;

-- Up to `page` leads of all that the caller sees.
CREATE FUNCTION app.search_everywhere(term text, page int) RETURNS SETOF bigint LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT found FROM (
    SELECT found, 1 AS turn FROM app.search_seen(term, page) AS found
    UNION ALL
    SELECT p.id, 2 FROM app.search_pool(term, app.scopes(), NULL, '-infinity', 'infinity',
                                        'infinity', 0, page) AS p) AS both_of_them
   GROUP BY found ORDER BY min(turn), found DESC LIMIT page $$;

{
    NEAR.format(
        everywhere='''
       OR (p_owner IS NULL AND scopes IS NULL
           AND EXISTS (SELECT FROM app.search_everywhere(near, 1)))'''
    )
}
REVOKE EXECUTE ON FUNCTION app.search_seen(text, int), app.search_everywhere(text, int)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_everywhere(text, int)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = rf"""
{NEAR.format(everywhere="")}
DROP FUNCTION app.search_everywhere(text, int), app.search_seen(text, int);
{REFRESH.format(place="")}
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0011_numbers_of_the_dashboard")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

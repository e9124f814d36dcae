"""Searching with definer rights: LIKE can't use an index under row security (data.md section 7).

The pool's pages come from here as well: planned under the policies they took longer than all the
rest of the page. Each function repeats the rule of who sees the rows that it looks at, and its caller joins the ids
to leads_lead, so that row security is applied a second time. Terms come from leads/search.py: lower
case, three characters at least.

How common a term is decides what is fast, and PostgreSQL guesses it badly. So the order of the steps
is fixed here: a text is looked up for each lead in a sub-select, which leaves nothing to choose.
"""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION app.containing(term text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '%' || replace(replace(replace(term, '\', '\\'), '%', '\%'), '_', '\_') || '%' $$;

-- Open leads of one owner whose facility, contacts or phones contain the term.
CREATE FUNCTION app.search_owned(term text, p_owner bigint) RETURNS SETOF bigint LANGUAGE plpgsql
  STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Whatever is unknown about the caller counts as a no.
  IF NOT coalesce(p_owner = app.uid() OR app.role() IN ('senior_manager', 'sales_admin')
       OR EXISTS (SELECT FROM people_user
                   WHERE id = p_owner AND team_id = app.managed_team()), false) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT l.id FROM leads_lead l
     WHERE l.owner_id = p_owner AND l.status = 'open' AND l.protected_until > app.clock()
       AND (SELECT s.doc FROM leads_facilitysearch s WHERE s.facility_id = l.facility_id)
           LIKE app.containing(term);
END $$;

-- Those of `scopes` whose pool the caller sees.
CREATE FUNCTION app.visible_scopes(scopes int[]) RETURNS int[] LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(s), '{}') FROM unnest(scopes) s
   WHERE (SELECT app.role()) IN ('senior_manager', 'sales_admin')
      OR s = ANY ((SELECT app.scopes())::int[]) $$;

-- The newest leads of some scopes' pool, older than the cursor, from the covering indexes alone.
CREATE FUNCTION app.waiting(scopes int[], p_source text, later_than timestamptz,
    earlier_than timestamptz, before timestamptz, before_id bigint, page int)
  RETURNS TABLE (id bigint, facility_id bigint, since timestamptz) LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  IF cardinality(scopes) <= 20 THEN
    RETURN QUERY
      SELECT p.* FROM unnest(scopes) AS s CROSS JOIN LATERAL (
        SELECT l.id, l.facility_id, l.pool_since FROM leads_lead l
         WHERE l.pool_scope = s AND (p_source IS NULL OR l.source = p_source)
           AND l.pool_since > later_than AND l.pool_since <= earlier_than
           AND (l.pool_since, l.id) < (before, before_id)
         ORDER BY l.pool_since DESC, l.id DESC LIMIT page) AS p;
  ELSE
    RETURN QUERY
      SELECT l.id, l.facility_id, l.pool_since FROM leads_lead l
       WHERE l.pool_scope = ANY (scopes) AND (p_source IS NULL OR l.source = p_source)
         AND l.pool_since > later_than AND l.pool_since <= earlier_than
         AND (l.pool_since, l.id) < (before, before_id)
       ORDER BY l.pool_since DESC, l.id DESC LIMIT page;
  END IF;
  RETURN QUERY
    SELECT l.id, l.facility_id, l.protected_until FROM leads_lead l
     WHERE l.status = 'open' AND l.owner_id IS NOT NULL AND l.protected_until <= app.clock()
       AND l.scope_id = ANY (scopes) AND (p_source IS NULL OR l.source = p_source)
       AND l.protected_until > later_than AND l.protected_until <= earlier_than
       AND (l.protected_until, l.id) < (before, before_id)
     ORDER BY l.protected_until DESC, l.id DESC LIMIT page;
END $$;

-- A page of the pool, newest first, older than the cursor.
CREATE FUNCTION app.newest_pool(scopes int[], p_source text, later_than timestamptz,
    earlier_than timestamptz, before timestamptz, before_id bigint, page int)
  RETURNS TABLE (id bigint, since timestamptz) LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT w.id, w.since
      FROM app.waiting(app.visible_scopes(scopes), p_source, later_than, earlier_than, before,
                       before_id, page) AS w
     ORDER BY w.since DESC, w.id DESC LIMIT page;
END $$;

-- How many leads wait in the pool; counting stops at `up_to`, where nobody would read on.
CREATE FUNCTION app.count_pool(scopes int[], p_source text, later_than timestamptz,
    earlier_than timestamptz, up_to int) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine int[] := app.visible_scopes(scopes);
BEGIN
  RETURN (
    SELECT count(*) FROM (
      (SELECT FROM leads_lead
        WHERE pool_scope = ANY (mine) AND (p_source IS NULL OR source = p_source)
          AND pool_since > later_than AND pool_since <= earlier_than
        LIMIT up_to)
      UNION ALL
      (SELECT FROM leads_lead
        WHERE status = 'open' AND owner_id IS NOT NULL AND protected_until <= app.clock()
          AND scope_id = ANY (mine) AND (p_source IS NULL OR source = p_source)
          AND protected_until > later_than AND protected_until <= earlier_than
        LIMIT up_to)
      LIMIT up_to) AS counted);
END $$;

-- The newest pool leads that contain the term, older than the cursor. A common term is found soon
-- on a walk down the pool; one that less than one in 100 contains, by its trigrams.
CREATE FUNCTION app.search_pool(term text, scopes int[], p_source text, later_than timestamptz,
    earlier_than timestamptz, before timestamptz, before_id bigint, page int)
  RETURNS TABLE (id bigint, since timestamptz) LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  mine int[] := app.visible_scopes(scopes);
  step int := 1000;
  seen int := 0;
  found int := 0;
  more int;
  ids bigint[];
  facilities bigint[];
  instants timestamptz[];
BEGIN
  LOOP
    SELECT array_agg(w.id), array_agg(w.facility_id), array_agg(w.since)
      INTO ids, facilities, instants
      FROM (SELECT * FROM app.waiting(mine, p_source, later_than, earlier_than, before, before_id,
                                      step) AS w
             ORDER BY w.since DESC, w.id DESC LIMIT step) AS w;
    RETURN QUERY
      SELECT w.id, w.since
        FROM unnest(ids, facilities, instants) WITH ORDINALITY AS w (id, facility_id, since, place)
       WHERE (SELECT s.doc FROM leads_facilitysearch s WHERE s.facility_id = w.facility_id)
             LIKE app.containing(term)
       ORDER BY w.place LIMIT page - found;
    GET DIAGNOSTICS more = ROW_COUNT;
    found := found + more;
    seen := seen + step;
    EXIT WHEN found >= page OR ids IS NULL OR cardinality(ids) < step;
    before := instants[step];
    before_id := ids[step];
    IF found < seen / 100 THEN
      RETURN QUERY
        WITH named AS MATERIALIZED (
          SELECT facility_id FROM leads_facilitysearch WHERE doc LIKE app.containing(term)
        ), leads AS (
          SELECT l.id, coalesce(l.pool_since, l.protected_until) AS since
            FROM named n CROSS JOIN LATERAL (
              SELECT * FROM leads_lead WHERE facility_id = n.facility_id OFFSET 0) AS l
           WHERE l.status = 'open' AND l.scope_id = ANY (mine)
             AND (l.owner_id IS NULL OR l.protected_until <= app.clock())
             AND (p_source IS NULL OR l.source = p_source)
        )
        SELECT l.id, l.since FROM leads l
         WHERE l.since > later_than AND l.since <= earlier_than
           AND (l.since, l.id) < (before, before_id)
         ORDER BY l.since DESC, l.id DESC LIMIT page - found;
      EXIT;
    END IF;
    step := step * 2;
  END LOOP;
END $$;

-- Up to three words near the term, each of them in something that the caller would find: among the
-- leads of one owner, or (p_owner NULL) in the pool of the scopes.
CREATE FUNCTION app.near_spellings(term text, p_owner bigint, scopes int[]) RETURNS SETOF text
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
       OR (p_owner IS NULL AND EXISTS (SELECT FROM app.search_pool(near, scopes, NULL,
             '-infinity', 'infinity', 'infinity', 0, 1))) THEN
      RETURN NEXT near;
      offered := offered + 1;
      EXIT WHEN offered = 3;
    END IF;
  END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION app.search_owned(text, bigint), app.visible_scopes(int[]),
  app.waiting(int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.newest_pool(int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.count_pool(int[], text, timestamptz, timestamptz, int),
  app.search_pool(text, int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.near_spellings(text, bigint, int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_owned(text, bigint),
  app.newest_pool(int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.count_pool(int[], text, timestamptz, timestamptz, int),
  app.search_pool(text, int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.near_spellings(text, bigint, int[])
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = """
DROP FUNCTION app.near_spellings(text, bigint, int[]),
  app.count_pool(int[], text, timestamptz, timestamptz, int),
  app.newest_pool(int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.search_pool(text, int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.waiting(int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.visible_scopes(int[]), app.search_owned(text, bigint), app.containing(text);
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_row_security")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

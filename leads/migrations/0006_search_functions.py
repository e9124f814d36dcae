"""Searching with definer rights: LIKE can't use an index under row security (data.md section 7).

Each function repeats the rule of who sees the rows that it looks at, and its caller joins the ids
to leads_lead, so that row security is applied a second time. Terms come from leads/search.py: lower
case, three characters at least. Plans are made for the term at hand: a rare one starts from the
trigrams, a common one walks the pool in order.
"""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION app.containing(term text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '%' || replace(replace(replace(term, '\', '\\'), '%', '\%'), '_', '\_') || '%' $$;

-- Open leads of one owner whose facility, contacts or phones contain the term.
CREATE FUNCTION app.search_owned(term text, p_owner bigint) RETURNS SETOF bigint LANGUAGE plpgsql
  STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
  SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  -- Whatever is unknown about the caller counts as a no.
  IF NOT coalesce(p_owner = app.uid() OR app.role() IN ('senior_manager', 'sales_admin')
       OR EXISTS (SELECT FROM people_user
                   WHERE id = p_owner AND team_id = app.managed_team()), false) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT l.id FROM leads_lead l JOIN leads_facilitysearch s USING (facility_id)
     WHERE l.owner_id = p_owner AND l.status = 'open' AND l.protected_until > app.clock()
       AND s.doc LIKE app.containing(term);
END $$;

-- Those of `scopes` whose pool the caller sees.
CREATE FUNCTION app.visible_scopes(scopes int[]) RETURNS int[] LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(s), '{}') FROM unnest(scopes) s
   WHERE app.role() IN ('senior_manager', 'sales_admin') OR s = ANY (app.scopes()) $$;

-- The newest pool leads that contain the term, older than the cursor.
CREATE FUNCTION app.search_pool(term text, scopes int[], p_source text, later_than timestamptz,
    earlier_than timestamptz, before timestamptz, before_id bigint, page int)
  RETURNS TABLE (id bigint, since timestamptz) LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  mine int[] := app.visible_scopes(scopes);
BEGIN
  RETURN QUERY
    SELECT found.id, found.pool_since FROM (
      (SELECT l.id, l.pool_since FROM leads_lead l JOIN leads_facilitysearch s USING (facility_id)
        WHERE l.pool_scope = ANY (mine) AND s.doc LIKE app.containing(term)
          AND (p_source IS NULL OR l.source = p_source)
          AND l.pool_since > later_than AND l.pool_since <= earlier_than
          AND (l.pool_since, l.id) < (before, before_id)
        ORDER BY l.pool_since DESC, l.id DESC LIMIT page)
      UNION ALL
      (SELECT l.id, l.protected_until FROM leads_lead l
         JOIN leads_facilitysearch s USING (facility_id)
        WHERE l.status = 'open' AND l.owner_id IS NOT NULL AND l.protected_until <= app.clock()
          AND l.scope_id = ANY (mine) AND s.doc LIKE app.containing(term)
          AND (p_source IS NULL OR l.source = p_source)
          AND l.protected_until > later_than AND l.protected_until <= earlier_than
          AND (l.protected_until, l.id) < (before, before_id)
        ORDER BY l.protected_until DESC, l.id DESC LIMIT page)) AS found
     ORDER BY found.pool_since DESC, found.id DESC LIMIT page;
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
  app.search_pool(text, int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.near_spellings(text, bigint, int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_owned(text, bigint),
  app.search_pool(text, int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.near_spellings(text, bigint, int[])
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = """
DROP FUNCTION app.near_spellings(text, bigint, int[]),
  app.search_pool(text, int[], text, timestamptz, timestamptz, timestamptz, bigint, int),
  app.visible_scopes(int[]), app.search_owned(text, bigint), app.containing(text);
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_row_security")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

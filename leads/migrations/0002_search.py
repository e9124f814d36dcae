"""What facilities are found by: derived texts that statement triggers keep."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

# Digits stand in the text as they stand in E.164, so that any part of a number is found.
FORWARD = """
CREATE INDEX leads_facilitysearch_trigrams ON leads_facilitysearch USING gin (doc gin_trgm_ops);
CREATE INDEX leads_searchword_trigrams ON leads_searchword USING gin (word gin_trgm_ops);

-- Statement triggers: an import of a million rows refreshes a million texts in one go.
CREATE FUNCTION app.refresh_search(facilities bigint[]) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO leads_facilitysearch (facility_id, doc)
    SELECT f.id, lower(concat_ws(' ', f.name, nullif(ltrim(f.phone, '+'), ''), c.said))
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

CREATE FUNCTION app.refresh_search_of_facilities() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM app.refresh_search((SELECT array_agg(id) FROM changed));
  RETURN NULL;
END $$;
CREATE FUNCTION app.refresh_search_of_contacts() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM app.refresh_search((SELECT array_agg(DISTINCT facility_id) FROM changed));
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION app.refresh_search(bigint[]), app.refresh_search_of_facilities(),
  app.refresh_search_of_contacts() FROM PUBLIC;

CREATE TRIGGER search_inserted AFTER INSERT ON leads_facility REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.refresh_search_of_facilities();
CREATE TRIGGER search_updated AFTER UPDATE ON leads_facility REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.refresh_search_of_facilities();
CREATE TRIGGER search_inserted AFTER INSERT ON leads_contact REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.refresh_search_of_contacts();
CREATE TRIGGER search_updated AFTER UPDATE ON leads_contact REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.refresh_search_of_contacts();
CREATE TRIGGER search_deleted AFTER DELETE ON leads_contact REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.refresh_search_of_contacts();
"""

BACKWARD = """
DROP TRIGGER search_inserted ON leads_facility;
DROP TRIGGER search_updated ON leads_facility;
DROP TRIGGER search_inserted ON leads_contact;
DROP TRIGGER search_updated ON leads_contact;
DROP TRIGGER search_deleted ON leads_contact;
DROP FUNCTION app.refresh_search_of_contacts(), app.refresh_search_of_facilities(),
  app.refresh_search(bigint[]);
DROP INDEX leads_facilitysearch_trigrams, leads_searchword_trigrams;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [TrigramExtension(), migrations.RunSQL(FORWARD, BACKWARD)]

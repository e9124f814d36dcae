"""Searching clients with definer rights, like leads (leads/migrations/0006_search_functions.py)."""

from django.db import migrations

FORWARD = """
-- The clients that the caller sees whose facility, contacts or phones contain the term. Who calls
-- is asked once, not for every client; and what one has sold oneself is found by index.
CREATE FUNCTION app.search_clients(term text) RETURNS SETOF bigint LANGUAGE plpgsql
  STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me bigint := app.uid();
  team bigint := app.managed_team();
BEGIN
  IF app.role() IN ('senior_manager', 'sales_admin') THEN
    RETURN QUERY
      SELECT c.facility_id FROM clients_client c
       WHERE (SELECT s.doc FROM leads_facilitysearch s WHERE s.facility_id = c.facility_id)
             LIKE app.containing(term);
  ELSE
    RETURN QUERY
      SELECT c.facility_id FROM clients_client c
       WHERE (c.sellers @> ARRAY[me] OR c.seller_teams @> ARRAY[team])
         AND (SELECT s.doc FROM leads_facilitysearch s WHERE s.facility_id = c.facility_id)
             LIKE app.containing(term);
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION app.search_clients(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_clients(text)
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""
BACKWARD = "DROP FUNCTION app.search_clients(text);"


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_sellers"), ("leads", "0006_search_functions")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

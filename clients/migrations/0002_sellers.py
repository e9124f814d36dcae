"""Who won a client's leads, copied onto the client for row security."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION app.copy_sellers() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  client bigint := coalesce(NEW.client_id, OLD.client_id);
BEGIN
  -- Two leads of one client that are won at once are counted one after the other.
  PERFORM FROM clients_client WHERE facility_id = client FOR NO KEY UPDATE;
  UPDATE clients_client c SET (sellers, seller_teams) = (
    SELECT coalesce(array_agg(DISTINCT owner_id), '{}'),
           coalesce(array_agg(DISTINCT owner_team_id) FILTER (WHERE owner_team_id IS NOT NULL), '{}')
      FROM leads_lead WHERE client_id = client)
   WHERE c.facility_id = client;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION app.copy_sellers() FROM PUBLIC;

CREATE TRIGGER copy_sellers_of_new AFTER INSERT ON leads_lead
  FOR EACH ROW WHEN (NEW.client_id IS NOT NULL) EXECUTE FUNCTION app.copy_sellers();
CREATE TRIGGER copy_sellers AFTER UPDATE ON leads_lead
  FOR EACH ROW WHEN (
    OLD.client_id IS DISTINCT FROM NEW.client_id
    OR (NEW.client_id IS NOT NULL AND (OLD.owner_id, OLD.owner_team_id)
        IS DISTINCT FROM (NEW.owner_id, NEW.owner_team_id)))
  EXECUTE FUNCTION app.copy_sellers();
"""

BACKWARD = """
DROP TRIGGER copy_sellers ON leads_lead;
DROP TRIGGER copy_sellers_of_new ON leads_lead;
DROP FUNCTION app.copy_sellers();
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial"), ("leads", "0010_won_leads_have_a_client")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

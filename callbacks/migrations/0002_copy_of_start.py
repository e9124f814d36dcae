"""The lead's copy of its open callback's start, kept by a trigger so that no path forgets it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION app.copy_callback() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  changed bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.lead_id ELSE NEW.lead_id END;
  opens_at timestamptz := (SELECT starts_at FROM callbacks_callback
                            WHERE lead_id = changed AND status = 'open');
BEGIN
  UPDATE leads_lead SET callback_at = opens_at
   WHERE id = changed AND callback_at IS DISTINCT FROM opens_at;
  RETURN NULL;
END $$;
CREATE TRIGGER copy_callback AFTER INSERT OR UPDATE OR DELETE ON callbacks_callback
  FOR EACH ROW EXECUTE FUNCTION app.copy_callback();
REVOKE EXECUTE ON FUNCTION app.copy_callback() FROM PUBLIC;
"""

BACKWARD = """
DROP TRIGGER copy_callback ON callbacks_callback;
DROP FUNCTION app.copy_callback();
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""What a wall time means as an instant; and the lead's copy of its open callback's start."""

from django.db import migrations

FORWARD = """
-- The instant of a wall time: of a time that comes twice the first, of one that is skipped none.
-- PostgreSQL itself means the second pass; the first is the time as the day before counted it.
CREATE FUNCTION app.first_instant(wall timestamp, zone text) RETURNS timestamptz
  LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  later timestamptz := wall AT TIME ZONE zone;
  before timestamptz := later - interval '24 hours';
  earlier timestamptz :=
    (wall AT TIME ZONE 'UTC') - ((before AT TIME ZONE zone) - (before AT TIME ZONE 'UTC'));
BEGIN
  RETURN CASE WHEN earlier AT TIME ZONE zone = wall THEN earlier
              WHEN later AT TIME ZONE zone = wall THEN later END;
END $$;

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
"""

BACKWARD = """
DROP TRIGGER copy_callback ON callbacks_callback;
DROP FUNCTION app.copy_callback(), app.first_instant(timestamp, text);
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

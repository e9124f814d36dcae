"""Days left of a window in SQL, as protection/left.py counts them in Python."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION app.days_left(until timestamptz, zone text) RETURNS int LANGUAGE sql STABLE
  PARALLEL SAFE AS $$
  SELECT CASE WHEN until <= app.clock() THEN 0 ELSE greatest(1, ceil(
    extract(epoch FROM (until AT TIME ZONE zone) - (app.clock() AT TIME ZONE zone)) / 86400)::int)
    END $$;
"""

BACKWARD = "DROP FUNCTION app.days_left(timestamptz, text);"


class Migration(migrations.Migration):
    dependencies = [("protection", "0002_extension"), ("backoffice", "0001_identity_and_clock")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

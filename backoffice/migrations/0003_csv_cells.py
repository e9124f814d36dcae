"""What stands in the cells of an exported CSV: text that is no formula, instants with an offset."""

from django.db import migrations

FORWARD = r"""
-- A spreadsheet runs what begins like a formula, whatever blanks come first; after an apostrophe it
-- is text. Those that stand there already get one more, so that an import can take it off again.
CREATE FUNCTION app.defused(cell text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN cell ~ '^''*([\t\r\n]|[\s\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]*[-=+@\uff0b\uff0d\uff1d\uff20])'
    THEN '''' || cell ELSE cell END $$;

-- ISO 8601 to the second, on the clock of a time zone: 2026-01-09T10:14:03-05:00.
CREATE FUNCTION app.iso_instant(instant timestamptz, zone text) RETURNS text LANGUAGE sql STABLE
  PARALLEL SAFE AS $$
  SELECT to_char(wall, 'YYYY-MM-DD"T"HH24:MI:SS') || CASE WHEN ahead < '0' THEN '-' ELSE '+' END
         || to_char(greatest(ahead, -ahead), 'HH24:MI')
    FROM (SELECT instant AT TIME ZONE zone AS wall,
                 (instant AT TIME ZONE zone) - (instant AT TIME ZONE 'UTC') AS ahead) AS there $$;
"""

BACKWARD = "DROP FUNCTION app.defused(text), app.iso_instant(timestamptz, text);"


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0002_cache_and_grants")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

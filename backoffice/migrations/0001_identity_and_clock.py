"""The schema of functions: who acts, and what time it is."""

from django.db import migrations

FORWARD = """
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO backoffice_web, backoffice_rep, backoffice_admin, backoffice_service;

-- After a transaction the setting is an empty string, not NULL.
CREATE FUNCTION app.uid() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;

-- The one clock. Tests replace these two by functions that a setting can move.
CREATE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT now() $$;
CREATE FUNCTION app.wall_clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
  AS $$ SELECT clock_timestamp() $$;
"""

BACKWARD = """
DROP FUNCTION app.uid(), app.clock(), app.wall_clock();
DROP SCHEMA app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""How late the oldest e-mail is, for readiness: a number, and nobody's mail."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION app.mail_backlog() RETURNS interval LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(app.clock() - min(next_attempt_at), '0') FROM notifications_email
   WHERE state = 'pending' $$;
REVOKE EXECUTE ON FUNCTION app.mail_backlog() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.mail_backlog() TO backoffice_web, backoffice_rep, backoffice_admin,
  backoffice_service;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION app.mail_backlog()")]

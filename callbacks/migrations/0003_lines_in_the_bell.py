"""The line in the bell that says a window opens, kept by a trigger so that no path forgets it.

It is written when the callback is booked and counts from the moment the window opens, but not
before nobody can undo the booking any more (dispositions: FINAL_AFTER). So no job has to run.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION app.says_of_callback(c callbacks_callback) RETURNS text LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT 'Call ' || f.name || ': callback '
         || to_char(c.starts_at AT TIME ZONE u.time_zone, 'Dy FMDD Mon, HH24:MI') || '-'
         || to_char(upper(c.slot) AT TIME ZONE u.time_zone, 'HH24:MI') || '.'
    FROM people_user u, leads_lead l JOIN leads_facility f ON f.id = l.facility_id
   WHERE u.id = c.rep_id AND l.id = c.lead_id $$;

CREATE FUNCTION app.tell_of_callback() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'DELETE' AND NEW.status = 'open' THEN
    INSERT INTO notifications_notice (recipient_id, kind, sentence, lead_id, due_at, key)
      VALUES (NEW.rep_id, 'callback_open', app.says_of_callback(NEW), NEW.lead_id,
              greatest(NEW.starts_at, NEW.booked_at + interval '8 seconds'), 'callback:' || NEW.id)
    ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, sentence = excluded.sentence
      WHERE notifications_notice.due_at > app.clock();
  ELSE
    -- What has rung stays.
    DELETE FROM notifications_notice WHERE key = 'callback:' || OLD.id AND due_at > app.clock();
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_callback AFTER INSERT OR UPDATE OR DELETE ON callbacks_callback
  FOR EACH ROW EXECUTE FUNCTION app.tell_of_callback();

CREATE FUNCTION app.tell_of_callbacks_there() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE notifications_notice n SET sentence = app.says_of_callback(c)
    FROM callbacks_callback c
   WHERE c.rep_id = NEW.id AND c.status = 'open' AND n.key = 'callback:' || c.id
     AND n.due_at > app.clock();
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_callbacks_there AFTER UPDATE OF time_zone ON people_user
  FOR EACH ROW WHEN (OLD.time_zone <> NEW.time_zone)
  EXECUTE FUNCTION app.tell_of_callbacks_there();

REVOKE EXECUTE ON FUNCTION app.says_of_callback(callbacks_callback), app.tell_of_callback(),
  app.tell_of_callbacks_there() FROM PUBLIC;

-- Those that are open already.
UPDATE callbacks_callback SET status = status WHERE status = 'open';
"""

BACKWARD = """
DROP TRIGGER tell_of_callbacks_there ON people_user;
DROP TRIGGER tell_of_callback ON callbacks_callback;
DROP FUNCTION app.tell_of_callbacks_there(), app.tell_of_callback(),
  app.says_of_callback(callbacks_callback);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("callbacks", "0002_copy_of_start"),
        ("leads", "0015_many_at_once"),
        ("notifications", "0004_of_leads_that_go"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""How the database writes field changes down by itself: the function, and a trigger for each table.

See docs/decisions/0016. Used by migrations.
"""

from typing import NamedTuple

# {"field": [before, after]} of what differs; of what is hidden only that it does.
DIFFERENCES = """(SELECT coalesce(jsonb_object_agg(key,
          CASE WHEN key = ANY (hidden) THEN '["hidden", "hidden"]'
               ELSE jsonb_build_array({was} -> key, {becomes} -> key) END), '{{}}')
          FROM jsonb_object_keys({keys}) AS key
         WHERE coalesce({was} -> key, 'null') <> coalesce({becomes} -> key, 'null'))"""
ADDED = DIFFERENCES.format(was="'{}'::jsonb", becomes="r", keys="r")
REMOVED = DIFFERENCES.format(was="r", becomes="'{}'::jsonb", keys="r")
CHANGED = DIFFERENCES.format(
    was="coalesce(was, '{}'::jsonb)",
    becomes="coalesce(becomes, '{}'::jsonb)",
    keys="coalesce(becomes, was)",
)

# Runs with definer rights, so that no role of the product may write here otherwise. A statement
# makes one INSERT, however many rows it has changed.
FUNCTION = f"""
-- Whoever acts, or for whom the system does.
CREATE FUNCTION app.who_changes() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT (CASE WHEN who = '1' THEN coalesce(nullif(current_setting('app.for_id', true), ''), who)
               ELSE nullif(who, '') END)::bigint
    FROM (SELECT current_setting('app.user_id', true) AS who) AS stamped $$;

CREATE FUNCTION app.write_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  hidden CONSTANT text[] := TG_ARGV[3]::text[];
  silent CONSTANT text[] := TG_ARGV[4]::text[];
  actor CONSTANT bigint := app.who_changes();
  bulk CONSTANT uuid := nullif(current_setting('app.bulk_id', true), '')::uuid;
  -- Whoever came past the product is told by the name of their login.
  named text := session_user;
BEGIN
  IF actor IS NOT NULL THEN
    SELECT name INTO named FROM people_user WHERE id = actor;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO history_change (subject, deed, row_id, facility_id, person_id, fields,
        actor_id, actor_name, bulk_id)
      SELECT TG_ARGV[0], 'added', coalesce(r->>'id', r->>'facility_id')::bigint,
             (r->>TG_ARGV[1])::bigint, (r->>TG_ARGV[2])::bigint,
             {ADDED}, actor, named, bulk
        FROM (SELECT to_jsonb(n) - silent AS r FROM new_rows n OFFSET 0) AS added;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO history_change (subject, deed, row_id, facility_id, person_id, fields,
        actor_id, actor_name, bulk_id)
      SELECT TG_ARGV[0], 'removed', coalesce(r->>'id', r->>'facility_id')::bigint,
             (r->>TG_ARGV[1])::bigint, (r->>TG_ARGV[2])::bigint,
             {REMOVED}, actor, named, bulk
        FROM (SELECT to_jsonb(o) - silent AS r FROM old_rows o OFFSET 0) AS removed;
  ELSE
    -- Each row is made JSON of once. What gets another number, or goes to another facility, is gone
    -- from where it was and new where it is.
    INSERT INTO history_change (subject, deed, row_id, facility_id, person_id, fields,
        actor_id, actor_name, bulk_id)
      WITH o AS MATERIALIZED (
        SELECT coalesce(r->>'id', r->>'facility_id') AS id,
               coalesce(r->>TG_ARGV[1], '') AS place, r - silent AS was
          FROM (SELECT to_jsonb(o) AS r FROM old_rows o OFFSET 0) AS o
      ), n AS MATERIALIZED (
        SELECT coalesce(r->>'id', r->>'facility_id') AS id,
               coalesce(r->>TG_ARGV[1], '') AS place, r - silent AS becomes
          FROM (SELECT to_jsonb(n) AS r FROM new_rows n OFFSET 0) AS n
      )
      SELECT TG_ARGV[0],
             CASE WHEN was IS NULL THEN 'added' WHEN becomes IS NULL THEN 'removed'
                  ELSE 'changed' END,
             id::bigint, nullif(place, '')::bigint,
             (coalesce(becomes, was)->>TG_ARGV[2])::bigint,
             {CHANGED}, actor, named, bulk
        FROM o FULL JOIN n USING (id, place) WHERE was IS DISTINCT FROM becomes;
  END IF;
  RETURN NULL;
END $$;

-- Of a facility that is new its lead's event tells; here is only that it came, so that an import
-- of a million stays quick.
CREATE FUNCTION app.write_additions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor CONSTANT bigint := app.who_changes();
  bulk CONSTANT uuid := nullif(current_setting('app.bulk_id', true), '')::uuid;
  named text := session_user;
BEGIN
  IF actor IS NOT NULL THEN
    SELECT name INTO named FROM people_user WHERE id = actor;
  END IF;
  INSERT INTO history_change (subject, deed, row_id, facility_id, fields, actor_id, actor_name,
      bulk_id)
    SELECT TG_ARGV[0], 'added', id, id, '{{}}', actor, named, bulk FROM new_rows;
  RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION app.write_changes(), app.write_additions() FROM PUBLIC;
"""
NO_FUNCTION = """
DROP FUNCTION app.write_changes(), app.write_additions(), app.who_changes();
"""


class Watched(NamedTuple):
    """A table whose changes are written down.

    `facility` and `person` are the columns that say whom a row is about; what is `hidden` is never
    told, what is `silent` is worth no line of its own.
    """

    table: str
    subject: str
    facility: str = ""
    person: str = ""
    hidden: str = "{}"
    silent: str = "{}"
    additions: str = "write_changes"

    def triggers(self):
        told = (self.subject, self.facility, self.person, self.hidden, self.silent)
        arguments = ", ".join(f"'{each}'" for each in told)
        for verb, rows, function in (
            ("INSERT", "NEW TABLE AS new_rows", self.additions),
            ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows", "write_changes"),
            ("DELETE", "OLD TABLE AS old_rows", "write_changes"),
        ):
            yield (
                f"CREATE TRIGGER write_{verb.lower()}s AFTER {verb} ON {self.table} "
                f"REFERENCING {rows} FOR EACH STATEMENT "
                f"EXECUTE FUNCTION app.{function}({arguments})"
            )
        # That would pass by all of these.
        yield (
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {self.table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_to_change_history()"
        )

    def no_triggers(self):
        yield f"DROP TRIGGER no_truncate ON {self.table}"
        for verb in ("inserts", "updates", "deletes"):
            yield f"DROP TRIGGER write_{verb} ON {self.table}"


WATCHED = [
    Watched(
        "leads_facility",
        "facility",
        facility="id",
        silent="{version,identity_key}",
        additions="write_additions",
    ),
    Watched("leads_contact", "contact", facility="facility_id", silent="{version}"),
    Watched(
        "clients_client",
        "client",
        facility="facility_id",
        # Copies of what leads say.
        silent="{sellers,seller_teams}",
    ),
    Watched(
        "people_user",
        "person",
        person="id",
        hidden="{password}",
        silent="{last_login,version}",
    ),
    Watched("people_user_opportunity_types", "what a person works", person="user_id"),
    Watched("people_policy", "policy", silent="{version}"),
    Watched("people_team", "team", silent="{version}"),
    Watched("people_opportunitytype", "opportunity type", silent="{version}"),
]

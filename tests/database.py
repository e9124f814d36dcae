"""Making and emptying the test database, which only its owner may do."""

import os

from django.apps import apps
from django.db import connections

from backoffice.checks import our_models
from backoffice.identity import Role
from history import changes
from people.models import OpportunityType, Policy, User

# What migrations put there and every test expects.
KEPT = {"people_user", "people_team", "people_policy", "people_opportunitytype", "people_workscope"}
# Of these some rows stay, whatever a test has made of them.
CHANGED = [User, OpportunityType, Policy]
# Their triggers keep history, and watch over it.
WATCHED = [
    "history_event",
    "history_change",
    "history_access",
    *[watched.table for watched in changes.WATCHED],
]
# Not ours, but with tables that tests write to.
OTHERS = {"account", "mfa", "guardian"}

MOVABLE_CLOCK = """
CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT now() + coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval $$;
CREATE OR REPLACE FUNCTION app.wall_clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$ SELECT
    CASE WHEN current_setting('app.wall_clock_stands', true) = 'yes' THEN now()
         ELSE clock_timestamp() END
  + coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval $$;
"""


def test_database_name():
    return f"test_backoffice_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


test_database_name.__test__ = False  # pytest: this is no test


def create_database(name):
    as_owner(
        f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
        f'CREATE DATABASE "{name}"',
        # As in backoffice/local/roles.sql.
        f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC',
        f'GRANT CONNECT ON DATABASE "{name}" TO {Role.WEB}, {Role.SERVICE}',
        f'GRANT TEMPORARY ON DATABASE "{name}" TO {Role.SERVICE}',
    )
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def drop_database(name):
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = "postgres"
    as_owner(f'DROP DATABASE "{name}" WITH (FORCE)')


def as_owner(*statements):
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connections["owner"].close()


def let_tests_move_the_clock():
    as_owner(MOVABLE_CLOCK)


def remember_what_migrations_made():
    as_owner(
        "CREATE SCHEMA kept",
        *[
            f"CREATE TABLE kept.{model._meta.db_table} AS TABLE {model._meta.db_table}"
            for model in CHANGED
        ],
    )


def as_migrations_made(model):
    """Return the statement that makes the rows of a table what they were at first."""
    table = model._meta.db_table
    columns = ", ".join(field.column for field in model._meta.concrete_fields if field.name != "id")
    return (
        f"UPDATE {table} SET ({columns}) ="
        f" (SELECT {columns} FROM kept.{table} kept WHERE kept.id = {table}.id)"
    )


# A browser that was closed may have asked for something that is still being answered. Emptying
# tables beside that could end in a deadlock. (Vacuum makes way by itself.)
UNTIL_ALL_IS_ANSWERED = """
DO $$ BEGIN
  WHILE EXISTS (
    SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.relation >= 16384 AND l.pid <> pg_backend_pid()
       AND l.mode <> 'ShareUpdateExclusiveLock')
  LOOP PERFORM pg_sleep(0.005); END LOOP;
END $$"""


def empty_tables():
    others = [model for label in OTHERS for model in apps.get_app_config(label).get_models()]
    tables = sorted({model._meta.db_table for model in [*our_models(), *others]} - KEPT)
    as_owner(
        UNTIL_ALL_IS_ANSWERED,
        # Nothing of this is history.
        *[f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in WATCHED],
        f"TRUNCATE {', '.join(tables)}",
        "DELETE FROM people_user WHERE id <> 1",
        "DELETE FROM people_team",
        "DELETE FROM people_opportunitytype"
        " WHERE id NOT IN (SELECT id FROM kept.people_opportunitytype)",
        *[as_migrations_made(model) for model in CHANGED],
        *[f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in WATCHED],
    )

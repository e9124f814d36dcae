"""Making and emptying the test database, which only its owner may do."""

import os

from django.apps import apps
from django.db import connections

from backoffice.identity import Role

# What migrations put there and every test expects.
KEPT = {"people_user", "people_team", "people_policy", "people_opportunitytype", "people_workscope"}
# Their triggers keep history, and watch over it.
WATCHED = [
    "history_event",
    "history_change",
    "history_access",
    "people_user",
    "people_team",
    "people_opportunitytype",
]
OUR_APPS = {
    "people",
    "history",
    "leads",
    "callbacks",
    "notifications",
    "dispositions",
    "clients",
    "bulk",
    "notes",
    "files",
    "imports",
    "staff",
    "protection",
    "account",
    "mfa",
    "guardian",
}

MOVABLE_CLOCK = """
CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT now() + coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval $$;
CREATE OR REPLACE FUNCTION app.wall_clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$ SELECT clock_timestamp()
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


def empty_tables():
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OUR_APPS
        and model._meta.managed
        and model._meta.db_table not in KEPT
    ]
    as_owner(
        # Nothing of this is history.
        *[f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in WATCHED],
        f"TRUNCATE {', '.join(tables)}",
        "DELETE FROM people_user WHERE id <> 1",
        "DELETE FROM people_team",
        "DELETE FROM people_opportunitytype WHERE code NOT IN ('CS', 'BMD')",
        *[f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in WATCHED],
    )

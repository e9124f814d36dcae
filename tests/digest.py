"""A digest of the whole database: what was denied leaves it as it was."""

from django.db import connection

from backoffice.identity import Role
from backoffice.rls import SYSTEM, acting_as

# What a request may write whatever comes of it: its session, its rate limits, that it was denied.
TECHNICAL = {"people_session", "backoffice_cache", "history_access"}
# A line that a trigger keeps beside a callback goes and comes back with it under another number.
WITHOUT_ID = {"notifications_notice"}

TABLES = f"""
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
   AND has_table_privilege('{Role.SERVICE}', oid, 'SELECT')"""


def digest(but=(), columns_but=()):
    """Return {table: md5 of all its rows} of every table, without those left out.

    Left out are the tables `but`, those that are TECHNICAL, and everywhere the `columns_but`.
    """
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = sorted({name for (name,) in cursor.fetchall()} - TECHNICAL - set(but))
        checksums = " UNION ALL ".join(map(of_table, tables))
        ids = [["id"] if name in WITHOUT_ID else [] for name in tables]
        cursor.execute(checksums, [[*columns_but, *more] for more in ids])
        return dict(cursor.fetchall())


def of_table(name):
    return f"""
SELECT '{name}', md5(coalesce(string_agg(line, chr(10) ORDER BY line), ''))
  FROM (SELECT (to_jsonb(t) - %s::text[])::text AS line FROM "{name}" AS t) AS lines"""

"""A digest of the whole database: what was denied leaves it as it was."""

from django.db import connection

from backoffice.identity import Role
from backoffice.rls import SYSTEM, acting_as

# What a request may write whatever comes of it: its session, its rate limits.
TECHNICAL = {"django_session", "backoffice_cache"}

TABLES = f"""
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
   AND has_table_privilege('{Role.SERVICE}', oid, 'SELECT')"""


def digest(*, exclude=TECHNICAL):
    """Return {table: md5 of all its rows}, of every table but those excluded."""
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = sorted({name for (name,) in cursor.fetchall()} - exclude)
        cursor.execute(" UNION ALL ".join(map(of_table, tables)))
        return dict(cursor.fetchall())


def of_table(name):
    return f"""SELECT '{name}', md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), ''))
                 FROM "{name}" AS t"""

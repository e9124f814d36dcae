"""Commands of the operator's that act as the system."""

from contextlib import contextmanager

from django.core.management import BaseCommand, CommandError
from django.db import OperationalError, connection

from backoffice.identity import Role
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as

MAY_SWITCH = """
SELECT coalesce(bool_or(pg_has_role(session_user, oid, 'MEMBER')), false), session_user
  FROM pg_roles WHERE rolname = %s GROUP BY 2"""


class SystemCommand(BaseCommand):
    """A command that needs the service role. What can't be done is one sentence."""

    def execute(self, *args, **options):
        try:
            refuse_other_logins()
            return super().execute(*args, **options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None


def refuse_other_logins():
    try:
        with connection.cursor() as cursor:
            cursor.execute(MAY_SWITCH, [Role.SERVICE])
            may_switch, login = cursor.fetchone() or (False, "")
    except OperationalError as problem:
        raise CommandError(f"The database doesn't answer: {str(problem).splitlines()[0]}") from None
    if not may_switch:
        raise CommandError(
            f"The database login {login} may not act as {Role.SERVICE}; "
            "run this as the service login (DATABASE_SERVICE_URL)."
        )


@contextmanager
def at_work():
    """A transaction of the system's, with a cursor, that may take its time and wait for others."""
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '30min'; SET LOCAL lock_timeout = '5min'")
        yield cursor

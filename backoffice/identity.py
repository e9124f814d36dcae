"""Who acts in a database transaction: a role and a user id, for that transaction only."""

from contextvars import ContextVar
from typing import NamedTuple

STAMP = "SELECT set_config('role', %s, true), set_config('app.user_id', %s, true)"


class Role:
    """The PostgreSQL roles (created by backoffice/local/roles.sql)."""

    OWNER = "backoffice_owner"  # owns the tables, runs migrations
    WEB = "backoffice_web"  # what web processes log in as: sessions and sign-in only
    REP = "backoffice_rep"  # reps and managers
    ADMIN = "backoffice_admin"  # senior managers and sales admins
    SERVICE = "backoffice_service"  # named jobs and commands


class Identity(NamedTuple):
    role: str
    user_id: str


NOBODY = Identity("none", "")

_current: ContextVar[Identity | None] = ContextVar("identity", default=None)


def current_identity():
    return _current.get()


def set_identity(identity):
    return _current.set(identity)


def reset_identity(token):
    _current.reset(token)


def stamp(connection, identity):
    """Say who acts, until the transaction of `connection` (or its savepoint) ends."""
    # Straight on psycopg: this is part of BEGIN, not a query of the page.
    connection.connection.execute(STAMP, identity)

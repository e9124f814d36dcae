"""Real servers, named by DATABASE_URL and REDIS_URL: are they there, and fit for use?"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import environ
import psycopg

from backoffice.local.refusal import CannotStart

OLDEST = 15
# Older ones may apply rights that were taken away already (CVE-2026-14666).
SAFE_FROM = {15: 15_0019, 16: 16_0015, 17: 17_0011, 18: 18_0006}
NEEDED_ROLES = ["backoffice_rep", "backoffice_admin", "backoffice_service"]
SEE = "see docs/operations.md"

# `check --deploy` asks the same of the login that it finds itself with.
POWERS = """
    SELECT rolsuper, rolbypassrls, EXISTS (
        SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND nspname NOT LIKE 'pg\\_%'
          AND nspname <> 'information_schema' AND pg_has_role(session_user, relowner, 'MEMBER'))
      OR EXISTS (
        SELECT FROM pg_database
        WHERE datname = current_database() AND pg_has_role(session_user, datdba, 'MEMBER'))
    FROM pg_roles WHERE rolname = session_user
"""


def check_database(web: str, service: str, owner: str, warn: Callable[[str], None]) -> None:
    """Refuse with one sentence whatever row security would not hold against."""
    with connected("DATABASE_URL", web) as connection:
        check_version(connection, warn)
        check_powers("DATABASE_URL", connection)
    for name, url in (("DATABASE_OWNER_URL", owner), ("DATABASE_SERVICE_URL", service)):
        if not url:
            raise CannotStart(
                f"DATABASE_URL names a server of yours, so {name} has to be set as well ({SEE})."
            )
    with connected("DATABASE_SERVICE_URL", service) as connection:
        check_powers("DATABASE_SERVICE_URL", connection)
    with connected("DATABASE_OWNER_URL", owner) as connection:
        check_roles(connection)


def connected(name: str, url: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(**parameters(url))
    except (psycopg.Error, environ.ImproperlyConfigured, TypeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotStart(f"{name}: no PostgreSQL could be reached there ({reason}).") from None


def parameters(url: str) -> dict[str, Any]:
    """What Django would connect with."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise ValueError("a postgres:// address is needed")
    parsed = environ.Env.db_url_config(url)
    names = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    given = {name: parsed[key] for name, key in names.items() if parsed.get(key)}
    if "host" in given:
        given["host"] = unquote(given["host"])  # a socket's folder is written percent-encoded
    options: dict[str, Any] = parsed.get("OPTIONS", {})
    return {"connect_timeout": 5, "autocommit": True} | given | options


def check_version(connection: psycopg.Connection[Any], warn: Callable[[str], None]) -> None:
    version = connection.info.server_version
    name = connection.info.parameter_status("server_version")
    if version < OLDEST * 10_000:
        raise CannotStart(
            f"DATABASE_URL names a PostgreSQL {name}, and {OLDEST} or newer is needed."
        )
    if version < SAFE_FROM.get(version // 10_000, 0):
        warn(
            f"PostgreSQL {name} may apply rights that were taken away already: "
            "update it (CVE-2026-14666)."
        )


def check_powers(name: str, connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(POWERS).fetchone()
    superuser, bypasses, owns = row or (False, False, False)
    user = connection.info.user
    if superuser:
        raise CannotStart(f"{name} signs in as {user}, a superuser, who sees every row ({SEE}).")
    if bypasses:
        raise CannotStart(f"{name} signs in as {user}, who may bypass row security ({SEE}).")
    if owns:
        raise CannotStart(
            f"{name} signs in as {user}, the owner of tables, whom row security spares ({SEE})."
        )


def check_roles(connection: psycopg.Connection[Any]) -> None:
    missing = connection.execute(
        "SELECT name FROM unnest(%s::text[]) AS name"
        " WHERE name NOT IN (SELECT rolname FROM pg_roles)",
        [NEEDED_ROLES],
    ).fetchall()
    if missing:
        raise CannotStart(
            f"The role {missing[0][0]} is missing: run backoffice/local/roles.sql ({SEE})."
        )


def check_redis(url: str) -> None:
    # Only needed here, and slow to import.
    import redis

    try:
        redis.Redis.from_url(url.replace("redis+socket://", "unix://"), socket_timeout=3).ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise CannotStart(f"REDIS_URL: no Redis could be reached there ({error}).") from None

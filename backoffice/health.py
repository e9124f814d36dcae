"""Is the product ready, and is anything behind it limping?"""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

# The slowest sweep runs every minute; three missed in a row are no coincidence.
STALE_AFTER = timedelta(minutes=3)
LATE_AFTER = timedelta(minutes=5)
PATIENCE = 0.5  # seconds for Redis to answer

SCHEDULER = """
SELECT coalesce(min(at) < app.clock() - %s::interval, true), app.mail_backlog() > %s::interval
  FROM notifications_heartbeat"""


def database_problem():
    """Say what keeps us from serving at all, or None."""
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations are missing"
    except DatabaseError:
        return "the database does not answer"
    return None


def degraded():
    """Name what limps while every page still works: scheduler, mail, redis."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEDULER, [str(STALE_AFTER), str(LATE_AFTER)])
        stale, late = cursor.fetchone()
    limping = {"scheduler": stale, "mail": late, "redis": not redis_answers()}
    return [name for name, limps in limping.items() if limps]


def redis_answers():
    client = redis.Redis.from_url(
        settings.REDIS_URL.replace("redis+socket://", "unix://"),
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=None,
    )
    try:
        return client.ping()
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()

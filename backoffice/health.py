"""Is the product ready, and is anything behind it limping?"""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from backoffice.celery import app

# Three missed in a row are no coincidence; a worker may be busy for as long.
MISSED = 3
STALE_AFTER = timedelta(minutes=3)
LATE_AFTER = timedelta(minutes=5)
PATIENCE = 0.5  # seconds for Redis to answer

MAIL_IS_LATE = "SELECT app.mail_backlog() > %s::interval"
HEARTBEATS = "SELECT name, app.clock() - at FROM notifications_heartbeat"


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
        cursor.execute(MAIL_IS_LATE, [str(LATE_AFTER)])
        (late,) = cursor.fetchone()
        cursor.execute(HEARTBEATS)
        ages = dict(cursor.fetchall())
    stale = any(is_stale(entry, ages) for entry in app.conf.beat_schedule.values())
    limping = {"scheduler": stale, "mail": late, "redis": not redis_answers()}
    return [name for name, limps in limping.items() if limps]


def is_stale(entry, ages):
    """Has a sweep of the schedule not run for too long? `ages` are how long ago each last did."""
    every = timedelta(seconds=entry["schedule"])
    if entry["task"] not in ages:
        # What runs once an hour may not have been due yet.
        return every < STALE_AFTER
    return ages[entry["task"]] > max(STALE_AFTER, MISSED * every)


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

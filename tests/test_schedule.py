"""The whole schedule of what happens by itself: twice, late, at once; and how its worker is set."""

import os
from contextlib import contextmanager

import psycopg
import pytest
from django.core import mail
from django.db import connection, connections
from django.utils.module_loading import import_string

from backoffice.celery import app
from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from tests.digest import digest
from tests.test_access import Scene

# reliability.md, rule 15.
WORKER = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "worker_soft_shutdown_timeout": 20,
    "worker_enable_soft_shutdown_on_idle": True,
    "task_time_limit": 45,
    "timezone": "UTC",
}
BROKER = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,
}


def test_the_worker_is_set_to_lose_nothing_and_to_do_nothing_for_long():
    assert {name: app.conf[name] for name in WORKER} == WORKER
    assert app.conf.broker_transport_options.items() >= BROKER.items()
    assert {queue.name for queue in app.conf.task_queues} == {"beat", "mail", "import", "export"}
    # Whoever waits for longer than a message is held back would be asked twice.
    assert app.conf.task_time_limit < BROKER["visibility_timeout"]


def test_every_task_is_a_sweep_without_arguments_at_an_interval():
    for entry in app.conf.beat_schedule.values():
        assert set(entry) == {"task", "schedule", "options"}
        assert isinstance(entry["schedule"], int)
        assert entry["options"].keys() == {"queue", "expires"}


@contextmanager
def clock_ahead(interval):
    """Move the clock of every connection, also of those that are still to come."""
    database = f'ALTER DATABASE "{connection.settings_dict["NAME"]}"'
    with psycopg.connect(os.environ["SUPERUSER_URL"], autocommit=True) as superuser:
        superuser.execute(f"{database} SET app.clock_offset = '{interval}'")
        connections.close_all()
        yield
        superuser.execute(f"{database} RESET app.clock_offset")
        connections.close_all()


@pytest.fixture
def late(transactional_db, cast, make, settings, tmp_path):
    """All that a sweep could find due, at the end of every window."""
    settings.MEDIA_ROOT = tmp_path
    scene = Scene(cast, make)
    with clock_ahead("46 days"):
        yield scene


def test_the_whole_schedule_late_twice_and_three_times_at_once_changes_what_is_due_once(
    late, at_once
):
    tasks = [import_string(entry["task"]) for entry in app.conf.beat_schedule.values()]
    # Twice: what the last ones write, the first ones send.
    for task in [*tasks, *tasks]:
        assert at_once(task, task, task) == [None] * 3, task.name
    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=late.lead.pk).owner is None
        assert late.lead.events.filter(kind="expired").count() == 1
    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(ids) == len(set(ids)) > 0
    done = digest(but={"notifications_heartbeat"})

    for task in tasks:
        task()

    assert digest(but={"notifications_heartbeat"}) == done

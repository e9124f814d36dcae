"""bin/run with demo data, and hands to kill its processes and to look at what they did."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path

import environ
import psycopg
import redis
from celery import Celery
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client as SignIn
from kombu.exceptions import OperationalError as NoBroker

from backoffice.celery import app as scheduler
from backoffice.invariants import all_invariants, violations
from backoffice.rls import SYSTEM, acting_as
from benchmarks.client import Client
from people.models import User
from tests.local.supervisor import (
    Supervisor,
    children_of,
    command_of,
    environment_of,
    has_ended,
    lend_static_files,
)

RECOVERY = 60  # seconds, without hands
# bin/run gives up when a process ends for the sixth time within a minute.
PATIENCE, A_MINUTE = 5, 61
COMMANDS = {
    "web": " gunicorn ",
    "worker": " celery .* worker ",
    "beat": " celery .* beat ",
    "postgres": "/postgres -D ",
    "redis": "redis-server ",
}
# What holds does nothing else meanwhile, and may have to wait for a sweep first.
HOWEVER_LONG = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0"
# What a sweep takes before anything else (backoffice/sweeps.py); here with patience.
REST = "SELECT pg_advisory_xact_lock(hashtextextended('sweep ' || %s, 0))"
WAIT_FOR = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"


class Product:
    """One bin/run; the tests' own Django looks at its database, as the service login."""

    def __init__(self, **chosen):
        self.folder = tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True)
        os.chmod(self.folder.name, 0o711)
        data = Path(self.folder.name) / "data"
        lend_static_files(data)
        chosen |= {"SECRET_KEY": settings.SECRET_KEY}  # for sessions that the tests make
        self.supervisor = Supervisor("--data", data, **chosen)

    def __enter__(self):
        self.supervisor.ready()
        self.supervisor.wait_for("Ctrl-C stops everything")
        self.deaths = defaultdict(list)
        self.listener = threading.Thread(target=self.listen)
        self.listener.start()
        self.environment = environment_of(self.pid("worker"))
        self.elsewhere = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(self.database)
        self.browser, self.sessions = self.another_browser(), {}
        self.recover()
        return self

    def __exit__(self, *problem):
        connection.close()
        connection.settings_dict.update(self.elsewhere)
        self.browser.close()
        self.supervisor.process.terminate()
        self.listener.join()
        self.supervisor.process.stdout.close()
        self.supervisor.process.wait(60)
        self.folder.cleanup()

    # --- its processes ----------------------------------------------------------

    def pids(self, name):
        children = children_of(self.supervisor.process.pid)
        return [pid for pid in children if re.search(COMMANDS[name], command_of(pid))]

    def pid(self, name):
        return eventually(lambda: next(iter(self.pids(name)), None), f"a {name}")

    def listen(self):
        """Hear of every death until the product has stopped."""
        for line in self.supervisor.process.stdout:
            if found := re.match(r"(\w+) ended with", line):
                self.deaths[found[1]].append(time.monotonic())

    def spare(self, name, deaths=1):
        """Let bin/run keep its patience, however quick the tests before this one were."""

        def is_patient():
            before = sum(time.monotonic() - at < A_MINUTE for at in self.deaths[name])
            return before + deaths <= PATIENCE

        eventually(is_patient, f"a minute with fewer deaths of {name}", seconds=2 * A_MINUTE)

    def kill(self, name):
        """Kill it with its children: one of a worker's could still finish what it does."""
        self.spare(name)
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)  # it forks no more
        doomed = [pid, *children_of(pid)]
        for process in doomed:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        eventually(lambda: all(map(has_ended, doomed)), f"the end of {name}")

    @contextmanager
    def stopped(self, name):
        """It stands still, and so answers nobody, until the end of the block."""
        pid = self.supervisor.process.pid if name == "supervisor" else self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextmanager
    def missing(self, name):
        """It was killed, and nobody brings it back until the end of the block."""
        self.spare(name)
        with self.stopped("supervisor"):
            pid = self.pid(name)
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: has_ended(pid), f"the end of {name}")
            yield

    @contextmanager
    def silent(self, name="redis"):
        """In its place is one that never answers; yield how to learn which processes asked it."""
        where = self.redis.connection_pool.connection_kwargs["path"]
        with self.missing(name), socket.socket(socket.AF_UNIX) as door:
            os.unlink(where)
            door.bind(where)
            door.listen(1000)
            door.setblocking(False)
            yield lambda: set(callers(door))

    @contextmanager
    def another(self, name, *options):
        """A second one of the same kind beside it."""
        command = command_of(self.pid(name)).split() + list(options)
        process = subprocess.Popen(
            command,
            env=self.environment,
            cwd=self.folder.name,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)

    # --- its broker -------------------------------------------------------------

    def tick(self):
        """Publish what beat publishes in the course of an hour, if no worker is behind with it."""
        with (
            suppress(NoBroker, redis.RedisError),
            self.redis as broker,
            self.publisher() as publish,
        ):
            if not broker.exists("beat", "mail", "import"):
                for entry in scheduler.conf.beat_schedule.values():
                    publish(entry["task"], **entry["options"])

    @contextmanager
    def publisher(self):
        broker = self.environment["REDIS_URL"].replace("unix://", "redis+socket://")
        patience = {"max_retries": 0, "socket_timeout": 2}
        with Celery(
            broker=broker, broker_transport_options=patience, set_as_current=False
        ) as celery:
            yield partial(celery.send_task, retry=False)

    @property
    def redis(self):
        return redis.Redis.from_url(self.environment["REDIS_URL"], socket_timeout=2)

    def in_time(self, condition, what):
        """Wait for it, with a beat that ticks every second beside the product's own."""
        ticked = 0

        def ticking():
            nonlocal ticked
            if time.monotonic() - ticked > 1:
                self.tick()
                ticked = time.monotonic()
            return condition()

        return eventually(ticking, what)

    # --- its database -----------------------------------------------------------

    @property
    def database(self):
        said = environ.Env.db_url_config(self.environment["DATABASE_URL"])
        return {
            name: said[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        }

    def ask(self, sql, *parameters):
        """Return the rows, as the service role."""
        with acting_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def column(self, sql, *parameters):
        return [value for (value,) in self.ask(sql, *parameters)]

    def value(self, sql, *parameters):
        return self.column(sql, *parameters)[0]

    @contextmanager
    def holding(self, sql, *parameters):
        """Keep the locks of this statement until the end of the block; then take it back."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as other:
            other.execute(HOWEVER_LONG)
            other.execute(sql, parameters)
            yield other.info.backend_pid
            with suppress(psycopg.OperationalError):
                other.rollback()

    @contextmanager
    def half_way(self, sweep, prepare, hold):
        """What `prepare` made due is what the sweep stands in the middle of; yield that.

        The sweep rests until all is prepared and the statement `hold` in its way, or the product's
        own beat and worker would sometimes come first.
        """
        with ExitStack() as until_the_end:
            with self.holding(REST, sweep):
                due = prepare()
                holder = until_the_end.enter_context(self.holding(hold))
            self.in_time(lambda: self.value(WAIT_FOR, holder), f"{sweep} half-way")
            yield due

    def broken_rules(self):
        with acting_as(SYSTEM), connection.cursor() as cursor:
            return [line for rule in all_invariants() for line in violations(rule, cursor)]

    # --- its pages --------------------------------------------------------------

    def another_browser(self):
        return Client(self.supervisor.port)

    def get(self, path, who="ana"):
        return self.browser.get(path, self.session_of(who))

    def post(self, path, who="ana", **fields):
        return self.browser.post(path, self.session_of(who), fields)

    def session_of(self, who):
        if who not in self.sessions:
            with acting_as(SYSTEM):
                user = User.objects.get(email=f"{who}@example.com")
            browser = SignIn()
            browser.force_login(user)
            self.sessions[who] = browser.cookies["sessionid"].value
        return self.sessions[who]

    def health(self):
        """Return what /readyz says: its status, and what is wrong."""
        answer = self.browser.get("/readyz", "")
        said = json.loads(answer.body)
        return answer.status, said.get("degraded", said.get("problem"))

    def recover(self):
        for name in COMMANDS:
            self.pid(name)
        self.in_time(lambda: self.health() == (200, []), "everything in order")


def callers(door):
    """Yield the process behind each connection that was made; none is waited for."""
    with suppress(BlockingIOError):
        while True:
            connection, _ = door.accept()
            with connection:
                who = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                yield struct.unpack("3i", who)[0]


def eventually(condition, what, seconds=RECOVERY):
    """Return what the condition says, once that is something; a server may be away meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if found := condition():
                return found
        except (DatabaseError, OSError, HTTPException):
            connection.close()
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {what}")

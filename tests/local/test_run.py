"""bin/run from its start to its end, however it ends."""

import os
import signal

import pytest

from tests.local.supervisor import Supervisor, manage, still_running

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]

WRITE = """
from backoffice.rls import SYSTEM, acting_as
from people.models import Team
with acting_as(SYSTEM):
    Team.objects.get_or_create(name="Written before the crash")
"""
READ = """
from backoffice.rls import SYSTEM, acting_as
from people.models import Team
with acting_as(SYSTEM):
    print(Team.objects.filter(name="Written before the crash").count(), "found")
"""


def test_ctrl_c_stops_everything(started, data):
    family = started.family()
    sockets = (data / "sockets").resolve()

    assert started.press_ctrl_c() == 0

    assert still_running(family, seconds=0) == set()
    assert not sockets.exists()


def test_it_stops_when_nobody_can_read_what_it_says(started):
    family = started.family()

    started.process.stdout.close()
    started.get("/login")  # the web process logs this

    assert started.process.wait(30) == 0
    assert still_running(family, seconds=0) == set()


def test_after_kill_9_nothing_is_left_and_the_next_start_has_the_data(started, data):
    assert manage(data, "shell", "-c", WRITE).returncode == 0
    for name in ("worker", "beat"):
        started.child("celery", name)
    family = started.family()

    os.kill(started.process.pid, signal.SIGKILL)

    assert len(family) > 10
    assert still_running(family) == set()
    with Supervisor("--data", data) as again:
        again.ready()
        assert again.get("/livez") == 200
        assert "1 found" in manage(data, "shell", "-c", READ).stdout


def test_the_next_start_waits_for_the_servers_that_a_killed_one_left_behind(started, data):
    os.kill(started.process.pid, signal.SIGKILL)

    with Supervisor("--data", data) as again:
        assert again.ready().get("/livez") == 200


def test_a_stale_pid_file_that_names_a_living_process_does_no_harm(started, data):
    started.press_ctrl_c()
    (data / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data}/postgres\n")

    with Supervisor("--data", data) as again:
        assert again.ready().get("/livez") == 200


def test_a_process_that_ends_by_itself_comes_back(started):
    os.kill(started.child("celery", "worker"), signal.SIGKILL)

    assert "it starts again" in started.wait_for("worker ended")

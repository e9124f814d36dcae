"""bin/run from its start to its end, however it ends."""

import os
import signal

import pytest

from tests.local.supervisor import Supervisor, command_of, manage, still_running

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


def worker_of(supervisor):
    return next(pid for pid in supervisor.family() if " worker " in command_of(pid))


def test_both_names_of_this_machine_answer(started):
    assert [started.get("/livez", host) for host in ("localhost", "127.0.0.1")] == [200, 200]


def test_ctrl_c_stops_everything(started, data):
    family = started.family()
    sockets = (data / "sockets").resolve()

    assert started.press_ctrl_c() == 0

    assert still_running(family, seconds=0) == set()
    assert not sockets.exists()


def test_after_kill_9_nothing_is_left_and_the_next_start_has_the_data(started, data):
    assert manage(data, "shell", "-c", WRITE).returncode == 0
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
    started.wait_for("Ctrl-C stops everything")
    os.kill(worker_of(started), signal.SIGKILL)

    assert "it starts again" in started.wait_for("worker ended")


def test_who_can_sign_in_is_said(started):
    assert "bin/manage createsuperuser" in started.wait_for("sign in")


def test_the_second_start_on_the_same_data_is_refused(started, data):
    with Supervisor("--data", data) as second:
        line = second.wait_for("in use")

        assert second.process.wait(20) == 1
        assert line == (
            f"The data folder {data} is in use by bin/run, process {started.process.pid}.\n"
        )
    assert started.get("/livez") == 200


def test_nobody_else_may_read_the_secrets_or_the_sockets(started, data):
    modes = [(data / name).stat().st_mode & 0o077 for name in ("secrets.json", "sockets")]

    assert modes == [0, 0]


def test_the_web_process_knows_only_its_own_login(started):
    web = next(pid for pid in started.family() if "gunicorn" in command_of(pid))
    settings = dict(
        line.partition("=")[::2]
        for line in open(f"/proc/{web}/environ").read().split("\0")  # noqa: SIM115
    )

    assert "backoffice_web" in settings["DATABASE_URL"]
    assert settings["DATABASE_OWNER_URL"] == settings["DATABASE_SERVICE_URL"] == ""

"""bin/manage: the database of bin/run, whether that is running or not."""

import subprocess
import time
from contextlib import contextmanager

import pytest

from tests.local.supervisor import MANAGE, descendants, environment, manage, still_running

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]
ASK = "from django.db import connection; connection.ensure_connection(); print('answered')"


def test_it_starts_the_database_for_the_duration(data):
    done = manage(data, "shell", "-c", ASK)

    assert "answered" in done.stdout
    assert not (data / "running").exists()


def test_it_passes_the_exit_code_on(data):
    assert manage(data, "shell", "-c", "raise SystemExit(7)").returncode == 7


def test_a_second_one_beside_it_uses_the_same_database(data):
    """The first one's end does not pull the database away from under the second."""
    with waiting_command(data) as first, waiting_command(data) as second:
        first.stdin.close()
        time.sleep(0.5)  # room for a wrong first one to stop the servers
        second.stdin.close()

        assert (first.stdout.read(), second.stdout.read()) == ("answered\n", "answered\n")
        assert (first.wait(30), second.wait(30)) == (0, 0)


@contextmanager
def waiting_command(data):
    """Says that it is there, waits for its input to end, then asks the database."""
    script = f"import sys; print('here', flush=True); sys.stdin.read(); {ASK}"
    with subprocess.Popen(
        [MANAGE, "--data", data, "shell", "--verbosity=0", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as command:
        assert command.stdout.readline() == "here\n"
        yield command
        command.stdin.close()


def test_nothing_is_left_when_it_is_killed(data):
    with waiting_command(data) as command:
        family = descendants(command.pid)

        command.kill()

        assert still_running(family) == set()


def test_migrate_acts_as_the_owner(data):
    assert manage(data, "migrate", "--plan").returncode == 0

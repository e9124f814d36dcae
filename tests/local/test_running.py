"""What one can see of a bin/run that is up."""

import pytest

from tests.local.supervisor import Supervisor, environment_of

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]


def test_both_names_of_this_machine_answer(running):
    assert [running.get("/livez", host) for host in ("localhost", "127.0.0.1")] == [200, 200]


def test_who_can_sign_in_is_said(running):
    assert "bin/manage createsuperuser" in " ".join(running.said)


def test_the_second_start_on_the_same_data_is_refused(running):
    with Supervisor("--data", running.data) as second:
        line = second.wait_for("in use")

        assert second.process.wait(20) == 1
        assert line == (
            f"The data folder {running.data} is in use by bin/run, process {running.process.pid}.\n"
        )
    assert running.get("/livez") == 200


def test_nobody_else_may_read_the_secrets_or_the_sockets(running):
    modes = [(running.data / name).stat().st_mode & 0o077 for name in ("secrets.json", "sockets")]

    assert modes == [0, 0]


def test_the_web_process_knows_only_its_own_login(running):
    settings = environment_of(running.child("gunicorn"))

    assert "backoffice_web" in settings["DATABASE_URL"]
    assert settings["DATABASE_OWNER_URL"] == settings["DATABASE_SERVICE_URL"] == ""

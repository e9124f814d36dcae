"""bin/run on servers that DATABASE_URL and REDIS_URL name: here those of this test run."""

import os

import pytest

from tests.local.supervisor import Supervisor, lend_static_files

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]
NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SERVICE_URL", "REDIS_URL")


def test_it_starts_no_servers_of_its_own(tmp_path):
    lend_static_files(tmp_path)
    servers = {name: os.environ[name] for name in NAMES}

    with Supervisor("--data", tmp_path, "--empty", **servers) as supervisor:
        assert supervisor.ready().get("/livez") == 200
        assert not (tmp_path / "postgres").exists()
        assert not (tmp_path / "sockets").exists()

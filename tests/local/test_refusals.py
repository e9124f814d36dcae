"""What bin/run cannot work with: one sentence, exit code 1, and nothing made."""

import os
import socket
import subprocess
import threading

import pytest

from tests.local.supervisor import RUN, environment

pytestmark = pytest.mark.timeout(120)
WEB, OWNER = os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]
SUPERUSER = os.environ["SUPERUSER_URL"]


@pytest.fixture
def refused(tmp_path):
    """Start it, expect a refusal, return the sentence."""

    def start(*arguments, data=tmp_path / "data", become=(), **settings):
        done = subprocess.run(
            [*become, RUN, "--port", "0", "--data", data, *arguments],
            capture_output=True,
            text=True,
            env=environment(**settings),
            check=False,
        )
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "data").exists()
        return done.stderr.strip()

    return start


def test_a_taken_port(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        sentence = refused("--port", str(port))

    assert sentence.startswith(f"Port {port} cannot be used (Address already in use)")


def test_a_port_that_does_not_exist(refused):
    assert refused("--port", "70000").startswith("Port 70000 cannot be used")


def test_a_data_folder_that_is_a_file(refused, tmp_path):
    (tmp_path / "file").touch()

    assert refused(data=tmp_path / "file" / "data").endswith(f"{tmp_path / 'file'} is a file.")


# Root may read and write everything, unless that is taken from it.
LIKE_OTHERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_a_data_folder_without_access(refused, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    become = LIKE_OTHERS if os.geteuid() == 0 else []

    assert "no access" in refused(data=tmp_path / "closed" / "data", become=become)


def test_a_data_folder_on_which_nothing_can_be_written(refused):
    assert "cannot be used" in refused(data="/proc/data")


def test_a_database_that_cannot_be_reached(refused):
    sentence = refused(DATABASE_URL="postgres://somebody:secret@127.0.0.1:1/backoffice")

    assert sentence.startswith("DATABASE_URL: no PostgreSQL could be reached there (")
    assert "secret" not in sentence


def test_a_database_url_that_is_none(refused):
    assert refused(DATABASE_URL="nonsense").startswith("DATABASE_URL: no PostgreSQL")


def test_a_redis_that_cannot_be_reached(refused):
    sentence = refused(REDIS_URL="redis://127.0.0.1:1/0")

    assert sentence.startswith("REDIS_URL: no Redis could be reached there (")


def test_a_server_older_than_postgresql_15(refused):
    with OldServer() as port:
        sentence = refused(DATABASE_URL=f"postgres://web:x@127.0.0.1:{port}/x?sslmode=disable")

    assert sentence == "DATABASE_URL names a PostgreSQL 14.5, and 15 or newer is needed."


def test_a_superuser(refused):
    assert "signs in as postgres, a superuser" in refused(DATABASE_URL=SUPERUSER)


def test_the_owner_of_the_tables(refused):
    assert "backoffice_owner, the owner of tables" in refused(DATABASE_URL=OWNER)


def test_a_real_server_without_the_other_logins(refused):
    sentence = refused(DATABASE_URL=WEB)

    assert "so DATABASE_OWNER_URL has to be set as well" in sentence


def test_a_service_login_that_may_too_much(refused):
    sentence = refused(DATABASE_URL=WEB, DATABASE_OWNER_URL=OWNER, DATABASE_SERVICE_URL=SUPERUSER)

    assert sentence.startswith("DATABASE_SERVICE_URL signs in as postgres, a superuser")


class OldServer:
    """As much of PostgreSQL 14's protocol as a client needs to learn the version."""

    def __enter__(self):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.greet, daemon=True)
        self.thread.start()
        return self.door.getsockname()[1]

    def __exit__(self, *problem):
        self.thread.join(10)
        self.door.close()

    def greet(self):
        connection, _ = self.door.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(
                message(b"R", bytes(4))
                + message(b"S", b"server_version\0" + b"14.5\0")
                + message(b"S", b"client_encoding\0UTF8\0")
                + message(b"Z", b"I")
            )
            connection.recv(4096)


def message(kind, body):
    return kind + (len(body) + 4).to_bytes(4, "big") + body

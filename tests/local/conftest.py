"""Data folders that the tests of bin/run share, because making one takes a while."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.supervisor import Supervisor, lend_static_files


@contextmanager
def open_folder():
    """Unlike pytest's own, one that the database's account may pass through."""
    with tempfile.TemporaryDirectory(prefix="local-") as temporary:
        os.chmod(temporary, 0o711)
        yield Path(temporary)


@pytest.fixture(scope="package")
def data():
    """A complete one, whose path is too long to hold a socket."""
    with open_folder() as folder:
        lend_static_files(folder / ("a-long-name-" * 10))
        yield folder / ("a-long-name-" * 10)


@pytest.fixture(scope="module")
def running():
    """A bin/run that the tests of a module look at, and leave up."""
    with open_folder() as folder:
        lend_static_files(folder / "data")
        with Supervisor("--data", folder / "data", "--empty") as supervisor:
            supervisor.data = folder / "data"
            supervisor.ready()
            supervisor.wait_for("Ctrl-C stops everything")
            yield supervisor


@pytest.fixture
def started(data):
    with Supervisor("--data", data, "--empty") as supervisor:
        yield supervisor.ready()

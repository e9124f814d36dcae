"""A data folder that the tests of bin/run share, because making one takes a while."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.local.supervisor import Supervisor, lend_static_files


@pytest.fixture(scope="package")
def data():
    """A complete one, whose path is too long to hold a socket."""
    with tempfile.TemporaryDirectory(prefix="local-") as temporary:
        os.chmod(temporary, 0o711)
        folder = Path(temporary) / ("a-long-name-" * 10)
        lend_static_files(folder)
        yield folder


@pytest.fixture
def started(data):
    with Supervisor("--data", data, "--empty") as supervisor:
        yield supervisor.ready()

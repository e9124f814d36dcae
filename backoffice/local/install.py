"""Make .venv hold what a lock file says. Runs before anything is installed.

python install.py local|dev
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "requirements"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Written last: without it the environment is half-made and gets thrown away.
READY = VENV / "ready"
# dev.txt contains local.txt.
CONTAINS = {"local": ["local"], "dev": ["dev", "local"]}


class CannotInstall(Exception):
    """A sentence for the person at the terminal."""


def install(lock: str) -> None:
    with one_at_a_time():
        if not is_installed(lock):
            say(f"Installing the dependencies into {VENV} (once, less than a minute) ...")
            make_environment()
            READY.unlink(missing_ok=True)
            install_packages(LOCKS / f"{lock}.txt")
            READY.write_text(json.dumps(fingerprint(lock)))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    folder = os.open(LOCKS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def is_installed(lock: str) -> bool:
    return fingerprint(lock).items() <= installed().items()


def fingerprint(lock: str) -> dict[str, str]:
    """What is installed once `lock` is: each lock file's hash, and which Python it is for."""
    hashes = {name: digest(LOCKS / f"{name}.txt") for name in CONTAINS[lock]}
    return hashes | {"python": os.path.realpath(PYTHON)}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def installed() -> dict[str, str]:
    try:
        return json.loads(READY.read_text()) if os.access(PYTHON, os.X_OK) else {}
    except (OSError, ValueError):
        return {}


def make_environment() -> None:
    """Keep an environment that was complete for another lock; make anything else anew."""
    if installed().get("python") == os.path.realpath(PYTHON):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if uv():
        run([uv(), "venv", "--quiet", "--python", base_python(), str(VENV)])
    else:
        run([base_python(), "-m", "venv", "--without-pip", str(VENV)])


def install_packages(lock: Path) -> None:
    arguments = ["install", "--quiet", "--require-hashes", "--requirement", str(lock)]
    if uv():
        run([uv(), "pip", *arguments, "--python", str(PYTHON)])
    else:
        run([*pip(), *arguments, "--no-compile", "--disable-pip-version-check", "--no-input"])


def uv() -> str:
    return shutil.which("uv") or ""


def base_python() -> str:
    """The Python outside any virtual environment, ours included."""
    return getattr(sys, "_base_executable", None) or sys.executable


def pip() -> list[str]:
    """The one beside Python saves unpacking our own; where there is none, ensurepip has one."""
    if outer_pip_can_install_elsewhere():
        return [base_python(), "-m", "pip", "--python", str(PYTHON)]
    if importlib.util.find_spec("ensurepip") is None:
        install_debians_venv()
    run([str(PYTHON), "-m", "ensurepip"])
    return [str(PYTHON), "-m", "pip"]


def outer_pip_can_install_elsewhere() -> bool:
    asked = subprocess.run(
        [base_python(), "-m", "pip", "--python", str(PYTHON), "--version"],
        capture_output=True,
        env=clean_environment(),
    )
    return asked.returncode == 0


def install_debians_venv() -> None:
    """Debian cuts ensurepip out of its Python."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotInstall("This Python has no pip: install uv, or Debian's python3-venv.")
    run(["apt-get", "update", "--quiet"])
    run(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "python3-venv"])


def run(command: list[str]) -> None:
    """Quiet when it works; everything it said when it doesn't."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment(),
        cwd=tempfile.gettempdir(),
    )
    if done.returncode:
        say(done.stdout)
        raise CannotInstall(f"{' '.join(command[:4])} ... failed; what it said is above.")


def clean_environment() -> dict[str, str]:
    """Settings of the person's own Python that would lead an installer astray."""
    astray = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in astray}
    if not os.access(Path.home(), os.W_OK):
        environment.setdefault("UV_NO_CACHE", "1")
    return environment | {"DEBIAN_FRONTEND": "noninteractive"}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        install(sys.argv[1])
    except CannotInstall as refusal:
        sys.exit(str(refusal))
    except OSError as error:
        sys.exit(f"The environment {VENV} could not be made: {error}.")
    except KeyboardInterrupt:
        sys.exit(130)

"""bin/run as a person starts it, and what is left of it afterwards."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "bin" / "run"
MANAGE = ROOT / "bin" / "manage"
# Everything by which the suite's own servers would be taken for real ones.
FOREIGN = re.compile(r"(DATABASE|REDIS|STATIC|MEDIA|BACKOFFICE|PYTEST|PG).*|SECRET_KEY|HTTPS|DEBUG")


def environment(**settings):
    """A shell's, without the settings of this test run, and deaf to a .env file."""
    inherited = {name: text for name, text in os.environ.items() if not FOREIGN.fullmatch(name)}
    blank = {"DATABASE_URL": "", "REDIS_URL": "", "PYTHONWARNINGS": ""}
    return inherited | blank | settings


class Supervisor:
    """One bin/run; its port is whichever was free."""

    def __init__(self, *arguments, command=(RUN,), **settings):
        self.process = subprocess.Popen(
            [*command, "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(**settings),
        )
        self.said = []

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        """No test may leave anything running."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        if self.process.stdout.closed:
            self.process.wait(60)
        else:
            self.process.communicate(timeout=60)  # a full pipe would hold it up

    def wait_for(self, text):
        for line in self.process.stdout:
            self.said.append(line)
            if text in line:
                return line
        raise AssertionError(f"never said {text!r}, but:\n{''.join(self.said)}")

    def ready(self):
        self.port = int(re.search(r":(\d+)$", self.wait_for("Ready: ").strip())[1])
        return self

    def get(self, path, host="localhost"):
        with urllib.request.urlopen(f"http://{host}:{self.port}{path}", timeout=10) as response:
            return response.status

    def family(self):
        return descendants(self.process.pid)

    def child(self, *words, seconds=20):
        """The process that bin/run started with these words on its command line."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for pid in children_of(self.process.pid):
                if all(f" {word} " in command_of(pid) for word in words):
                    return pid
            time.sleep(0.05)
        raise AssertionError(f"no {words} among the children")

    def press_ctrl_c(self):
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.stdout.readlines()
        return self.process.wait(30)


def descendants(pid):
    children = children_of(pid)
    return set(children).union(*(descendants(child) for child in children))


def children_of(pid):
    """Empty for a process that has ended, as are the others below."""
    return [
        int(child)
        for thread in threads_of(pid)
        for child in _read(pid, f"task/{thread}/children").split()
    ]


def threads_of(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []


def command_of(pid):
    return _read(pid, "cmdline").replace("\0", " ")


def has_ended(pid):
    """Has it closed its files? Its command line, and the first of its threads, end before that."""
    state = _read(pid, "stat").rpartition(") ")[2][:1]
    return state in ("", "Z", "X") and len(threads_of(pid)) < 2


def environment_of(pid):
    return dict(line.partition("=")[::2] for line in _read(pid, "environ").split("\0"))


def _read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def still_running(pids, seconds=20):
    """Those that have not ended within so long; a dead process has no command line."""
    until = time.monotonic() + seconds
    while (left := {pid for pid in pids if command_of(pid)}) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def manage(data, *arguments, **settings):
    return subprocess.run(
        [MANAGE, "--data", data, *arguments],
        capture_output=True,
        text=True,
        env=environment(**settings),
        check=False,
    )


def lend_static_files(data):
    """Collecting them takes seconds, and this test run has done it already."""
    collected = Path(os.environ["STATIC_ROOT"])
    data.mkdir(parents=True, exist_ok=True)
    shutil.copytree(collected, data / "static", dirs_exist_ok=True)
    shutil.copy(collected.parent / "collected", data / "collected")

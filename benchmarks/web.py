"""The web processes that are measured, started as bin/run starts them."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from backoffice.local.addresses import web_settings
from backoffice.local.processes import end_with_parent
from backoffice.local.product import ROOT
from backoffice.local.refusal import CannotStart
from backoffice.local.run import reserve, tethered

WORKERS = "2"


class WebServer:
    """gunicorn with two workers on a free port; what it says goes into a file."""

    def __init__(self, environment: Mapping[str, str], log: Path, *options: str) -> None:
        self.door = reserve(0)
        self.port = int(self.door.getsockname()[1])
        self.log = log
        bind = ["--bind", f"fd://{self.door.fileno()}", "--log-level", "warning"]
        config = ["--config", str(ROOT / "gunicorn.conf.py")]
        self.process = subprocess.Popen(
            tethered("gunicorn", *config, *bind, *options),
            env={**environment, **web_settings({}, self.port), "WEB_CONCURRENCY": WORKERS},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
            pass_fds=[self.door.fileno()],
            preexec_fn=end_with_parent(os.getpid(), signal.SIGKILL),
            start_new_session=True,
        )

    def wait(self, path: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not self.answers(path):
            if self.process.poll() is not None or time.monotonic() > until:
                raise CannotStart(f"The web server did not start; see {self.log}.")
            time.sleep(0.1)

    def answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.door.close()

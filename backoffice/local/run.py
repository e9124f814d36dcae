"""bin/run: the whole product in this terminal."""

import argparse
import http.client
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from backoffice.local.addresses import web_settings
from backoffice.local.folder import Folder
from backoffice.local.people import who_can_sign_in
from backoffice.local.processes import Child, Processes
from backoffice.local.product import ROOT, Given, Product, say
from backoffice.local.refusal import CannotStart


def main() -> int:
    options = arguments()
    try:
        door = reserve(options.port)
        given = Given.read()
        given.check()
        folder = Folder(options.data)
        folder.make()
        return Run(Product(folder, given), door, empty=options.empty).until_stopped()
    except (CannotStart, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/run", description="Start the product in this terminal."
    )
    parser.add_argument(
        "--port", type=int, default=8000, help="where to listen on 127.0.0.1 (8000; 0: any free)"
    )
    parser.add_argument(
        "--data", type=Path, default=default_data(), help="where everything is kept (var/)"
    )
    parser.add_argument("--empty", action="store_true", help="no demo data on the first start")
    return parser.parse_args()


def default_data() -> Path:
    return Path(os.environ.get("BACKOFFICE_DATA") or ROOT / "var")


def reserve(port: int) -> socket.socket:
    """Bound before anything is made, and handed to the web process when it starts."""
    door = socket.socket(socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
        # Until it listens, a socket that allows reuse could still lose its port to another such.
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise CannotStart(
            f"Port {port} cannot be used ({reason}); choose another one with --port."
        ) from None
    return door


@dataclass
class Service:
    """One process that comes back when it ends by itself, unless it does so all the time."""

    start: Callable[[], Child]
    child: Child
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=5))
    missing: bool = False

    def has_died(self) -> bool:
        return not self.missing and self.child.has_gone()

    def bury(self) -> None:
        name, now = self.child.name, time.monotonic()
        if len(self.deaths) == 5 and now - self.deaths[0] < 60:
            raise CannotStart(f"{name} keeps ending; what it said is above.")
        self.deaths.append(now)
        self.missing = True
        say(f"{name} ended with {self.child.popen.returncode}; it starts again in a second.")

    def is_due(self) -> bool:
        return self.missing and time.monotonic() - self.deaths[-1] > 1

    def revive(self) -> None:
        self.child = self.start()
        self.missing = False


@dataclass
class Run:
    """One start of the product, from the servers to the last process."""

    product: Product
    door: socket.socket
    empty: bool = False
    services: list[Service] = field(default_factory=list)

    @property
    def processes(self) -> Processes:
        return self.product.processes

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    def until_stopped(self) -> int:
        self.product.take_folder("bin/run")
        self.processes.heed_signals()
        try:
            self.start()
            self.watch()
        except KeyboardInterrupt:
            return 0
        finally:
            self.stop()

    def start(self) -> None:
        say("Starting the database ...")
        self.watch_over(self.product.start_postgres(), self.product.postgres.launch)
        self.watch_over(self.product.start_redis(), self.product.redis.launch)
        self.product.folder.mark("running")
        self.prepare()
        self.serve(self.start_web)
        self.processes.wait_until(self.is_alive, self.services[-1].child, 60, "The web process")
        self.greet()
        self.serve(self.start_worker)
        self.serve(self.start_beat)

    def prepare(self) -> None:
        """Static files are collected on one core while the other migrates and seeds."""
        collecting = self.product.collect_static()
        self.product.migrate()
        if not self.product.folder.has("seeded"):
            self.seed()
        self.product.static_is_collected(collecting)

    def seed(self) -> None:
        """Refused where people or leads are there already: that is no reason not to start."""
        if self.empty:
            self.product.folder.mark("seeded")
            return
        say("Making demo data ...")
        if self.product.manage(
            "seed_demo", "--skip-checks", urls=self.product.addresses.for_service()
        ):
            say("This start goes on without demo data; --empty does not ask for it again.")
        else:
            self.product.folder.mark("seeded", "demo")

    # --- the processes -------------------------------------------------------

    def watch_over(self, server: Child | None, launch: Callable[[Processes], Child]) -> None:
        """A server of our own comes back like the rest, and finds what it had acknowledged."""
        if server is not None:
            self.services.append(Service(lambda: launch(self.processes), server))

    def serve(self, start: Callable[[], Child]) -> None:
        self.services.append(Service(start, start()))

    def start_web(self) -> Child:
        bind = f"fd://{self.door.fileno()}"
        config = str(ROOT / "gunicorn.conf.py")
        quick = ["--graceful-timeout", "5", "--log-level", "warning"]
        return self.processes.start(
            "web",
            tethered("gunicorn", "--config", config, "--bind", bind, *quick),
            self.environment(self.product.addresses.for_web()),
            inherited=[self.door.fileno()],
        )

    def start_worker(self) -> Child:
        return self.start_celery(
            "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"
        )

    def start_beat(self) -> Child:
        """With a new notebook: all it does is sweeps, and the old one may be broken."""
        notebook = self.product.folder.path / "schedule"
        for old in notebook.parent.glob("schedule*"):
            old.unlink()
        return self.start_celery("beat", "--schedule", str(notebook), "--pidfile=")

    def start_celery(self, name: str, *options: str) -> Child:
        command = tethered(
            "celery", "--app", "backoffice.celery:app", "--quiet", name, "--loglevel", "warning"
        )
        environment = self.environment(self.product.addresses.for_service())
        # Root in a container is common, and everything here is local.
        quiet = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
        return self.processes.start(name, [*command, *options], environment | quiet)

    def environment(self, urls: dict[str, str]) -> dict[str, str]:
        return self.product.environment(urls) | web_settings(os.environ, self.port)

    def is_alive(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def greet(self) -> None:
        demo = self.product.folder.remembers("seeded", "demo")
        say(f"\nReady: http://localhost:{self.port}\n\n{who_can_sign_in(demo)}\n")
        say("Ctrl-C stops everything.\n")

    # --- until the end -------------------------------------------------------

    def watch(self) -> NoReturn:
        while True:
            self.processes.pump()
            for service in self.services:
                if service.has_died():
                    self.processes.finish(service.child)
                    service.bury()
                elif service.is_due():
                    service.revive()

    def stop(self) -> None:
        """A second Ctrl-C doesn't wait any longer."""
        try:
            self.product.stop()
        except KeyboardInterrupt:
            self.processes.kill()


def tethered(*command: str) -> list[str]:
    return [sys.executable, "-P", "-m", "backoffice.local.tether", *command]


if __name__ == "__main__":
    sys.exit(main())

"""An embedded PostgreSQL: its binaries, its cluster, its sockets, its roles."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from backoffice.local.accounts import Account, as_account, can_enter, server_account, succeeds
from backoffice.local.binaries import (
    REACHABLE,
    made_folder,
    reachable_copy,
    system_binaries,
    wheel_binaries,
)
from backoffice.local.folder import Folder, remove
from backoffice.local.processes import Child, Processes
from backoffice.local.refusal import CannotStart
from backoffice.local.sockets import PORT, make_sockets

HERE = Path(__file__).parent
# Of postmaster.pid, counted from 0.
STATUS_LINE = 7
DATABASE = "backoffice"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    # For a laptop; BACKOFFICE_POSTGRES="shared_buffers=4GB ..." overrides any of them.
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A refused booking is an error to the server and an answer to us: not for the terminal.
    "log_min_messages": "fatal",
}
# Tests throw their cluster away, so nothing needs to survive a power cut.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


@dataclass
class Postgres:
    """The server of one data folder."""

    folder: Folder
    throwaway: bool = False

    # --- where things are ----------------------------------------------------

    @cached_property
    def account(self) -> Account | None:
        return server_account(self.folder.cluster)

    @cached_property
    def binaries(self) -> Path:
        found = wheel_binaries() or system_binaries()
        if found is None:
            raise CannotStart(
                "No PostgreSQL was found: name a server with DATABASE_URL (docs/operations.md)."
            )
        if succeeds(self.account, [str(found / "initdb"), "--version"]):
            return found
        return reachable_copy(found)

    @cached_property
    def version(self) -> int:
        said = subprocess.run(
            [self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        return int(re.findall(r"\d+", said.stdout)[0])

    def urls(self) -> dict[str, str]:
        return {login: self.url(login) for login in ("web", "service", "owner")}

    def url(self, login: str) -> str:
        return self._url(f"backoffice_{login}", self.folder.secrets[login])

    def superuser_url(self) -> str:
        return self._url("postgres", self.folder.secrets["superuser"])

    def _url(self, role: str, password: str) -> str:
        sockets = quote(str(self.folder.sockets.resolve()), safe="/")
        return f"postgres://{role}:{password}@/{DATABASE}?host={sockets}&port={PORT}"

    # --- from nothing to a running server ------------------------------------

    def start(self, processes: Processes) -> Child:
        self.prepare()
        server = self.launch(processes)
        processes.wait_until(self.answers, server, 120, "PostgreSQL")
        self.make_roles()
        return server

    def launch(self, processes: Processes) -> Child:
        # Nothing of an earlier start is alive: its number may be somebody else's by now.
        (self.folder.cluster / "postmaster.pid").unlink(missing_ok=True)
        return processes.start(
            "postgres",
            self.command(),
            environment(),
            account=self.account,
            stop_with=signal.SIGINT,
            die_with=signal.SIGINT,
        )

    def prepare(self) -> None:
        make_sockets(self.folder.sockets, self.account)
        if not self.folder.cluster.exists():
            self.initialise()
        found = (self.folder.cluster / "PG_VERSION").read_text().strip()
        if found != str(self.version):
            raise CannotStart(
                f"{self.folder.cluster} was made by PostgreSQL {found} and this is {self.version}: "
                "keep it safe and start with another --data folder."
            )

    def initialise(self) -> None:
        """Made beside its place and moved there when complete."""
        place = self.place()
        new = place.with_name("postgres.new")
        remove(new)
        new.mkdir(mode=0o700)
        password = self.folder.sockets.resolve() / "password"
        password.write_text(self.folder.secrets["superuser"])
        if self.account:
            self.account.owns(new)
            self.account.owns(password)
        self.run_initdb(new, password)
        password.unlink()
        remove(place)
        new.rename(place)
        if place != self.folder.cluster:
            remove(self.folder.cluster)
            self.folder.cluster.symlink_to(place)

    def place(self) -> Path:
        """In the data folder, if the server's account can get there."""
        if can_enter(self.account, self.folder.path):
            return self.folder.cluster
        made_folder(REACHABLE)
        return (
            made_folder(REACHABLE / sha256(bytes(self.folder.path)).hexdigest()[:12]) / "postgres"
        )

    def run_initdb(self, new: Path, password: Path) -> None:
        command = [str(self.binaries / "initdb"), "-D", str(new)]
        command += ["--username=postgres", f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        if self.version >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.throwaway:
            command += ["--no-sync"]
        made = subprocess.run(
            command,
            env=environment(),
            cwd="/",
            capture_output=True,
            text=True,
            **as_account(self.account),
        )
        if made.returncode:
            remove(new)
            raise CannotStart(f"initdb could not make a PostgreSQL cluster:\n{made.stderr.strip()}")

    def command(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.folder.sockets.resolve())}
        settings |= THROWAWAY if self.throwaway else {}
        settings |= overrides()
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.folder.cluster.resolve()), *options]

    def answers(self) -> bool:
        """What the server itself says, as pg_ctl reads it: asking too early would log errors."""
        try:
            lines = (self.folder.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    # --- roles and the database ----------------------------------------------

    def make_roles(self) -> None:
        """Every time: a new version may bring new limits, and it takes no time."""
        if self.throwaway:
            # A kept test cluster starts afresh too: migrations change while they are written.
            self.psql("--command", f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.psql("--file", str(HERE / "roles.sql"))
        if self.throwaway:
            self.psql("--file", str(HERE / "roles_test.sql"))

    def psql(self, *what: str) -> None:
        secrets = self.folder.secrets
        where = f"host={self.folder.sockets.resolve()} port={PORT} user=postgres dbname=postgres"
        logins = ("owner", "web", "service")
        passwords = {f"{login.upper()}_PASSWORD": secrets[login] for login in logins}
        command = [str(self.binaries / "psql"), "--no-psqlrc", "--quiet", *what, where]
        done = subprocess.run(
            command,
            env=environment() | passwords | {"PGPASSWORD": secrets["superuser"]},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CannotStart(f"The database roles could not be made:\n{done.stderr.strip()}")


def environment() -> dict[str, str]:
    """Ours without what libpq and the server would read from it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def overrides() -> dict[str, str]:
    pairs = os.environ.get("BACKOFFICE_POSTGRES", "").split()
    return dict(pair.split("=", 1) for pair in pairs)

"""A data set of one size, with a PostgreSQL of its own; built once and restored for every run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from backoffice.local.folder import Folder, remove
from backoffice.local.postgres import DATABASE
from backoffice.local.processes import Processes
from backoffice.local.product import ROOT, Given, Product, say
from backoffice.local.refusal import CannotStart

# Both sizes get the same server: everything fits into memory, statements are counted and timed.
SERVER = {
    "shared_buffers": "1GB",
    "effective_cache_size": "6GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
}
# A copy that nothing is measured on, from which each run begins.
PRISTINE = "pristine"
LEADS_PER_REP = 2_000


class DataSet:
    """`size` leads and as many reps as make every book of leads as long as at any other size."""

    def __init__(self, size: int, home: Path) -> None:
        self.size = size
        self.reps = max(size // LEADS_PER_REP, 5)
        self.seeded: float | None = None  # in seconds, where this run has built it
        self.folder = Folder(home / str(size))
        own_servers = Given(web="", service="", owner="", redis="")
        self.product = Product(self.folder, own_servers, Processes())

    # --- from nothing to a running database -----------------------------------

    def start(self, *, fresh: bool, as_is: bool) -> None:
        os.environ["BACKOFFICE_POSTGRES"] = " ".join(f"{k}={v}" for k, v in SERVER.items())
        self.folder.make()
        self.product.take_folder("benchmarks/run")
        if fresh or not (as_is or self.folder.remembers("built", fingerprint(self.reps))):
            self.forget()
        self.product.start_postgres()
        self.product.start_redis()
        if not self.folder.has("built"):
            self.build()
        elif self.folder.has("written"):
            self.restore()
        self.settle()
        self.product.static_is_collected(self.product.collect_static())

    def forget(self) -> None:
        self.folder.forget("built")
        remove(self.folder.cluster.resolve())
        remove(self.folder.cluster)

    def build(self) -> None:
        began = time.monotonic()
        say(f"Building {self.size:,} leads of {self.reps} reps ...")
        self.product.migrate()
        seed = ("seed_demo", "--leads", str(self.size), "--reps", str(self.reps))
        if self.product.manage(*seed, urls=self.product.addresses.for_service()):
            raise CannotStart("The data set could not be built: run seed_demo to see why.")
        self.seeded = time.monotonic() - began
        self.as_superuser("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self.as_owner("VACUUM (ANALYZE)")
        self.copy(DATABASE, PRISTINE)
        self.folder.mark("built", fingerprint(self.reps))
        self.folder.forget("written")
        say(f"... seeded in {self.seeded:.0f} s, ready in {time.monotonic() - began:.0f} s.")

    def restore(self) -> None:
        self.copy(PRISTINE, DATABASE)
        self.product.postgres.make_roles()  # the rights on a database are not copied with it
        self.folder.forget("written")

    def copy(self, source: str, copy: str) -> None:
        with psycopg.connect(self.superuser_of("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
            made = f"CREATE DATABASE {copy} TEMPLATE {source} STRATEGY FILE_COPY"
            connection.execute(f"{made} OWNER backoffice_owner")

    def settle(self) -> None:
        """Do what the worker would have done since the data set was built."""
        released = self.inside("settle", urls=self.product.addresses.for_service())
        if released:
            self.folder.mark("written")
            self.as_owner("VACUUM (ANALYZE)")

    def stop(self) -> None:
        self.product.stop()

    # --- asking it ------------------------------------------------------------

    def superuser_of(self, database: str) -> str:
        return self.product.postgres.superuser_url().replace(f"/{DATABASE}?", f"/{database}?")

    def as_superuser(self, sql: str, parameters: Sequence[Any] | dict | None = None) -> list[tuple]:
        """Outside every product process: looks at what row security hides from them."""
        with psycopg.connect(self.superuser_of(DATABASE), autocommit=True) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def as_owner(self, sql: str) -> None:
        with psycopg.connect(self.product.postgres.url("owner"), autocommit=True) as connection:
            connection.execute(sql)

    def inside(
        self,
        name: str,
        *arguments: str,
        urls: dict[str, str] | None = None,
        settings: str = "backoffice.settings",
    ) -> Any:
        """Run benchmarks.inside.NAME under Django, as the web login, and return what it says."""
        environment = self.product.environment(urls or self.product.addresses.for_web())
        done = subprocess.run(
            [sys.executable, "-P", "-m", f"benchmarks.inside.{name}", *arguments],
            env=environment | {"DJANGO_SETTINGS_MODULE": settings},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"benchmarks.inside.{name} failed:\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])


def fingerprint(reps: int) -> str:
    """Changes whenever a data set would be built otherwise."""
    migrations = sorted(ROOT.glob("*/migrations/*.py"))
    seeding = sorted(ROOT.glob("demo/**/*.py"))
    texts = [path.read_bytes() for path in (*migrations, *seeding)]
    return sha256(b"\n".join([*texts, str(reps).encode()])).hexdigest()

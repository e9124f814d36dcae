"""The product's processes on this machine: its servers, and what runs on top of them."""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import environ

from backoffice.local import real
from backoffice.local.addresses import Addresses
from backoffice.local.folder import Folder
from backoffice.local.postgres import Postgres, environment
from backoffice.local.processes import Child, Processes
from backoffice.local.redis import Redis
from backoffice.local.refusal import CannotStart
from backoffice.local.sockets import remove_sockets

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Given:
    """The real servers that the environment names; empty where we bring our own."""

    web: str
    service: str
    owner: str
    redis: str

    @classmethod
    def read(cls) -> "Given":
        environ.Env.read_env(ROOT / ".env")
        env = environ.FileAwareEnv()
        names = ("DATABASE_URL", "DATABASE_SERVICE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
        return cls(*(env.str(name, default="").strip() for name in names))

    def check(self) -> None:
        if self.web:
            real.check_database(self.web, self.service, self.owner, warn=say)
        if self.redis:
            real.check_redis(self.redis)


@dataclass
class Product:
    """Everything that belongs to one data folder."""

    folder: Folder
    given: Given
    processes: Processes = field(default_factory=Processes)
    throwaway: bool = False

    @cached_property
    def postgres(self) -> Postgres:
        return Postgres(self.folder, self.throwaway)

    @cached_property
    def redis(self) -> Redis:
        return Redis(self.folder)

    @cached_property
    def addresses(self) -> Addresses:
        given, redis = self.given, self.given.redis or self.redis.url()
        if given.web:
            return Addresses(given.web, given.service or given.web, given.owner, redis)
        return Addresses(redis=redis, **self.postgres.urls())

    def take_folder(self, who: str) -> None:
        if not self.folder.take(who):
            raise CannotStart(
                f"The data folder {self.folder.path} is in use by {self.folder.taken_by()}."
            )
        self.take_over()

    def take_over(self) -> None:
        """The folder is ours: let what is left of an earlier start end first."""
        self.folder.wait_for_leftovers()
        self.processes.inherited = self.folder.inherited()

    def start_postgres(self) -> Child | None:
        return None if self.given.web else self.postgres.start(self.processes)

    def start_redis(self) -> Child | None:
        return None if self.given.redis else self.redis.start(self.processes)

    def stop(self) -> None:
        """The ones that ask before the ones that answer."""
        self.folder.forget("running")
        self.processes.stop("web", "beat", "worker", "prepare")
        self.processes.stop("redis")
        self.processes.stop("postgres", seconds=60)
        remove_sockets(self.folder.sockets)

    # --- manage.py -----------------------------------------------------------

    def environment(self, urls: dict[str, str]) -> dict[str, str]:
        """The person's own settings first, then what makes the product complete on one machine."""
        base = dict(os.environ) if self.given.web else environment()
        here = {
            "SECRET_KEY": self.folder.secrets["secret_key"],
            "STATIC_ROOT": str(self.folder.static),
            "MEDIA_ROOT": str(self.folder.media),
            "HTTPS": "0",
        }
        chosen = {name: base.get(name) or value for name, value in here.items()}
        return base | chosen | urls | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def manage(self, *arguments: str, urls: dict[str, str]) -> int:
        return self.processes.finish(self.begin(*arguments, urls=urls))

    def begin(self, *arguments: str, urls: dict[str, str]) -> Child:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return self.processes.start("prepare", command, self.environment(urls))

    def migrate(self) -> None:
        urls = self.addresses.for_migrations()
        quietly = ("--no-input", "--verbosity=0", "--skip-checks")
        if self.manage("migrate", "--database=owner", *quietly, urls=urls):
            raise CannotStart("The database could not be migrated; what went wrong is above.")
        self.folder.mark("migrated")

    def collect_static(self) -> Child | None:
        """Only when a file has changed; the caller waits for the child's end."""
        if self.folder.remembers("collected", static_fingerprint()):
            return None
        # django-htmx brings a megabyte of scripts that no page of ours asks for.
        quietly = ("--no-input", "--clear", "--verbosity=0", "--ignore=django_htmx")
        return self.begin("collectstatic", *quietly, urls=self.addresses.for_web())

    def static_is_collected(self, child: Child | None) -> None:
        if child is None:
            return
        if self.processes.finish(child):
            raise CannotStart("The static files could not be collected; what went wrong is above.")
        self.folder.mark("collected", static_fingerprint())


def static_fingerprint() -> str:
    """Changes whenever a static file of ours or of a dependency does."""
    lock = (ROOT / "requirements" / "base.txt").read_bytes()
    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    seen = [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in files]
    settings = (ROOT / "backoffice" / "settings.py").read_bytes()
    return sha256("\n".join(seen).encode() + lock + settings).hexdigest()


def say(text: str) -> None:
    with suppress(OSError):  # as Processes does, when its next line can't be shown either
        print(text, flush=True)

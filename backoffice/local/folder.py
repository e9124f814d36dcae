"""The data folder: everything bin/run keeps between two starts."""

import fcntl
import json
import os
import secrets
import shutil
import time
from functools import cached_property
from pathlib import Path

from backoffice.local.refusal import CannotStart

LOGINS = ("superuser", "owner", "web", "service")


class Folder:
    """Paths, secrets and locks of one data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.cluster = self.path / "postgres"
        self.sockets = self.path / "sockets"
        self.log = self.path / "log"
        self.static = self.path / "static"
        self.media = self.path / "media"
        self._owning: int | None = None
        self._living: int | None = None
        self._visiting: int | None = None

    def make(self) -> None:
        """Refuse with a sentence, before anything is made, if it can't be used."""
        existing = self.path
        while not existing.exists():
            existing = existing.parent
        if not existing.is_dir():
            raise CannotStart(f"The data folder {self.path} cannot be made: {existing} is a file.")
        if not os.access(existing, os.R_OK | os.W_OK | os.X_OK):
            raise CannotStart(
                f"The data folder {self.path} cannot be used: no access to {existing}."
            )
        self._make_folders()

    def _make_folders(self) -> None:
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                # Others may pass through, not look around: the PostgreSQL account has to.
                self.path.chmod(0o711)
            for folder in (self.log, self.static, self.media):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise CannotStart(
                f"The data folder {self.path} cannot be used: {error.strerror}."
            ) from None

    # --- who uses it ---------------------------------------------------------

    def take(self, who: str) -> bool:
        """Become the one that runs servers here, until this process ends."""
        descriptor = open_locked(self.path / "lock")
        if descriptor is None:
            return False
        self.forget("running")
        self._owning = descriptor
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{who}, process {os.getpid()}".encode())
        return True

    def taken_by(self) -> str:
        return (self.path / "lock").read_text() or "another command"

    def wait_for_leftovers(self, seconds: float = 30) -> None:
        """Servers hold this lock too: it is free once everything of an earlier start has ended."""
        until = time.monotonic() + seconds
        while (descriptor := open_locked(self.path / "living")) is None:
            if time.monotonic() > until:
                raise CannotStart(f"Servers of an earlier start are still running in {self.path}.")
            time.sleep(0.05)
        self._living = descriptor

    def inherited(self) -> tuple[int, ...]:
        """Descriptors that every process started here has to hold."""
        return () if self._living is None else (self._living,)

    def be_guest(self) -> bool:
        """Use the servers of another command, if it has any; it waits before it stops them."""
        descriptor = os.open(self.path / "guests", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if self.has("running"):
            self._visiting = descriptor
            return True
        os.close(descriptor)
        return False

    def wait_for_guests(self) -> None:
        descriptor = os.open(self.path / "guests", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.close(descriptor)

    # --- what it remembers ---------------------------------------------------

    @cached_property
    def secrets(self) -> dict[str, str]:
        path = self.path / "secrets.json"
        if not path.exists():
            made = {login: secrets.token_urlsafe(24) for login in LOGINS}
            write_private(path, json.dumps(made | {"secret_key": secrets.token_urlsafe(50)}))
        try:
            kept: dict[str, str] = json.loads(path.read_text())
            return kept
        except PermissionError:
            raise CannotStart(f"The data folder {self.path} belongs to somebody else.") from None

    def has(self, mark: str) -> bool:
        return (self.path / mark).exists()

    def remembers(self, mark: str, text: str) -> bool:
        return self.has(mark) and (self.path / mark).read_text() == text

    def mark(self, mark: str, text: str = "") -> None:
        write_private(self.path / mark, text)

    def forget(self, mark: str) -> None:
        (self.path / mark).unlink(missing_ok=True)


def open_locked(path: Path) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(
            f"The data folder {path.parent} cannot be used: {error.strerror}."
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write_private(path: Path, text: str) -> None:
    """All of it or nothing, for nobody else's eyes."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)

"""Which account the embedded PostgreSQL runs as: it refuses root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backoffice.local.refusal import CannotStart


@dataclass(frozen=True)
class Account:
    """Somebody to run a server as; `None` everywhere else means: as ourselves."""

    uid: int
    gid: int

    def popen_options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def as_account(account: Account | None) -> dict[str, Any]:
    return account.popen_options() if account else {}


def server_account(cluster: Path) -> Account | None:
    """Ourselves, or, for root, whoever owns the cluster already, else an unprivileged account."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        return Account(cluster.stat().st_uid, cluster.stat().st_gid)
    return unprivileged()


def unprivileged() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL refuses to run as root, and there is no account 'nobody' to run it as."
    )


def can_enter(account: Account | None, folder: Path) -> bool:
    return succeeds(account, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])


def succeeds(account: Account | None, command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, cwd="/", **as_account(account))
    except OSError:
        return False
    return done.returncode == 0

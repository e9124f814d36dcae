"""The folder in which the embedded servers have their unix sockets."""

import re
import shutil
import socket
import tempfile
from pathlib import Path

from backoffice.local.accounts import Account, can_enter
from backoffice.local.folder import remove

# Part of the name of PostgreSQL's socket; nothing listens on the network.
PORT = 5432


def make_sockets(sockets: Path, account: Account | None) -> None:
    """A fresh folder for the sockets, in /tmp if the data folder can't hold any."""
    remove_sockets(sockets)
    sockets.mkdir(mode=0o700)
    speakable = re.fullmatch(r"[\w/.-]+", str(sockets), re.ASCII)  # goes into addresses
    if not (speakable and can_enter(account, sockets.parent) and holds_sockets(sockets)):
        sockets.rmdir()
        sockets.symlink_to(tempfile.mkdtemp(prefix="backoffice-", dir="/tmp"))
    if account:
        account.owns(sockets.resolve())


def remove_sockets(sockets: Path) -> None:
    if sockets.is_symlink():
        shutil.rmtree(sockets.resolve(), ignore_errors=True)
    remove(sockets)


def holds_sockets(folder: Path) -> bool:
    """Not where the path is longer than an address may be, nor on some shared folders."""
    longest = folder / f".s.PGSQL.{PORT}.lock"
    with socket.socket(socket.AF_UNIX) as attempt:
        try:
            attempt.bind(str(longest))
        except OSError:
            return False
    longest.unlink()
    return True

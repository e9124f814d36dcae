"""bin/manage: manage.py on bin/run's database, started for the duration if it isn't running."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from backoffice.local.folder import Folder
from backoffice.local.processes import Processes, end_with_parent
from backoffice.local.product import ROOT, Given, Product
from backoffice.local.refusal import CannotStart
from backoffice.local.run import default_data

OF_MIGRATIONS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "optimizemigration"}
# These get to know the owner's login too; seed_demo tidies up with it after a million leads.
OF_THE_OWNER = OF_MIGRATIONS | {"seed_demo"}
# These work on an empty database.
BEFORE_MIGRATIONS = OF_MIGRATIONS | {"help", "check", "collectstatic", "--help", "--version"}


def main() -> int:
    data, arguments = data_folder(sys.argv[1:])
    try:
        given = Given.read()
        folder = Folder(data)
        folder.make()
        product = Product(folder, given, Processes(quiet=True))
        if given.web:
            return run(product, arguments)
        return on_embedded_database(product, arguments)
    except (CannotStart, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def data_folder(arguments: list[str]) -> tuple[Path, list[str]]:
    """`bin/manage --data DIR ...`, as bin/run has it."""
    if len(arguments) > 1 and arguments[0] == "--data":
        return Path(arguments[1]), arguments[2:]
    return default_data(), arguments


def on_embedded_database(product: Product, arguments: list[str]) -> int:
    if joins_running_servers(product):
        return run(product, arguments)
    product.take_over()
    product.processes.heed_signals()
    try:
        product.start_postgres()
        if not product.folder.has("migrated") and not BEFORE_MIGRATIONS.intersection(arguments[:1]):
            product.migrate()
        product.folder.mark("running")
        return run(product, arguments)
    finally:
        product.folder.forget("running")
        product.folder.wait_for_guests()
        product.stop()


def joins_running_servers(product: Product) -> bool:
    """Somebody else's, if they are up or on their way; otherwise the folder is ours."""
    until = time.monotonic() + 60
    while not product.folder.take("bin/manage"):
        if product.folder.be_guest():
            return True
        if time.monotonic() > until:
            raise CannotStart(
                f"The data folder {product.folder.path} is in use by {product.folder.taken_by()},"
                " whose database does not answer."
            )
        time.sleep(0.05)
    return False


def run(product: Product, arguments: list[str]) -> int:
    """In the foreground, with the terminal; the command decides what Ctrl-C means."""
    addresses = product.addresses
    of_owner = bool(OF_THE_OWNER.intersection(arguments[:1]))
    urls = addresses.for_migrations() if of_owner else addresses.for_service()
    if arguments[:1] == ["migrate"] and not any(
        word.startswith("--database") for word in arguments
    ):
        arguments = [*arguments, "--database=owner"]
    command = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=product.environment(urls) | {"PYTHONUNBUFFERED": ""},
        preexec_fn=end_with_parent(os.getpid(), signal.SIGTERM),
    )
    return wait(command)


def wait(command: subprocess.Popen[bytes]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: command.send_signal(number))
    returned = command.wait()
    return returned if returned >= 0 else 128 - returned


if __name__ == "__main__":
    sys.exit(main())

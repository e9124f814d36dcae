"""bin/test: linters and the whole test suite, on servers of its own."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from backoffice.local.chromium import why_no_browser
from backoffice.local.folder import Folder
from backoffice.local.processes import Processes
from backoffice.local.product import ROOT, Given, Product
from backoffice.local.refusal import CannotStart
from backoffice.local.steps import linters, run_all

HELP = "Everything else goes to pytest: bin/test --keep --no-lint tests/leads -k claim"
# A test must mean the same on every machine, whatever .env or the shell says.
SETTINGS = {
    "DEBUG": "0",
    "HTTPS": "0",
    "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "CSRF_TRUSTED_ORIGINS": "http://localhost,http://127.0.0.1",
    "EMAIL_URL": "memorymail://",
    "TIME_ZONE": "America/New_York",
    "SENTRY_DSN": "",
    "BACKOFFICE_DATA": "",
    "MEDIA_ROOT": "",
    "STATIC_ROOT": "",
}
NO_TEST_RAN = 5


def main() -> int:
    options, for_pytest = arguments()
    os.environ.update(SETTINGS)
    try:
        with test_folder(options.keep) as folder:
            return Tests(folder, for_pytest, lint=options.lint).run()
    except (CannotStart, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="bin/test", description="Linters and tests.", epilog=HELP, allow_abbrev=False
    )
    parser.add_argument("--no-lint", dest="lint", action="store_false", help="only pytest")
    parser.add_argument(
        "--keep", action="store_true", help="keep the servers' files for the next run (var/test)"
    )
    return parser.parse_known_args()


@contextmanager
def test_folder(keep: bool) -> Iterator[Folder]:
    """Kept ones are taken by one run at a time; a second run beside it gets its own."""
    if not keep:
        with tempfile.TemporaryDirectory(
            prefix="backoffice-test-", ignore_cleanup_errors=True
        ) as temporary:
            os.chmod(temporary, 0o711)
            yield made(Path(temporary))
        return
    kept = (made(ROOT / "var" / "test" / str(number)) for number in count(1))
    yield next(folder for folder in kept if folder.take("bin/test"))


def made(path: Path) -> Folder:
    folder = Folder(path)
    folder.make()
    return folder


class Tests:
    """One run, from the servers to the summary."""

    def __init__(self, folder: Folder, for_pytest: list[str], *, lint: bool) -> None:
        self.folder, self.for_pytest, self.lint = folder, for_pytest, lint
        own_servers = Given(web="", service="", owner="", redis="")
        self.product = Product(folder, own_servers, Processes(), throwaway=True)
        self.failed: list[str] = []

    def run(self) -> int:
        self.product.take_over()
        self.product.processes.heed_signals()
        try:
            self.product.start_postgres()
            self.product.start_redis()
            self.product.static_is_collected(self.product.collect_static())
            if self.lint:
                self.failed += run_all(linters(), self.environment())
            self.run_pytest()
        finally:
            self.product.stop()
        return self.summary()

    def environment(self) -> dict[str, str]:
        urls = self.product.addresses.for_migrations()
        addresses = self.product.addresses
        urls |= {"DATABASE_URL": addresses.web, "DATABASE_SERVICE_URL": addresses.service}
        urls |= {"SUPERUSER_URL": self.product.postgres.superuser_url()}
        return self.product.environment(urls)

    def run_pytest(self) -> None:
        command = [sys.executable, "-m", "pytest", *self.pytest_options(), *self.for_pytest]
        returned = self.wait(subprocess.Popen(command, cwd=ROOT, env=self.environment()))
        if returned:
            self.failed.append("pytest: no test ran" if returned == NO_TEST_RAN else "pytest")

    def wait(self, pytest: subprocess.Popen[bytes]) -> int:
        """Ctrl-C reaches pytest as well, so it gets a moment to end by itself."""
        try:
            while pytest.poll() is None:
                self.product.processes.pump()
        except KeyboardInterrupt:
            with suppress(subprocess.TimeoutExpired):
                pytest.wait(10)
            pytest.kill()
            raise
        return pytest.returncode

    def pytest_options(self) -> list[str]:
        options: list[str] = []
        if not self.names_tests() and not any(
            word.startswith(("-n", "--numprocesses")) for word in self.for_pytest
        ):
            options += ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
        return options + self.without_browser()

    def names_tests(self) -> bool:
        return any((ROOT / word.partition("::")[0]).exists() for word in self.for_pytest)

    def without_browser(self) -> list[str]:
        if self.names_tests() and not any("browser" in word for word in self.for_pytest):
            return []
        reason = why_no_browser()
        if not reason:
            return []
        print(f"The browser tests are skipped: {reason}.", flush=True)
        if os.environ.get("CI"):
            self.failed.append("browser tests (skipped)")
        return ["--ignore=tests/browser"]

    def summary(self) -> int:
        if self.failed:
            print(f"Failed: {', '.join(self.failed)}.", flush=True)
        return 1 if self.failed else 0


if __name__ == "__main__":
    sys.exit(main())

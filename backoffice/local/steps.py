"""The linters of bin/test: what runs beside the test suite, and how a failure is shown."""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from backoffice.local.product import ROOT

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]


@dataclass(frozen=True)
class Step:
    """A command that has to succeed without a word."""

    name: str
    command: list[str]
    settings: Mapping[str, str] = field(default_factory=dict)


def linters() -> list[Step]:
    """The slow ones first, because two run at a time."""
    return [
        Step("mypy", [PYTHON, "-m", "mypy"]),
        Step("migration linter", [PYTHON, "-m", "backoffice.local.migrations"]),
        Step("djlint", [PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"]),
        Step(
            "import contract",
            [PYTHON, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        ),
        Step("makemigrations --check", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
        Step(
            "check --deploy",
            [*MANAGE, "check", "--deploy", "--fail-level", "WARNING", "--database", "default"],
            as_in_production(),
        ),
        Step("ruff check", [PYTHON, "-m", "ruff", "check", "."]),
        Step("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
    ]


def as_in_production() -> dict[str, str]:
    return {
        "DEBUG": "0",
        "HTTPS": "1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "backoffice.example.com",
        "CSRF_TRUSTED_ORIGINS": "https://backoffice.example.com",
        "EMAIL_URL": "smtp://mail.example.com:25",
    }


def run_all(steps: Iterable[Step], environment: Mapping[str, str]) -> list[str]:
    """The names of those that failed."""
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda step: (step.name, succeeds(step, environment)), steps)
        return [name for name, succeeded in results if not succeeded]


def succeeds(step: Step, environment: Mapping[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env={**environment, "LOG_LEVEL": "WARNING", **step.settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    verdict = "FAILED" if done.returncode else "ok"
    said = f"\n{done.stdout.rstrip()}\n" if done.returncode else ""
    print(f"{step.name:<24} {verdict:<6} {time.monotonic() - began:5.1f} s{said}", flush=True)
    return done.returncode == 0

"""Does every migration leave the version before it working? django-migration-linter's opinion."""

import sys
from pathlib import Path

import django
from django.apps import apps
from django_migration_linter import MigrationLinter

from backoffice.local.product import ROOT

# There was no version before these.
BEFORE_THE_FIRST_RELEASE = ["0002_cache_and_grants", "0003_settings"]


def main() -> int:
    django.setup()
    linter = MigrationLinter(
        str(ROOT),
        include_apps=our_apps(),
        ignore_name=BEFORE_THE_FIRST_RELEASE,
        no_cache=True,
        quiet=["ok", "ignore"],
        database="default",
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return int(linter.has_errors)


def our_apps() -> list[str]:
    """Those beside manage.py; what is installed lies deeper."""
    return [app.label for app in apps.get_app_configs() if Path(app.path).parent == ROOT]


if __name__ == "__main__":
    sys.exit(main())

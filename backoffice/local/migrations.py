"""Does every migration leave the version before it working? django-migration-linter's opinion."""

import sys

import django
from django_migration_linter import MigrationLinter

from backoffice.local.product import ROOT

OUR_APPS = ["backoffice", "people", "history", "protection", "leads"]


def main() -> int:
    django.setup()
    linter = MigrationLinter(
        str(ROOT), include_apps=OUR_APPS, no_cache=True, quiet=["ok"], database="default"
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return int(linter.has_errors)


if __name__ == "__main__":
    sys.exit(main())

"""What is true of the whole database at any moment, however it came about.

Each app says its own in invariants.py, as a list called INVARIANTS.
"""

from importlib import import_module
from typing import NamedTuple

from django.apps import apps
from django.utils.module_loading import module_has_submodule


class Invariant(NamedTuple):
    """A rule in one sentence, and a query that returns one text for each row that breaks it.

    It is a single statement, so that it sees one moment while others work.
    """

    rule: str
    offenders: str


def all_invariants():
    """Return the rules of all apps."""
    found = []
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "invariants") and app.name != "backoffice":
            found += import_module(f"{app.name}.invariants").INVARIANTS
    return found


def violations(invariant, cursor):
    """Yield a line for each row that breaks the rule."""
    cursor.execute(invariant.offenders)
    for (offender,) in cursor:
        yield f"{invariant.rule}: {offender}"

"""Time for Undo, however long a busy machine takes from a toast to the key that undoes.

The seconds themselves are tested where nothing has to be quick: those of the server over HTTP,
those of the countdown by its own clock.
"""

from datetime import timedelta

import pytest

from backoffice.clock import WallClock
from backoffice.rls import SYSTEM, acting_as
from bulk import actions
from bulk.models import BulkAction

LONGER = timedelta(seconds=50)
ACCEPTED = [f"{module}.UNDO_ACCEPTED" for module in ("dispositions.actions", "bulk.pages")]
STOP = """document.addEventListener("animationstart", ({ animationName, target }) => {
  if (animationName === "countdown") for (const one of target.getAnimations()) one.pause()
})"""


@pytest.fixture
def open_as(open_as, monkeypatch):
    """As everywhere; but no countdown runs out."""
    for name in ACCEPTED:
        monkeypatch.setattr(name, LONGER)
    monkeypatch.setattr("bulk.actions.undo_bulk", as_if_just_done(actions.undo_bulk))

    def run(*args, **options):
        page = open_as(*args, **options)
        page.add_init_script(STOP)
        page.evaluate(STOP)
        return page

    return run


def as_if_just_done(undo_bulk):
    """The database decides itself what is too late for a bulk action."""

    def run(pk, *, by):
        with acting_as(SYSTEM):
            BulkAction.objects.filter(pk=pk).update(touched_at=WallClock())
        return undo_bulk(pk, by=by)

    return run

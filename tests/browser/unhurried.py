"""Time for Undo, however long a busy machine takes from a toast to the key that undoes.

The seconds themselves are tested where nothing has to be quick: those of the server over HTTP,
those of the countdown by its own clock.
"""

from datetime import timedelta

import pytest

LONGER = timedelta(seconds=50)
ACCEPTED = [
    f"{module}.UNDO_ACCEPTED" for module in ("dispositions.actions", "bulk.actions", "bulk.pages")
]
STOP = """document.addEventListener("animationstart", ({ animationName, target }) => {
  if (animationName === "countdown") for (const one of target.getAnimations()) one.pause()
})"""


@pytest.fixture
def open_as(open_as, monkeypatch):
    """As everywhere; but no countdown runs out."""
    for name in ACCEPTED:
        monkeypatch.setattr(name, LONGER)

    def run(*args, **options):
        page = open_as(*args, **options)
        page.add_init_script(STOP)
        page.evaluate(STOP)
        return page

    return run

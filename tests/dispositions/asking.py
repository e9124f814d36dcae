"""What a browser sends to the picker of outcomes, from the queue and from elsewhere."""

import json
import re
from datetime import timedelta

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.outcomes import PICKER, Outcome
from tests.conftest import HTMX
from tests.dispositions.conftest import reload
from tests.dispositions.starting import next_slot

QUEUE = HTMX | {"HX-Current-URL": "http://testserver/leads"}
FOLDER = HTMX | {"HX-Current-URL": "http://testserver/leads/1"}
SAID = {Outcome.NOT_A_FIT: {"reason": "no_need"}, Outcome.BAD_DATA: {"wrong": "a bakery answers"}}


def free_slot(hours=6):
    with acting_as(SYSTEM):
        return next_slot(clock() + timedelta(hours=hours))


def fields(lead, outcome, **said):
    """Return all that the form of an outcome asks for."""
    if outcome == Outcome.CALLBACK:
        said = {"slot": free_slot().isoformat()} | said
    return {"version": reload(lead).version, "outcome": outcome} | SAID.get(outcome, {}) | said


def rows_of(response):
    return re.findall(r'<tr id="lead-(\d+)" data-band="(\w+)">', response.text)


def undo_url(response):
    return re.search(r'action="(/dispositions/\d+/undo)"', response.text).group(1)


def told(response):
    """Return the events that the scripts on the page are told of once it is redrawn."""
    return json.loads(response.headers["HX-Trigger-After-Swap"])


__all__ = ["FOLDER", "PICKER", "QUEUE", "fields", "free_slot", "rows_of", "told", "undo_url"]

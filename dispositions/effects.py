"""The ledger of what a disposition changed besides the lead's own columns, and its reversal.

An entry is {"did", "what", "id"}: a task or callback that was "created" or "ended", or an earlier
disposition that was "superseded". It is kept on the disposition, so that Undo reverses just that.
"""

from django.apps import apps
from django.db import DatabaseError, transaction

from backoffice.clock import Clock
from backoffice.refusals import Refused

MODELS = {
    "task": "leads.Task",
    "callback": "callbacks.Callback",
    "disposition": "dispositions.Disposition",
}
NAMES = {label: what for what, label in MODELS.items()}


def rows_of(entry):
    return apps.get_model(MODELS[entry["what"]]).objects.filter(pk=entry["id"])


END_OPEN = """
UPDATE {table} SET status = %s, ended_at = app.clock()
 WHERE lead_id = ANY (%s) AND status = 'open'{which} RETURNING *"""


class Ledger(list):
    """What one disposition did, in order."""

    def _note(self, did, row):
        self.append({"did": did, "what": NAMES[row._meta.label], "id": row.pk})

    def created(self, row):
        self._note("created", row)
        return row

    def end(self, row, status):
        """End an open task or callback as "done" or "cancelled"."""
        self._note("ended", row)
        type(row).objects.filter(pk=row.pk).update(status=status, ended_at=Clock())

    def end_open(self, model, lead, status, **which):
        """End the lead's open rows of `model`, in one statement; `which` are columns and values."""
        for row in end_open(model, [lead.pk], status, which):
            self._note("ended", row)

    def superseded(self, disposition):
        self._note("superseded", disposition)


class Later(Ledger):
    """A ledger among many: what each of them ends, end_all() ends in one statement for all."""

    def __init__(self, book):
        super().__init__()
        self.book = book

    def end_open(self, model, lead, status, **which):
        deed = model, status, tuple((column, tuple(values)) for column, values in which.items())
        self.book.setdefault(deed, {})[lead.pk] = self

    @staticmethod
    def end_all(book):
        for (model, status, which), ledgers in book.items():
            for row in end_open(model, list(ledgers), status, dict(which)):
                ledgers[row.lead_id]._note("ended", row)


def end_open(model, leads, status, which):
    """End the open rows of some leads; `which` narrows them to columns and their values."""
    sql = END_OPEN.format(
        table=model._meta.db_table,
        which="".join(f" AND {column} = ANY (%s)" for column in which),
    )
    return model.objects.raw(sql, [status, leads, *map(list, which.values())])


def reverse(effects):
    """Undo the entries, the last first; Refused where something has taken their place."""
    for entry in reversed(effects):
        REVERSALS[entry["did"]](entry)


def _remove(entry):
    rows_of(entry).delete()


def _reopen(entry):
    try:
        with transaction.atomic():
            rows_of(entry).update(status="open", ended_at=None)
    except DatabaseError as taken:
        raise Refused("Its time has been taken by something else since.") from taken


def _stand_again(entry):
    rows_of(entry).update(state="final", superseded_by=None)


REVERSALS = {"created": _remove, "ended": _reopen, "superseded": _stand_again}


def still_open(effects):
    """Return the tasks and callbacks that the entries created and nobody has ended since."""
    return [
        row
        for entry in effects
        if entry["did"] == "created"
        for row in rows_of(entry).filter(status="open")
    ]

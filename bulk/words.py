"""What a bulk action says: what it has done, and why it has skipped the rest."""

from bulk.models import BulkAction, BulkRow

Deed = BulkAction.Deed

SKIPPED = dict(BulkRow.Reason.choices)
NAMED = {
    Deed.REASSIGN: "reassigned to {to}",
    Deed.NOT_INTERESTED: "marked not interested",
    Deed.QUEUE: "added to the call queue",
}


def reason(word, bulk, viewer=None):
    """Return why rows were skipped, as its actor reads it or another `viewer`."""
    by, to = bulk.actor.name, bulk.target and bulk.target.name
    if viewer in (None, bulk.actor):
        return SKIPPED[word].format(to=to, by=by, you="you", your="your", yours="yours")
    return SKIPPED[word].format(to=to, by=by, you=by, your=f"{by}'s", yours=f"{by}'s")


def skipped(bulk):
    """Return {why: how many rows were skipped for it}, the most frequent first."""
    found = {word: number for word, number in bulk.tally.items() if word in SKIPPED}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], list(SKIPPED).index(pair[0]))))


def summary(bulk, viewer=None):
    """Return what became of it: "37 done, 3 skipped: 2 protected, 1 not visible to Ben"."""
    if bulk.state in {BulkAction.State.UNDOING, BulkAction.State.UNDONE}:
        return ", ".join(f"{number:,} {what}" for what, number in taken_back(bulk.tally))
    done = f"{bulk.tally.get('done', 0):,} done"
    found = skipped(bulk)
    if not found:
        return done
    why = ", ".join(f"{number:,} {reason(word, bulk, viewer)}" for word, number in found.items())
    return f"{done}, {sum(found.values()):,} skipped: {why}"


def taken_back(tally):
    """Yield what became of what was to be undone: ("undone", 39), ("changed since", 1)."""
    yield "undone", tally.get("undone", 0)
    if tally.get("kept"):
        yield "changed since", tally["kept"]


def name(bulk):
    """Return what was done: "reassigned to Ben"."""
    return NAMED[Deed(bulk.deed)].format(to=bulk.target and bulk.target.name)

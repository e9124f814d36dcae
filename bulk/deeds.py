"""What can be done to many leads at once: a function for each deed, for one chunk of rows.

Each gets the bulk action and the ids of the chunk in the order of the list, and returns a Chunk: a
word for each lead, and what Undo has to know.
"""

from dataclasses import dataclass, field
from functools import partial

from bulk.models import BulkAction
from dispositions.many import not_interested
from leads.actions import call
from leads.many import lock_many, queue_leads, reassign_leads
from leads.outcomes import Outcome

# Claims of one bulk action: product.md section 9.
MOST_CLAIMS = 100


@dataclass
class Chunk:
    """What became of some rows: {lead's id: word}, and what else was changed with them.

    `effects` are entries of tasks and callbacks that were ended, as a disposition's ledger has
    them; `made` are dispositions.
    """

    words: dict
    effects: dict = field(default_factory=dict)
    made: dict = field(default_factory=dict)
    claimed: list = field(default_factory=list)


def note(bulk, ids, *, steps=1):
    """Remember for Undo how leads are that are about to change, by so many versions."""
    if ids:
        call("note_bulk_rows", bulk.pk, ids, steps)


def in_order(leads, ids):
    return [leads[pk] for pk in ids if pk in leads]


def reassign(bulk, ids):
    leads = in_order(lock_many(ids, to=bulk.target), ids)
    words, cancelled = reassign_leads(
        leads,
        to=bulk.target,
        by=bulk.actor,
        why=bulk.why,
        bulk_id=bulk.pk,
        before=partial(note, bulk),
    )
    effects = {lead: [{"what": "callback", "id": pk}] for lead, pk in cancelled.items()}
    return Chunk(words, effects)


def mark_not_interested(bulk, ids):
    words, made = not_interested(
        in_order(lock_many(ids), ids),
        Outcome.NOT_INTERESTED,
        by=bulk.actor,
        bulk_id=bulk.pk,
        before=partial(note, bulk),
    )
    effects = {lead: disposition.effects for lead, disposition in made.items()}
    return Chunk(words, effects, {lead: made[lead].pk for lead in made})


def queue(bulk, ids):
    # A claim locks whoever claims before the lead.
    leads = in_order(lock_many(ids, to=bulk.actor), ids)
    words, claimed = queue_leads(
        leads,
        by=bulk.actor,
        bulk_id=bulk.pk,
        claims=MOST_CLAIMS - bulk.tally.get("claimed", 0),
        # A claim is one version, its place in the queue another.
        before=lambda ids, claimed: note(bulk, ids, steps=2 if claimed else 1),
    )
    return Chunk(words, claimed=claimed)


DEEDS = {
    BulkAction.Deed.REASSIGN: reassign,
    BulkAction.Deed.NOT_INTERESTED: mark_not_interested,
    BulkAction.Deed.QUEUE: queue,
}

"""Doing one thing to many leads: begun, gone on with in chunks, undone; each call a transaction.

A bulk action is a row with a state, so nobody has to stay for it: whoever calls go_on(), the page
that shows its progress or a sweep, does the next chunk. Two at once do not meet: one finds the row
locked and leaves. Killed half-way, a chunk has been done whole or not at all.
"""

import json
from datetime import timedelta

from django.db import connection, transaction
from django.http import Http404

from backoffice.clock import WallClock
from backoffice.refusals import Forbidden, Refused
from bulk.deeds import DEEDS, Chunk
from bulk.models import BulkAction, BulkRow
from bulk.telling import tell
from bulk.words import name
from leads.actions import call

# Others wait for its leads no longer than a moment, far less than their lock_timeout.
CHUNK = 250
MOST = 10_000

State, Result = BulkAction.State, BulkRow.Result

# The selection as the actor sees it: what they do not see is not there.
CHOOSE = """
INSERT INTO bulk_bulkrow (bulk_id, actor_id, place, lead_id)
  SELECT %s, %s, chosen.place, l.id
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS chosen (id, place)
    JOIN leads_lead l ON l.id = chosen.id"""


@transaction.atomic
def begin(deed, ids, *, by, target=None, why="", chosen_in=""):
    """Begin a bulk action on the leads with these ids, and do its first chunk; return it.

    Ids that `by` does not see are counted, as those are that nobody has. Refused for none at all.
    """
    ids = list(dict.fromkeys(ids))
    check_number(ids)
    if deed == BulkAction.Deed.QUEUE and not by.has_perm("leads.claim_lead"):
        raise Forbidden("Only inside reps have a call queue of their own.")
    bulk = BulkAction.objects.create(
        actor=by, deed=deed, target=target, why=why, chosen_in=chosen_in, chosen=len(ids)
    )
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE, [bulk.pk, by.pk, ids])
    return go_on(bulk.pk, by=by)


def check_number(ids):
    if not ids:
        raise Refused("Select the leads first.")
    if len(ids) > MOST:
        raise Refused(f"At most {MOST:,} leads at a time. Narrow the list with its filters first.")


def get_bulk(pk):
    """Return the bulk action; 404 unless the actor did it, or sees one of its leads."""
    bulk = BulkAction.objects.select_related("actor", "target").filter(pk=pk).first()
    if bulk is None:
        raise Http404("No such bulk action.")
    return bulk


@transaction.atomic
def go_on(pk, *, by):
    """Do, or undo, the next chunk of one's own bulk action; return it as it is then.

    Whoever comes while somebody is at it changes nothing.
    """
    bulk = get_bulk(pk)
    own_only(bulk, by)
    if call("lock_bulk", pk) != (True,):
        return bulk
    mine = get_bulk(pk)
    if mine.state == State.RUNNING:
        do_chunk(mine)
    elif mine.state == State.UNDOING:
        undo_chunk(mine)
    return mine


def own_only(bulk, by):
    if bulk.actor_id != by.pk:
        raise Forbidden("Only who began a bulk action goes on with it.")


# --- doing ----------------------------------------------------------------------


def do_chunk(bulk):
    waiting = bulk.rows.filter(result=Result.WAITING).order_by("place")
    ids = list(waiting.values_list("lead_id", flat=True)[:CHUNK])
    settle(bulk, ids, DEEDS[BulkAction.Deed(bulk.deed)](bulk, ids) if ids else Chunk({}))
    if bulk.has_ended:
        tell(bulk, Result.DONE)


def settle(bulk, ids, chunk):
    """Write down what became of each row of a chunk; one that has left sight is unseen."""
    said = [
        {
            "lead": pk,
            "word": chunk.words.get(pk, "unseen"),
            "effects": list(chunk.effects.get(pk, [])),
            "disposition": chunk.made.get(pk),
        }
        for pk in ids
    ]
    carry_on(bulk, call("settle_bulk_rows", bulk.pk, json.dumps(said), len(chunk.claimed)))


def carry_on(bulk, written):
    bulk.state, tally = written
    bulk.tally = json.loads(tally)


# --- undoing --------------------------------------------------------------------


@transaction.atomic
def undo_bulk(pk, *, by):
    """Undo a bulk action row by row, each whole or not at all; Refused when it is too late."""
    bulk = get_bulk(pk)
    own_only(bulk, by)
    if call("begin_undo_of_bulk", pk) != (True,):
        raise Refused(TOO_LATE[BulkAction.objects.get(pk=pk).state])
    return go_on(pk, by=by)


TOO_LATE: dict[str, str] = {
    State.RUNNING: "This is still going on. Undo it once it is done.",
    State.DONE: "The time for Undo is over.",
    State.UNDOING: "This is being undone already.",
    State.UNDONE: "This was undone already.",
}


def undo_chunk(bulk):
    sentence = f"{bulk.actor.name} undid: {name(bulk)}."
    carry_on(bulk, call("undo_bulk_rows", bulk.pk, CHUNK, sentence))
    if bulk.has_ended:
        tell(bulk, Result.KEPT)


# --- when nobody is there any more -------------------------------------------------


LEFT_ALONE = timedelta(seconds=10)


def left_alone():
    """Return the bulk actions that nobody has been at for a while, though they are not done."""
    return BulkAction.objects.filter(
        state__in=[State.RUNNING, State.UNDOING], touched_at__lt=WallClock() - LEFT_ALONE
    ).select_related("actor")


@transaction.atomic
def stop(bulk):
    """End the bulk action of somebody who does not work here any more; for the system alone."""
    waiting = bulk.rows.filter(result=Result.WAITING)
    stopped = waiting.update(result=Result.SKIPPED, reason="stopped")
    bulk.tally |= {"stopped": stopped} if stopped else {}
    bulk.state = State.DONE if bulk.state == State.RUNNING else State.UNDONE
    bulk.touched_at = WallClock()
    bulk.save(update_fields=["tally", "state", "touched_at"])
    tell(bulk, Result.DONE)

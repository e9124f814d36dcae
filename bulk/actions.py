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
from bulk.deeds import DEEDS
from bulk.models import BulkAction, BulkRow
from bulk.telling import tell
from bulk.words import name
from dispositions.actions import UNDO_ACCEPTED
from leads.actions import call

CHUNK = 500
MOST = 10_000

State, Result = BulkAction.State, BulkRow.Result

# The selection as the actor sees it: what they do not see is not there.
CHOOSE = """
INSERT INTO bulk_bulkrow (bulk_id, actor_id, place, lead_id)
  SELECT %s, %s, chosen.place, l.id
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS chosen (id, place)
    JOIN leads_lead l ON l.id = chosen.id"""
SETTLE = """
UPDATE bulk_bulkrow r
   SET result = CASE WHEN said.word = 'done' THEN 'done' ELSE 'skipped' END,
       reason = CASE WHEN said.word = 'done' THEN '' ELSE said.word END,
       effects = said.effects, disposition_id = said.disposition
  FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::bigint[])
       AS said (lead, word, effects, disposition)
 WHERE r.bulk_id = %s AND r.lead_id = said.lead"""


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
        unseen = len(ids) - cursor.rowcount
    count(bulk, {"unseen": unseen} if unseen else {})
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
    rows = BulkAction.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    mine = rows.select_related("actor", "target").filter(pk=pk).first()
    if mine is None:
        return bulk
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
    ids = list(waiting.values_list("lead_id", flat=True)[: CHUNK + 1])
    chunk, more = ids[:CHUNK], len(ids) > CHUNK
    if chunk:
        done = DEEDS[BulkAction.Deed(bulk.deed)](bulk, chunk)
        settle(bulk, chunk, done)
    if not more:
        end(bulk, State.DONE)
        tell(bulk, Result.DONE)


def settle(bulk, ids, chunk):
    """Write down what became of each row of a chunk; one that has left sight is unseen."""
    words = [chunk.words.get(pk, "unseen") for pk in ids]
    effects = [jsonb(chunk.effects.get(pk)) for pk in ids]
    made = [chunk.made.get(pk) for pk in ids]
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [ids, words, effects, made, bulk.pk])
    counted = {word: words.count(word) for word in dict.fromkeys(words)}
    if chunk.claimed:
        counted["claimed"] = len(chunk.claimed)
    count(bulk, counted)


def jsonb(entries):
    """Return the entries as the database takes them, and nothing where there are none."""
    return json.dumps(list(entries)) if entries else None


def count(bulk, numbers):
    """Add to the tally, as of this moment."""
    for word, number in numbers.items():
        bulk.tally[word] = bulk.tally.get(word, 0) + number
    BulkAction.objects.filter(pk=bulk.pk).update(tally=bulk.tally, touched_at=WallClock())


def end(bulk, state):
    """The seconds for Undo are counted from here."""
    bulk.state = state
    BulkAction.objects.filter(pk=bulk.pk).update(state=state, touched_at=WallClock())


# --- undoing --------------------------------------------------------------------


@transaction.atomic
def undo_bulk(pk, *, by):
    """Undo a bulk action row by row, each whole or not at all; Refused when it is too late."""
    bulk = get_bulk(pk)
    own_only(bulk, by)
    won = BulkAction.objects.filter(
        pk=pk, state=State.DONE, touched_at__gte=WallClock() - UNDO_ACCEPTED
    ).update(state=State.UNDOING)
    if not won:
        raise Refused(TOO_LATE[BulkAction.objects.get(pk=pk).state])
    call("untell_bulk", pk)
    return go_on(pk, by=by)


TOO_LATE: dict[str, str] = {
    State.RUNNING: "This is still going on. Undo it once it is done.",
    State.DONE: "The time for Undo is over.",
    State.UNDOING: "This is being undone already.",
    State.UNDONE: "This was undone already.",
}


def undo_chunk(bulk):
    sentence = f"{bulk.actor.name} undid: {name(bulk)}."
    undone, kept = call("undo_bulk_rows", bulk.pk, CHUNK, sentence)
    count(bulk, {"done": -undone - kept, "undone": undone, "kept": kept})
    if not bulk.rows.filter(result=Result.DONE).exists():
        end(bulk, State.UNDONE)
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
    count(bulk, {"stopped": stopped} if stopped else {})
    end(bulk, State.DONE if bulk.state == State.RUNNING else State.UNDONE)
    tell(bulk, Result.DONE)

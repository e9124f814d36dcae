"""What happens to many leads at once, by the rules of leads/actions.py, judged lead by lead.

Each function takes leads that lock_many() has locked, does what it may to those it may, and returns
{lead's id: word} for all of them: "done", or why not. What to call that is the caller's.
"""

from django.db import connection
from django.http import Http404

from backoffice.refusals import Refused
from history.actions import line, record_all
from history.models import Event
from leads.actions import ClaimRefused, call, claim_lead, lines_of_reassignment, may
from leads.models import Lead
from protection.window import window_end_from_now

DONE = "done"
# What came into sight between the lock and the look was not locked: the whole chunk is done anew.
CHANGED_HANDS = "Some of these leads have just changed hands. Go on, and they are looked at again."

REASSIGN = "SELECT * FROM app.reassign(%s::bigint[], %s::int[], %s, %s, %s)"
# In the order of the list; later ones of the same moment come behind.
QUEUE = """
UPDATE leads_lead l
   SET queued_at = app.clock() + asked.place * interval '1 microsecond', version = version + 1
  FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, place)
 WHERE l.id = asked.id"""
CANCEL_CALLBACKS = """
UPDATE callbacks_callback SET status = 'cancelled', ended_at = app.clock()
 WHERE lead_id = ANY (%s) AND status = 'open' RETURNING lead_id, id"""


def lock_many(ids, *, to=None):
    """Lock who receives the leads, then the leads; return those in the actor's sight by id.

    Windows that have ended are written down as ended, so that such a lead is one of the pool.
    """
    call("lock_many", ids, to and to.pk)
    call("give_back", ids)
    return Lead.objects.as_of_now().in_bulk(ids)


def standing(lead, permission, by):
    """Return why `by` may not do this to a lead that they see, or None where they may."""
    if lead.status != Lead.Status.OPEN:
        return "closed"
    if may(permission, lead, by):
        return None
    return "protected" if lead.owner_id else "in_pool"


# --- reassign -----------------------------------------------------------------


def reassign_leads(leads, *, to, by, why="", bulk_id, before):
    """Give leads to `to`, as reassign_lead() does; `before(ids)` is called for those that will go.

    Return the words, and {lead's id: ids of its cancelled callbacks}. Nobody is told yet.
    """
    words = {lead.pk: standing(lead, "leads.reassign_lead", by) for lead in leads}
    until = window_end_from_now()
    asked = [lead for lead in leads if words[lead.pk] is None]
    words |= judged(asked, to, until)
    going = [lead for lead in asked if words[lead.pk] == DONE]
    before([lead.pk for lead in going])
    # Written first: afterwards a lead may be out of sight.
    record_all(
        [
            said
            for lead in going
            for said in lines_of_reassignment(lead, to, by, until, why=why, bulk_id=bulk_id)
        ]
    )
    cancelled = cancel_callbacks(going)
    done = hand_over(going, to, until, only_judge=False)
    if set(done.values()) - {"reassigned"}:
        raise Refused(CHANGED_HANDS)
    return words, cancelled


def judged(leads, to, until):
    """Return a word for each lead that the actor may hand over: may `to` have it?"""
    words = hand_over(leads, to, until, only_judge=True)
    said = {"reassigned": DONE, "out_of_scope": "hidden_from_them", "full": "they_are_full"}
    owners = {lead.pk: lead.owner_id for lead in leads}
    return {
        pk: "theirs" if owners[pk] == to.pk else said.get(word, "closed")
        for pk, word in words.items()
    }


def hand_over(leads, to, until, *, only_judge):
    ids, versions = [lead.pk for lead in leads], [lead.version for lead in leads]
    with connection.cursor() as cursor:
        cursor.execute(REASSIGN, [ids, versions, to.pk, until, only_judge])
        return dict(cursor.fetchall())


def cancel_callbacks(leads):
    with connection.cursor() as cursor:
        cursor.execute(CANCEL_CALLBACKS, [[lead.pk for lead in leads if lead.callback_at]])
        return dict(cursor.fetchall())


# --- the end of the queue -------------------------------------------------------


def queue_leads(leads, *, by, bulk_id, before, claims):
    """Put leads at the end of the queue of `by`, in this order, claiming those of the pool first.

    At most `claims` are claimed. Return the words, and the ids of those that were claimed.
    `before(ids, claimed)` is called while they are still as they were.
    """
    words: dict = {}
    mine: list = []
    claimed: list = []
    for lead in leads:
        word = standing(lead, "leads.work_lead", by)
        if word == "in_pool" and by.has_perm("leads.claim_lead"):
            word = "too_many" if len(claimed) >= claims else claim(lead, by, before)
            if word == DONE:
                claimed.append(lead)
        elif word is None:
            word = "queued" if lead.queued_at else DONE
            mine += [lead] if word == DONE else []
        words[lead.pk] = word
    before([lead.pk for lead in mine], claimed=False)
    put_at_the_end([lead for lead in leads if words[lead.pk] == DONE], by, bulk_id)
    return words, [lead.pk for lead in claimed]


def claim(lead, by, before):
    try:
        before([lead.pk], claimed=True)
        claim_lead(lead.pk, by=by, tells=False)
    except ClaimRefused as refusal:
        return refusal.word
    except Http404:
        return "unseen"  # Somebody was quicker, and it has left sight.
    return DONE


def put_at_the_end(leads, by, bulk_id):
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, [[lead.pk for lead in leads]])
    sentence = f"{by.name} added the lead to the call queue."
    record_all(
        [line(Event.Kind.QUEUED, sentence, by=by, lead=lead, bulk_id=bulk_id) for lead in leads]
    )

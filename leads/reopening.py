"""A lead that ended goes on: one that was lost, or disqualified by mistake."""

from django.db import transaction

from backoffice.refusals import Refused
from history.actions import record
from history.models import Event
from leads.actions import (
    authorise,
    call,
    changed_since,
    get_lead,
    record_window,
)
from leads.models import Lead
from leads.workflow import ORDER, Stage
from notifications.actions import notify
from notifications.models import Kind
from protection.window import window_end_from_now

OWNER, POOL = "owner", "pool"
REOPENABLE = {Lead.Status.DISQUALIFIED, Lead.Status.LOST}

# Why its owner can't go on with a lead; the pool can always have it.
OBSTACLES = {
    "inactive": "{owner} has been deactivated. Put it into the pool instead.",
    "out_of_scope": "{owner} may no longer work this lead. Put it into the pool instead.",
    "full": "{owner} owns as many open leads as one rep may. Put it into the pool instead.",
    "duplicate": "Another lead of this type has been opened there since.",
}


@transaction.atomic
def reopen_lead(pk, *, by, version, why, to=OWNER):
    """Open a lost or disqualified lead again, in the stage that it had reached.

    Its owner has it for a whole window, as after any assignment from above. Refused if the lead has
    changed since `version`, or if its owner can't have it.
    """
    lead = get_lead(pk)
    authorise("leads.reopen_lead", lead, by)
    if lead.version != version or lead.status not in REOPENABLE or lead.merged_into_id:
        raise changed_since(lead, "reopen it")
    # Written first: in the pool the lead may be out of sight.
    to = to if lead.owner else POOL
    where = "into the pool" if to == POOL else f"for {lead.owner.name}"
    sentence = f"{by.name} reopened the lead {where}."
    record(Event.Kind.REOPENED, sentence, by=by, lead=lead, why=why, detail={"was": lead.status})
    until = window_end_from_now()
    (result,) = call("reopen", pk, version, stage_before(lead), until, to == POOL)
    if result in OBSTACLES:
        raise Refused(OBSTACLES[result].format(owner=lead.owner and lead.owner.name))
    if result != "reopened":
        raise changed_since(lead, "reopen it")
    if to == OWNER:
        record_window(lead, until, by=by, owner=lead.owner)
        tell_of_reopening(lead, by)


def stage_before(lead):
    """Return the stage that a lost lead was in; any other is in its own."""
    if lead.stage != Stage.LOST:
        return lead.stage
    lost = lead.events.filter(kind=Event.Kind.STAGE_MOVED).order_by("-id").first()
    before = lost.detail["stage"][0] if lost else ""
    return before if before in ORDER else Stage.CONTACTED


def tell_of_reopening(lead, by):
    sentence = f"{by.name} reopened {lead.facility.name} for you."
    key = f"reopened:{lead.pk}:{lead.version}"
    notify(lead.owner, Kind.LEAD_ASSIGNED, sentence, lead=lead, key=key)

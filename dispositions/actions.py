"""Dispositioning a lead, undoing it within seconds, and superseding it later."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Subquery
from django.http import Http404

from backoffice.clock import WallClock
from backoffice.refusals import Forbidden, Refused
from dispositions import effects
from dispositions.changes import Case, apply_outcome
from dispositions.models import Disposition
from dispositions.snapshot import snapshot, values
from history.actions import line, record, record_all
from history.models import Event
from leads.actions import changed_since, get_lead, relation_to
from leads.models import Lead
from leads.outcomes import Outcome
from people.models import Policy
from people.permissions import Relation

# The toast counts 5 seconds; a click in the last of them may need one more to arrive.
UNDO_SHOWN = timedelta(seconds=5)
UNDO_ACCEPTED = timedelta(seconds=6)
FINAL_AFTER = timedelta(seconds=8)

# What an outcome ends or flags, a later one may correct; won and lost are no outcomes of a call.
ENDED_BY_OUTCOME = {Lead.Status.DISQUALIFIED, Lead.Status.FLAGGED}
# What an outcome needs to know of it.
POLICY = ["no_answer_limit", "follow_up_days"]

EXPIRED = "Your protection of this lead has ended; it is in the pool."


def disposition_lead(
    pk, outcome, *, by, version, reason="", detail="", note="", starts_at=None, corrects=False
):
    """Record how a call ended and do all that follows from it; return the disposition.

    The disposition comes with its lead, and with what it set off as `said`: "Connected - not now.
    Follow-up on 22 Dec."
    `version` is the lead's as the caller saw it: a second tab is told instead of counted twice.
    With `corrects`, what the lead's last disposition set off and is still open is reversed first.
    Refused for a slot that is taken, a window that has ended, or nothing to correct. It has no
    savepoint of its own (a request has no queries to spare): what was done until then leaves with
    the transaction that the caller is in, as with every answer that is no success.
    """
    outcome = Outcome(outcome)
    lead = lock_lead(pk)
    authorise(lead, by, corrects=corrects)
    if lead.version != version:
        raise changed_since(lead, "disposition it")
    before = snapshot(lead)
    case = Case(lead, outcome.traits, by, lead.as_of, reason, detail, starts_at)
    case.columns = {"last_outcome": outcome, "hot_at": None}
    older = reverse_older(case) if corrects else None
    apply_outcome(case)
    Lead.objects.filter(pk=pk).update(**case.columns, version=F("version") + 1)
    disposition = Disposition.objects.create(
        lead=lead,
        actor=by,
        outcome=outcome,
        reason=reason,
        detail=detail,
        note=note,
        lead_before=before,
        effects=case.ledger,
        version_after=version + 1,
    )
    disposition.said = " ".join([f"{disposition}.", *case.said])
    if older:
        supersede(older, disposition)
    record_all([line_of_disposition(disposition, case, older)])
    return disposition


def lock_lead(pk):
    """Lock and return a lead that the actor works, with the policy that counts for its outcome.

    One that is only seen comes unlocked and without.
    """
    policy = {name: Subquery(Policy.objects.values(name)) for name in POLICY}
    rows = Lead.objects.with_display().annotate(**policy)
    rows = rows.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=pk).first() or get_lead(pk)


def authorise(lead, by, *, corrects):
    """An owner works the lead; what they ended by mistake their manager or an admin corrects."""
    relation = relation_to(lead, by)
    if lead.status == Lead.Status.OPEN:
        if lead.owner_id == by.pk and lead.has_expired:
            raise Refused(EXPIRED)
        if relation != Relation.OWNER:
            raise Forbidden("Only the lead's owner may disposition it.")
    elif lead.merged_into_id:
        raise Refused("This lead was merged into another one, as its duplicate.")
    elif not corrects or lead.status not in ENDED_BY_OUTCOME:
        raise Refused(f"This lead is {lead.get_status_display().lower()}.")
    elif lead.owner is None:
        raise Refused("Nobody had this lead: reopen it into the pool.")
    elif not lead.owner.is_active:
        raise Refused(f"{lead.owner.name} has been deactivated: reopen it into the pool.")
    elif relation not in {Relation.MANAGER, Relation.SALES_ADMIN}:
        raise Forbidden("Only the owner's manager or a sales admin may correct this.")


def may_disposition(lead, user):
    """May `user` say how a call ended, or correct what was said where that ended the lead?"""
    try:
        authorise(lead, user, corrects=lead.status != Lead.Status.OPEN)
    except Refused:
        return False
    return True


def line_of_disposition(disposition, case, older=None, bulk_id=None):
    """Return what history says of a disposition."""
    said = f"{case.by.name}: {disposition.said}"
    if older:
        said += f" Corrects the earlier outcome ({older})."
    return line(
        Event.Kind.DISPOSITIONED,
        said,
        by=case.by,
        lead=case.lead,
        why=disposition.note,
        detail={"disposition": disposition.pk},
        bulk_id=bulk_id,
    )


# --- undo -------------------------------------------------------------------


@transaction.atomic
def undo_disposition(pk, *, by):
    """Restore everything as it was before the disposition, or refuse and change nothing.

    Refused when it is too late by the database's clock, undone already, somebody else's, or when
    something else has changed the lead meanwhile.
    """
    disposition = Disposition.objects.filter(pk=pk).first()
    if disposition is None:
        raise Http404("No such disposition.")
    if disposition.actor_id != by.pk:
        raise Forbidden("Only who made a disposition may undo it.")
    if disposition.outcome == Outcome.NOT_INTERESTED:
        raise Refused("This was one of many: undo the whole bulk action.")
    # The lead before the disposition, as everywhere: the lock's order is what prevents deadlocks.
    lead = Lead.objects.with_display().select_for_update(of=("self",), no_key=True)
    lead = lead.filter(pk=disposition.lead_id).first()
    win_undo(disposition)
    if lead is None or lead.version != disposition.version_after:
        raise Refused("The lead has been changed since, so the outcome stays as it is.")
    columns = values(disposition.lead_before)
    if columns["protected_until"] and columns["protected_until"] <= lead.as_of:
        raise Refused(EXPIRED)
    effects.reverse(disposition.effects)
    Lead.objects.filter(pk=lead.pk).update(**columns, version=F("version") + 1)
    record(
        Event.Kind.UNDONE,
        f"{by.name} undid: {disposition}.",
        by=by,
        lead=lead,
        detail={"disposition": disposition.pk},
    )
    return disposition


def win_undo(disposition):
    """Move the disposition from applied to undone; Refused if it is too late for that."""
    won = Disposition.objects.filter(
        pk=disposition.pk,
        state=Disposition.State.APPLIED,
        applied_at__gte=WallClock() - UNDO_ACCEPTED,
    ).update(state=Disposition.State.UNDONE)
    if not won:
        state = Disposition.objects.get(pk=disposition.pk).state
        raise Refused(TOO_LATE[state])


TOO_LATE: dict[str, str] = {
    Disposition.State.APPLIED: "The time for Undo is over. Disposition the lead again to correct.",
    Disposition.State.FINAL: "The time for Undo is over. Disposition the lead again to correct.",
    Disposition.State.UNDONE: "This was undone already.",
    Disposition.State.SUPERSEDED: "A later disposition has corrected this one.",
}


def finalise_dispositions():
    """Close the time for Undo of what is older than FINAL_AFTER; return how many."""
    return Disposition.objects.filter(
        state=Disposition.State.APPLIED, applied_at__lt=WallClock() - FINAL_AFTER
    ).update(state=Disposition.State.FINAL)


# --- supersede --------------------------------------------------------------


def correctable(lead):
    """Return the lead's last disposition if it stands and its time for Undo is over, else None."""
    standing = standing_disposition(lead)
    if standing and standing.applied_at + UNDO_ACCEPTED < lead.as_of:
        return standing
    return None


def standing_disposition(lead):
    """Return the lead's last disposition that was neither undone nor superseded, if any."""
    standing = [Disposition.State.APPLIED, Disposition.State.FINAL]
    return lead.dispositions.filter(state__in=standing).order_by("-id").first()


def reverse_older(case):
    """Take back what the last disposition set off and is still open; return that disposition."""
    older = standing_disposition(case.lead)
    if older is None:
        raise Refused("There is no earlier outcome to correct.")
    for row in effects.still_open(older.effects):
        case.ledger.end(row, "cancelled")
        if getattr(row, "due_on", None):
            case.columns["follow_up_on"] = None
    before = values(older.lead_before)
    case.columns |= {name: before[name] for name in ("no_answer_count", "unreached")}
    was_new = before["stage"] == Lead.Stage.NEW
    if older.traits.is_connect and was_new and case.lead.stage == Lead.Stage.CONTACTED:
        case.columns["stage"] = before["stage"]
    if case.lead.status != Lead.Status.OPEN:
        reopen(case, older, before)
    case.ledger.superseded(older)
    return older


def reopen(case, older, before):
    """Give the lead back to its owner with the time that was left when the outcome ended it."""
    left = case.lead.protection_left or before["protected_until"] - older.at
    case.columns |= {
        "status": Lead.Status.OPEN,
        "protected_until": case.now + left,
        "protection_left": None,
    }
    # The rights of the next steps depend on it.
    Lead.objects.filter(pk=case.lead.pk).update(
        **{name: case.columns[name] for name in ("status", "protected_until", "protection_left")}
    )


def supersede(older, disposition):
    won = Disposition.objects.filter(pk=older.pk, state=older.state).update(
        state=Disposition.State.SUPERSEDED, superseded_by=disposition
    )
    if not won:
        raise Refused("The earlier outcome has just been changed. Look again.")

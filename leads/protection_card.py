"""The protection card of a folder: days left, exact end, what keeps the lead, giving it back."""

from django.urls import reverse

from leads import rows
from leads.actions import cooling_down, may
from leads.forms import ReleaseForm, ReopenForm
from leads.models import Lead
from leads.reopening import REOPENABLE
from leads.workflow import is_behind
from people.models import Policy
from protection.left import days_left, time_left, urgency
from protection.models import Extension
from protection.window import window_end

CLOSED = {
    Lead.Status.DISQUALIFIED: "Disqualified",
    Lead.Status.WON: "Won",
    Lead.Status.LOST: "Lost",
}


def protection(lead, viewer):
    """Return what leads/_protection.html shows of a lead, as `viewer` may act on it."""
    policy = Policy.current()
    if lead.is_in_pool:
        return unprotected(lead, viewer, policy)
    if lead.protected_until:
        return protected(lead, viewer, policy)
    if lead.merged_into_id:
        return card("Merged", "A duplicate: what goes on, goes on in the lead that was there.")
    if lead.protection_left is not None:
        days = rows.counted(days_left(lead.as_of, lead.as_of + lead.protection_left), "day")
        return card(
            "Stopped", f"Flagged for review. The remaining {days} go on once it is resolved."
        )
    return card(
        CLOSED.get(lead.status, "Stopped"),
        "No protection window is open.",
        reopen_form=ReopenForm(lead, initial={"version": lead.version})
        if may("leads.reopen_lead", lead, viewer) and lead.status in REOPENABLE
        else None,
        reopen_url=reverse("leads:reopen", args=[lead.pk]),
    )


def card(figure, words, **more):
    return {"figure": figure, "words": words, "urgency": "none", **more}


def unprotected(lead, viewer, policy):
    words = f"Nobody has this lead. A claim protects it for {policy.protection_days} days."
    if not viewer.has_perm("leads.claim_lead"):
        return card("In the pool", words, reassign_url=reassign_url(lead, viewer))
    again_at = cooling_down([lead.pk]).get(lead.pk)
    if again_at is None:
        return card("In the pool", words, claim_url=reverse("leads:claim", args=[lead.pk]))
    hours = rows.counted(policy.reclaim_cooldown_hours, "hour")
    return card(
        "In the pool",
        f"You had this lead until a short while ago. For {hours} others may claim it first; "
        f"you can from {rows.moment(again_at, viewer.zone)}.",
    )


def protected(lead, viewer, policy):
    now, until = lead.as_of, lead.protected_until
    days = days_left(now, until)
    releasable = may("leads.release_lead", lead, viewer)
    return {
        "figure": days,
        "unit": "day left" if days == 1 else "days left",
        "days": days,
        "of_days": policy.protection_days,
        "until": rows.moment(until, viewer.zone),
        "until_iso": until.isoformat(),
        "last_hours": time_left(now, until) if days == 1 else "",
        "urgency": urgency(now, until, policy.expiring_soon_days),
        "keeps": what_keeps(lead, viewer, policy),
        "reassign_url": reassign_url(lead, viewer),
        "release_url": reverse("leads:release", args=[lead.pk]) if releasable else "",
        "release_form": ReleaseForm(initial={"version": lead.version}),
    }


def reassign_url(lead, viewer):
    may_reassign = lead.status == Lead.Status.OPEN and may("leads.reassign_lead", lead, viewer)
    return reverse("leads:reassign", args=[lead.pk]) if may_reassign else ""


# --- what keeps it -----------------------------------------------------------


def what_keeps(lead, viewer, policy):
    """Return each qualifying activity: when it was done, or the end that it would give today."""
    done = dict(Extension.objects.under_ownership_of(lead).values_list("activity", "at"))
    until = max(window_end(lead.as_of, policy.protection_days), lead.protected_until)
    return [
        {"what": activity.label, **kept(lead, viewer, activity, done.get(activity), until)}
        for activity in Extension.Activity
    ]


def kept(lead, viewer, activity, done_at, until):
    if done_at:
        return {"done": rows.date_of(done_at, lead.as_of, viewer.zone)}
    if is_behind(activity, lead.stage):
        return {}
    return {"until": rows.moment(until, viewer.zone), "until_iso": until.isoformat()}

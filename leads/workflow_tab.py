"""What the Workflow tab of a folder is made of: the stages, the dates, what is to be done."""

from django.urls import reverse

from leads.actions import STALE, may
from leads.folder import folder_context
from leads.forms import ENDING_FORMS, PlanForm
from leads.models import Lead
from leads.to_do import to_do
from leads.workflow import ENDS, ORDER, written

ENDINGS = {
    Lead.Stage.WON: (
        "Won",
        "Mark as won",
        "The lead ends here, and the facility becomes a client.",
    ),
    Lead.Stage.LOST: (
        "Lost",
        "Mark as lost",
        "The lead ends here. Its callbacks and tasks are cancelled; only a manager reopens it.",
    ),
}

# Winning makes a client, which is more than a lead.
ENDING_URLS = {Lead.Stage.WON: "clients:win"}


def workflow_context(lead, *, viewer, plan_form=None, stage_form=None, is_stale=False):
    """Return what leads/workflow.html shows; a form that was filled in stands for its empty one."""
    works = may("leads.work_lead", lead, viewer) and lead.status == Lead.Status.OPEN
    return folder_context(lead, viewer=viewer, tab="leads:workflow") | {
        "notice": notice(lead) if is_stale else "",
        "works": works,
        "steps": [step(stage, lead) for stage in ORDER],
        "ended": ENDS.get(lead.stage, ""),
        "stage_url": reverse("leads:move_stage", args=[lead.pk]),
        "endings": [ending(lead, stage, stage_form) for stage in ENDING_FORMS] if works else [],
        "plan_url": reverse("leads:plan", args=[lead.pk]),
        "plan_form": plan_form or PlanForm.of(lead),
        "plan_facts": plan_facts(lead),
        **to_do(lead, viewer),
    }


def notice(lead):
    return STALE if lead.status == Lead.Status.OPEN else f"This lead is {lead.status} meanwhile."


# --- stages ------------------------------------------------------------------


def step(stage, lead):
    """Return a stage as the stepper shows it."""
    current = lead.stage == stage
    reached = lead.stage not in ORDER or ORDER.index(stage) < ORDER.index(lead.stage)
    return {
        "value": stage.value,
        "name": stage.label,
        "current": current,
        "look": "current" if current else "reached" if reached else "ahead",
    }


def ending(lead, stage, filled_in):
    name, verb, words = ENDINGS[stage]
    form = ENDING_FORMS[stage]
    mine = filled_in if isinstance(filled_in, form) else None
    return {
        "value": stage.value,
        "name": name,
        "verb": verb,
        "words": words,
        "open": mine is not None,
        "url": reverse(ENDING_URLS.get(stage, "leads:move_stage"), args=[lead.pk]),
        "form": mine or form(auto_id=f"{stage}-%s"),
    }


# --- dates and value ---------------------------------------------------------


def plan_facts(lead):
    """Return the dates and the value as [(name, text)]."""
    fields = PlanForm.base_fields.items()
    return [
        (field.label, written_or(getattr(lead, name), "Not set"))
        for name, field in fields
        if name != "version"
    ]


def written_or(value, nothing):
    return nothing if value is None else written(value)

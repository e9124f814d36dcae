"""What each outcome does to a lead, its tasks and its callback: product.md section 5.

Every step takes the case at hand, adds to its `lead` columns, its ledger and its sentence. Which
steps apply is decided by the outcome's traits (leads/outcomes.py), not by its name.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callbacks.actions import place_callback
from callbacks.models import Callback
from dispositions.effects import Ledger
from dispositions.models import NotAFitReason
from leads.models import Lead, Task
from leads.outcomes import Traits
from people.models import User


@dataclass
class Case:
    """One disposition being applied: what is asked, and what it has done so far.

    `before` is the lead's snapshot, `columns` are its new values; a lead is read through value() so
    that steps see each other's. `now` is the database's. The lead comes from actions.lock_lead().
    """

    lead: Lead
    traits: Traits
    by: User
    now: datetime
    reason: str = ""
    detail: str = ""
    starts_at: datetime | None = None
    before: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    said: list = field(default_factory=list)

    def value(self, column):
        return self.columns.get(column, getattr(self.lead, column))

    @property
    def today(self):
        """The day it is for the lead's owner."""
        return self.now.astimezone((self.lead.owner or self.by).zone).date()

    def end_callback(self, status):
        if self.lead.callback_at:
            self.ledger.end_open(Callback, self.lead, status)
            # The column follows by itself, by trigger; here it is known to have gone.
            self.lead.callback_at = None

    def end_tasks(self, status, kinds=tuple(Task.Kind)):
        self.ledger.end_open(Task, self.lead, status, kind=kinds)


def apply_outcome(case):
    for trait, step in STEPS:
        if trait(case.traits):
            step(case)


def count_as_call(case):
    """A call: contact was sought now, what was due is done, and it left the end of the queue."""
    case.columns |= {"last_contact_at": case.now, "queued_at": None}
    if case.lead.callback_at and case.lead.callback_at <= case.now:
        case.end_callback("done")
    due_on = case.value("follow_up_on")
    if due_on and due_on <= case.today:
        case.end_tasks("done", [Task.Kind.FOLLOW_UP])
        case.columns["follow_up_on"] = None


def count_as_connect(case):
    case.columns |= {"no_answer_count": 0, "unreached": False}
    if case.value("stage") == Lead.Stage.NEW:
        case.columns["stage"] = Lead.Stage.CONTACTED


def count_no_answer(case):
    count = case.value("no_answer_count") + 1
    unreached = count >= case.lead.no_answer_limit
    case.columns |= {"no_answer_count": count, "unreached": unreached}
    if count > 1:
        advice = ": try e-mail" if unreached else ""
        case.said.append(f"No answer {count} in a row{advice}.")


QUALIFY = """
INSERT INTO leads_task (lead_id, kind, status) VALUES (%s, 'qualification', 'open')
    ON CONFLICT DO NOTHING RETURNING *"""


def open_qualification(case):
    case.columns["hot_at"] = case.now
    # One that is open already stays the one.
    for task in Task.objects.raw(QUALIFY, [case.lead.pk]):
        case.ledger.created(task)
    case.said.append("Qualification task opened.")


def follow_up(case):
    due_on = case.today + timedelta(days=case.lead.follow_up_days)
    if case.value("follow_up_on"):
        case.end_tasks("cancelled", [Task.Kind.FOLLOW_UP])
    task = Task.objects.create(lead=case.lead, kind=Task.Kind.FOLLOW_UP, due_on=due_on)
    case.ledger.created(task)
    case.columns["follow_up_on"] = due_on
    case.said.append(f"Follow-up on {due_on:%-d %b}.")


def book_callback(case):
    callback, replaced = place_callback(case.lead, case.starts_at, by=case.by)
    if replaced:
        # Undo reverses backwards: the new one goes before the old one comes back.
        case.ledger.append({"did": "ended", "what": "callback", "id": replaced.pk})
    case.ledger.created(callback)
    case.said.append(f"{callback}.")


def disqualify(case):
    case.columns |= {"status": Lead.Status.DISQUALIFIED, "protected_until": None}
    drop_what_is_open(case)
    why = NotAFitReason(case.reason).label if case.reason else "Not interested"
    case.said.append(f"Disqualified: {', '.join(filter(None, [why, case.detail]))}.")


def flag(case):
    """Send to review. The window stops; what is left of it is remembered."""
    case.columns |= {
        "status": Lead.Status.FLAGGED,
        "protection_left": case.value("protected_until") - case.now,
        "protected_until": None,
    }
    drop_what_is_open(case)
    case.said.append(f"Flagged for review: {case.detail}.")


def drop_what_is_open(case):
    case.end_callback("cancelled")
    case.end_tasks("cancelled")
    case.columns |= {"hot_at": None, "follow_up_on": None, "queued_at": None}


# In this order: what a call does by itself, then what it sets off, then what ends it all.
STEPS = [
    (lambda traits: traits.is_call, count_as_call),
    (lambda traits: traits.is_connect, count_as_connect),
    (lambda traits: traits.counts_as_no_answer, count_no_answer),
    (lambda traits: traits.qualifies, open_qualification),
    (lambda traits: traits.follows_up, follow_up),
    (lambda traits: traits.books_callback, book_callback),
    (lambda traits: traits.disqualifies, disqualify),
    (lambda traits: traits.needs_review, flag),
]

"""The life of one lead, told in the order of time: its columns, its history, all that hangs on it.

What happens here is what leads.actions and dispositions.changes would have done at that moment.
Moments are whole seconds since 1970, because a million stories are told.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from backoffice.rls import SYSTEM
from demo.agenda import Appointment, Task
from demo.remarks import after_call, from_above
from leads.outcomes import Outcome
from protection.window import window_end

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


class Story:
    """One lead. Its methods are what can happen to it, each at the moment `at`."""

    def __init__(self, world, pages, number, state, opportunity):
        self.world, self.pages, self.number = world, pages, number
        self.opportunity = opportunity
        self.scope, self.type = world.scopes[state, opportunity]
        self.source = ""
        self.stage, self.status = "new", "open"
        self.owner: Any = None
        self.at = 0
        self.created: Any = None
        self.owned: Any = None
        self.pool_since: Any = None
        self.protected_until: Any = None
        self.protection_left = self.last_contact = self.hot_at = self.queued_at = None
        self.follow_up_on: Any = None
        self.last_outcome, self.no_answers, self.unreached = "", 0, False
        self.discovery_on = self.close_on = self.value = None
        self.version = 1
        self.tasks, self.callbacks, self.calls, self.notes = [], [], [], {}

    def go_on(self, ago):
        """Move to the moment `ago` seconds before now, into the working hours of that day."""
        wanted = self.world.now - int(ago)
        at_work = wanted - wanted % DAY + 14 * HOUR + wanted % DAY // 3
        at = at_work if at_work < self.world.now else wanted
        self.at = min(max(at, self.at + MINUTE), self.world.now - 1)

    def day(self):
        """The day that it is for the owner."""
        return datetime.fromtimestamp(self.at, self.owner.zone).date()

    def say(self, kind, sentence, by=SYSTEM, why="", **detail):
        events = self.pages.events
        events.append(
            (
                self.number,
                len(events),
                self.at,
                kind,
                by.id,
                by.name,
                sentence,
                why,
                json.dumps(detail),
            )
        )

    def note(self, by, tier, text):
        """Let somebody write a note; at one moment everybody writes one at most."""
        if (by.id, self.at) in self.notes:
            return
        self.notes[by.id, self.at] = (self.number, self.at, by.id, tier, text)
        self.say("noted", f"{by.name} wrote a note.", by)

    @property
    def whim(self):
        """A number that is another in each story and after each call, whatever the dice say."""
        return self.number * 7919 + len(self.calls) * 104729

    # --- coming and going -----------------------------------------------------

    def begin(self, kind, sentence, *, by):
        self.created = self.pool_since = self.at
        self.say(kind, sentence, by)

    def claim(self, rep):
        self.owner, self.owned, self.pool_since = rep, self.at, None
        self.hot_at = self.queued_at = self.follow_up_on = None
        self.version += 1
        self.say("claimed", f"{rep.name} claimed the lead from the pool.", rep)
        self.protect()
        for role, tier, text in from_above(self.whim):
            self.note(self.world.above(rep, role), tier, text)

    def protect(self):
        until = self.window_end()
        self.protected_until = int(until.timestamp())
        sentence = f"Protected for {self.owner.name} until {self.day_there(until)}."
        self.say("protected", sentence, self.owner, until=until.isoformat())

    def day_there(self, instant):
        there = instant.astimezone(self.world.zone)
        return f"{there.day} {there:%b %Y}"

    def window_end(self):
        start = datetime.fromtimestamp(self.at, UTC)
        return window_end(start, self.world.protection_days, self.world.zone)

    def move(self, stage):
        """Move to a later stage; beyond contacted that extends the window, won and lost end it."""
        before, self.stage = self.stage, stage
        self.version += 1
        if stage in ("won", "lost"):
            self.end(stage)
        else:
            self.extend(stage)
        sentence = f"{self.owner.name} moved the lead from {before} to {stage}."
        self.say("stage_moved", sentence, self.owner, stage=[before, stage])

    def win(self):
        """Be won: the facility, which has no other lead, becomes a client."""
        self.move("won")
        sentence = f"{self.owner.name} won {self.opportunity}: a new client."
        self.say("became_client", sentence, self.owner)

    def extend(self, stage):
        until, before = self.window_end(), self.protected_until
        end = int(until.timestamp())
        self.pages.extensions.append(
            (self.number, self.owner.id, self.owned, stage, self.at, before, end)
        )
        self.protected_until = end
        sentence = f"Stage {stage} reached: protected until {self.day_there(until)}."
        moved = [instant(before), until.isoformat()]
        self.say("extended", sentence, self.owner, activity=stage, protected_until=moved)

    def plan(self, discovery_on, close_on, value):
        """Write down when what is expected, and how much."""
        self.discovery_on, self.close_on, self.value = discovery_on, close_on, value
        self.version += 1
        sentence = f"{self.owner.name} set: discovery on, expected close on, expected value."
        self.say("planned", sentence, self.owner)

    def release(self, why):
        self.say("released", f"{self.owner.name} released the lead.", self.owner, why)
        self.leave("released")

    def expire(self):
        self.at = self.protected_until
        name = self.owner.name
        self.say("expired", f"The protection of {name} ended; the lead went back into the pool.")
        self.leave("expired")

    def leave(self, how):
        """Go back into the pool."""
        self.close_window(how)
        self.cancel_what_is_open()
        self.owner = self.owned = None
        self.pool_since = self.at
        self.version += 1

    def close_window(self, how):
        self.pages.windows.append(
            (self.number, self.owner.id, self.owned, self.protected_until, self.at, how)
        )
        self.protected_until = None

    def cancel_what_is_open(self):
        for thing in self.tasks + self.callbacks:
            thing.end("cancelled", self.at)
        self.hot_at = self.queued_at = self.follow_up_on = None

    # --- calls ----------------------------------------------------------------

    def call(self, outcome, *, slot=None, reason="", said="", detail=""):
        """Disposition the lead. `said` is how the sentence goes on for reason and detail."""
        outcome = Outcome(outcome)
        traits, before, sentence = outcome.traits, self.snapshot(), [said] if said else []
        self.last_outcome, self.hot_at, effect = outcome.value, None, None
        self.complete_what_is_due()
        if traits.is_connect:
            self.no_answers, self.unreached = 0, False
            self.stage = "contacted" if self.stage == "new" else self.stage
        if traits.counts_as_no_answer:
            sentence.append(self.count_no_answer())
        if traits.qualifies:
            self.hot_at = self.at
            effect = self.open_task("qualification")
            sentence.append("Qualification task opened.")
        if traits.follows_up:
            self.follow_up_on = self.day() + timedelta(days=self.world.follow_up_days)
            effect = self.open_task("follow_up", self.follow_up_on)
            sentence.append(f"Follow-up on {self.follow_up_on.day} {self.follow_up_on:%b}.")
        if traits.books_callback:
            effect = Appointment(self, slot)
            self.callbacks.append(effect)
            sentence.append(f"{effect}.")
        if traits.disqualifies:
            self.end("disqualified")
        if traits.needs_review:
            self.protection_left = self.protected_until - self.at
            self.end("flagged", "stopped")
        self.version += 1
        self.calls.append(
            (
                (self.number, self.at, self.owner.id, outcome.value, reason, detail),
                before,
                effect,
                self.version,
            )
        )
        whole = " ".join([f"{self.owner.name}: {outcome.label}.", *sentence])
        self.say("dispositioned", whole, self.owner)
        if text := after_call(outcome, self.whim):
            self.note(self.owner, 0, text)

    def complete_what_is_due(self):
        self.last_contact, self.queued_at = self.at, None
        for callback in self.callbacks:
            if callback.starts <= self.at:
                callback.end("done", self.at)
        if self.follow_up_on and self.follow_up_on <= self.day():
            self.follow_up_on = None
            for task in self.tasks:
                if task.kind == "follow_up":
                    task.end("done", self.at)

    def count_no_answer(self):
        self.no_answers += 1
        self.unreached = self.no_answers >= self.world.no_answer_limit
        if self.no_answers == 1:
            return "No answer."
        advice = ": try e-mail" if self.unreached else ""
        return f"No answer {self.no_answers} in a row{advice}."

    def open_task(self, kind, due_on=None):
        task = Task(kind, due_on, self.at)
        self.tasks.append(task)
        return task

    def qualify(self):
        """Complete the open qualification task."""
        self.hot_at = None
        self.tasks[-1].end("done", self.at)
        self.version += 1
        self.say("task_done", f"{self.owner.name} completed: Qualification.", self.owner)

    def end(self, status, how="closed"):
        """Leave the open leads: won, lost, disqualified or flagged."""
        self.status = status
        self.close_window(how)
        self.cancel_what_is_open()

    def snapshot(self):
        """The columns that a disposition overwrites, as dispositions.snapshot keeps them."""
        return {
            "stage": self.stage,
            "status": self.status,
            "last_contact_at": instant(self.last_contact),
            "last_outcome": self.last_outcome,
            "no_answer_count": str(self.no_answers),
            "unreached": str(self.unreached),
            "hot_at": instant(self.hot_at),
            "follow_up_on": self.follow_up_on and self.follow_up_on.isoformat(),
            "queued_at": instant(self.queued_at),
            "protected_until": instant(self.protected_until),
            "protection_left": None,
        }

    # --- the end --------------------------------------------------------------

    def write(self):
        pages, number, owner = self.pages, self.number, self.owner
        pages.leads.append(
            (
                number, self.type, self.scope, self.source, self.stage, self.status,
                owner.id if owner else None, self.created, self.owned, self.pool_since,
                self.protected_until, self.protection_left, self.last_contact, self.last_outcome,
                self.no_answers, self.unreached, self.hot_at, self.follow_up_on, self.queued_at,
                self.discovery_on, self.close_on, self.value, self.version,
            )
        )  # fmt: skip
        pages.notes += self.notes.values()
        pages.tasks += [(number, *task.row()) for task in self.tasks]
        pages.callbacks += [(number, *callback.row()) for callback in self.callbacks]
        for call, before, effect, version in self.calls:
            still_open = effect.name if effect and effect.status == "open" else ""
            pages.dispositions.append((*call, json.dumps(before), still_open, version))


def instant(at):
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()

"""A small model of a rep's leads in plain Python, to hold the database against.

It repeats product.md sections 3, 5, 6 and 7 in the simplest words: no SQL, no queries, one dict of
leads. Instants are the database's, given by the caller.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leads.outcomes import Outcome
from protection.window import window_end

LIMIT, FOLLOW_UP, FRESH, LONG_TAIL, COOLDOWN = (
    3,
    timedelta(days=30),
    timedelta(hours=24),
    timedelta(days=14),
    timedelta(hours=24),
)


@dataclass
class ModelLead:
    """What the model knows of a lead; `lost_at` says when which rep's window last ended."""

    created_at: datetime
    owner: str | None = None
    owned_at: datetime | None = None
    until: datetime | None = None
    left: timedelta | None = None
    status: str = "open"
    stage: str = "new"
    contact_at: datetime | None = None
    outcome: str = ""
    count: int = 0
    unreached: bool = False
    hot_at: datetime | None = None
    qualify: bool = False
    follow_up_on: object = None
    callback_at: datetime | None = None
    lost_at: dict = field(default_factory=dict)
    changes: int = 0

    def held_by(self, rep, now):
        return self.owner == rep and self.status == "open" and self.until > now

    def in_pool(self, now):
        return self.status == "open" and (self.owner is None or self.until <= now)

    def drop_open(self):
        self.hot_at = self.follow_up_on = self.callback_at = None
        self.qualify = False

    def expire(self, now):
        if self.status == "open" and self.owner and self.until <= now:
            self.lost_at[self.owner] = self.until
            self.owner = self.owned_at = self.until = None
            self.drop_open()
            self.changes += 1

    def may_claim(self, rep, now):
        lost_at = dict(self.lost_at)
        if self.owner and self.until and self.until <= now:
            lost_at[self.owner] = self.until
        cooling = rep in lost_at and lost_at[rep] + COOLDOWN > now
        return self.in_pool(now) and not cooling

    def claim(self, rep, now):
        self.expire(now)
        self.owner, self.owned_at, self.until = rep, now, window_end(now, 45)
        self.changes += 1

    def dispose(self, outcome, now, today, slot=None):
        before = deepcopy(self)
        self.outcome, self.hot_at, self.contact_at = outcome, None, now
        if self.callback_at and self.callback_at <= now:
            self.callback_at = None
        if self.follow_up_on and self.follow_up_on <= today:
            self.follow_up_on = None
        if outcome == Outcome.NO_ANSWER:
            self.count += 1
            self.unreached = self.count >= LIMIT
        elif outcome != Outcome.BAD_DATA:
            self.count, self.unreached = 0, False
            self.stage = "contacted" if self.stage == "new" else self.stage
        if outcome == Outcome.INTERESTED:
            self.hot_at, self.qualify = now, True
        elif outcome == Outcome.NOT_NOW:
            self.follow_up_on = today + FOLLOW_UP
        elif outcome == Outcome.CALLBACK:
            self.callback_at = slot
        elif outcome in {Outcome.NOT_A_FIT, Outcome.BAD_DATA}:
            flagged = outcome == Outcome.BAD_DATA
            self.status = "flagged" if flagged else "disqualified"
            self.left = self.until - now if flagged else None
            self.until = None
            self.drop_open()
        self.changes += 1
        return before

    def band(self, now, today):
        """Return the band of the queue, the first whose rule is met; None if in no queue."""
        if self.status != "open" or not self.owner or self.until <= now:
            return None
        latest = max(filter(None, [self.created_at, self.owned_at, self.contact_at]))
        rules = [
            ("callback_due", self.callback_at and self.callback_at <= now),
            ("follow_up_due", self.follow_up_on and self.follow_up_on <= today),
            ("unreached", self.unreached),
            ("hot", self.hot_at),
            ("scheduled", self.callback_at or self.follow_up_on),
            ("fresh", not self.contact_at and self.created_at > now - FRESH),
            ("long_tail", latest <= now - LONG_TAIL),
            ("active", True),
        ]
        return next(name for name, met in rules if met)

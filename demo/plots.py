"""What may happen in the life of a lead, so that it ends in a given band or out of the queue.

Each plot tells a whole Story; `rep` is who owns it, or is the last to have owned it. Moments are
drawn in days ago. They may move by half a day into working hours (Story.go_on), so what a band's
rule compares has a day of room.
"""

from datetime import timedelta

from backoffice.rls import SYSTEM
from demo.stories import DAY, HOUR, MINUTE
from demo.words import pick

# Where leads come from: the kind and sentence of their first event.
FIRST_EVENTS = {
    "Purchased list": ("imported", "Imported from Purchased list."),
    "Partner list": ("imported", "Imported from Partner list."),
    "Trade show": ("imported", "Imported from Trade show."),
    "Website": ("created", "Came in through the website."),
    "Referral": ("created", "A customer named them."),
}
SOURCES = list(FIRST_EVENTS)
WHY_RELEASED = [
    "No time for it this month.",
    "They are part of a system that a colleague works.",
    "Asked to be called by somebody local.",
]
REASONS = {
    "no_need": "No need for it",
    "no_budget": "No budget this year",
    "under_contract": "Under contract with somebody else",
    "too_small": "Too small",
    "closed": "The facility has closed",
}
WRONG = ["number is disconnected", "a private household", "a fax machine", "moved to another city"]
STAGES = ["qualified", "discovery", "gameplan", "contract"]


def between(rng, low, high):
    """Return seconds for somewhere between `low` and `high` days."""
    return (low + rng.random() * (high - low)) * DAY


def begin(story, rng, ago, rep=None):
    """Come into the pool `ago` seconds before now."""
    story.go_on(ago)
    if rep and rng.random() < 0.1:
        story.source = "Manual"
        story.begin("created", f"{rep.name} added the lead.", by=rep)
    else:
        story.source = pick(rng, SOURCES)
        story.begin(*FIRST_EVENTS[story.source], by=SYSTEM)


def take(story, rep, rng, ago):
    """Wait in the pool, perhaps with somebody else in between, and be claimed by `rep`."""
    waited = rng.random() ** 2 * 60 * DAY
    if rng.random() < 0.1 and rep.colleagues:
        before = ago + between(rng, 50, 90)
        begin(story, rng, before + waited)
        story.go_on(before)
        story.claim(pick(rng, rep.colleagues))
        story.expire()
    else:
        begin(story, rng, ago + waited, rep)
    story.go_on(ago)
    story.claim(rep)


def no_answers(story, rng, count, first, last):
    """Call `count` times in vain, from `first` to `last` seconds ago."""
    for number in range(count):
        story.go_on(first - (first - last) * number / max(count - 1, 1))
        story.call("no_answer")


# --- in somebody's queue, by band ---------------------------------------------


def active(story, rep, rng):
    owned = between(rng, 1.7, 13) if rng.random() < 0.3 else between(rng, 1.7, 44.8)
    take(story, rep, rng, owned)
    latest = min(owned, 13 * DAY)
    if owned < 13 * DAY and rng.random() < 0.3:
        return
    called = between(rng, 0, latest / DAY * 0.9)
    if owned > called + 4 * DAY and called > DAY and rng.random() < 0.2:
        keep_appointment(story, called)
    elif rng.random() < 0.6:
        no_answers(story, rng, 1 + (rng.random() < 0.3), min(called + DAY, latest * 0.95), called)
    else:
        talk_until_qualified(story, rng, called)


def keep_appointment(story, called):
    """Call at the time that was agreed, in vain."""
    story.go_on(called + 2 * DAY)
    slot = story.at + DAY - story.at % (HOUR // 2)
    story.call("callback", slot=slot)
    story.at = slot + 3 * MINUTE
    story.call("no_answer")


def talk_until_qualified(story, rng, called):
    story.go_on(called + HOUR)
    story.call("interested")
    story.go_on(called)
    story.qualify()
    for stage in STAGES[: 1 + int(rng.random() ** 2 * len(STAGES))]:
        story.go_on(called)
        story.move(stage)
    if story.stage != "qualified":
        story.go_on(called)
        expect(story, rng)


def expect(story, rng):
    """Expect a discovery in the next days and a decision some weeks later."""
    discovery_on = story.day() + timedelta(days=1 + int(rng.random() * 14))
    close_on = discovery_on + timedelta(days=int(7 + rng.random() * 60))
    story.plan(discovery_on, close_on, 5_000 * (1 + int(rng.random() ** 2 * 60)))


def long_tail(story, rep, rng):
    owned = between(rng, 15, 44.8)
    take(story, rep, rng, owned)
    if rng.random() < 0.7 and owned > 17 * DAY:
        no_answers(story, rng, 1 + (rng.random() < 0.4), owned - DAY, between(rng, 15, 15.5))


def unreached(story, rep, rng):
    owned = between(rng, 6, 44.8)
    take(story, rep, rng, owned)
    no_answers(story, rng, 3 + int(rng.random() * 3), owned * 0.9, owned * rng.random() * 0.5)
    if rng.random() < 0.3:
        story.say("emailed", f"{rep.name} e-mailed the decision-maker.", rep)


def fresh(story, rep, rng):
    begin(story, rng, between(rng, 0.02, 0.88), rep)
    story.at += int((story.world.now - story.at) * rng.random())
    story.claim(rep)


def hot(story, rep, rng):
    owned = between(rng, 0.5, 40)
    take(story, rep, rng, owned)
    story.go_on(between(rng, 0, min(owned / DAY * 0.9, 10)))
    story.call("interested")


def follow_up_due(story, rep, rng):
    take(story, rep, rng, between(rng, 33, 44.8))
    story.go_on(between(rng, 31, 33))
    story.call("not_now")


def follow_up_later(story, rep, rng):
    owned = between(rng, 1, 40)
    take(story, rep, rng, owned)
    story.go_on(between(rng, 0, min(owned / DAY * 0.9, 28)))
    story.call("not_now")


def callback_due(story, rep, rng):
    book(story, rep, rng, rep.past_slots)


def callback_later(story, rep, rng):
    book(story, rep, rng, rep.future_slots)


def book(story, rep, rng, slots):
    """Agree on the next of the rep's free `slots`; a rep without one is just active."""
    if not slots:
        active(story, rep, rng)
        return
    slot = slots.pop()
    called = max(story.world.now - slot, 0) + between(rng, 0.9, 4)
    take(story, rep, rng, called + between(rng, 0.5, 15))
    if rng.random() < 0.3:
        story.go_on(called + 3 * HOUR)
        story.call("no_answer")
    story.go_on(called)
    story.call("callback", slot=slot)


def queued(story, rep, rng):
    long_tail(story, rep, rng)
    story.go_on(between(rng, 0, 2))
    story.queued_at = story.at
    story.version += 1


def expired(story, rep, rng):
    """The window has ended, and no job has noticed."""
    take(story, rep, rng, between(rng, 46.5, 49))
    if rng.random() < 0.5:
        no_answers(story, rng, 1, 40 * DAY, 40 * DAY)


# --- in the pool ----------------------------------------------------------------


def waiting(story, rep, rng):
    """Nobody has had it yet."""
    begin(story, rng, between(rng, 0, 1) if rng.random() < 0.05 else between(rng, 0, 180))


def released(story, rep, rng):
    ago = between(rng, 2, 60)
    take(story, rep, rng, ago + between(rng, 3, 40))
    no_answers(story, rng, int(rng.random() * 3), ago + 2 * DAY, ago + DAY)
    story.go_on(ago)
    story.release(pick(rng, WHY_RELEASED))


def aged_out(story, rep, rng):
    ago = between(rng, 48, 110)
    take(story, rep, rng, ago)
    no_answers(story, rng, int(rng.random() * 5), ago - 2 * DAY, ago - 30 * DAY)
    story.expire()


# --- out of it ------------------------------------------------------------------


def disqualified(story, rep, rng):
    ago = between(rng, 1, 120)
    take(story, rep, rng, ago + between(rng, 1, 30))
    story.go_on(ago)
    reason = pick(rng, list(REASONS))
    said = f"Disqualified: {REASONS[reason]}."
    story.call("not_a_fit", reason=reason, said=said)


def flagged(story, rep, rng):
    ago = between(rng, 0.2, 20)
    take(story, rep, rng, ago + between(rng, 1, 20))
    story.go_on(ago)
    wrong = pick(rng, WRONG)
    story.call("bad_data", detail=wrong, said=f"Flagged for review: {wrong}.")


def won(story, rep, rng):
    work_to_the_end(story, rep, rng, STAGES)
    story.move("won")


def lost(story, rep, rng):
    work_to_the_end(story, rep, rng, STAGES[: 1 + int(rng.random() * len(STAGES))])
    story.move("lost")


def work_to_the_end(story, rep, rng, stages):
    ago = between(rng, 2, 100)
    take(story, rep, rng, ago + 35 * DAY)
    story.go_on(ago + 30 * DAY)
    story.call("interested")
    story.go_on(ago + 28 * DAY)
    story.qualify()
    for number, stage in enumerate(stages):
        story.go_on(ago + (24 - 6 * number) * DAY)
        story.move(stage)
    story.go_on(ago)


# How often what comes in a queue of forty.
QUEUE = [
    *[active] * 13,
    *[long_tail] * 7,
    *[callback_later] * 3,
    *[follow_up_later] * 3,
    *[follow_up_due] * 3,
    *[unreached] * 3,
    *[callback_due] * 2,
    *[fresh] * 2,
    *[hot] * 2,
    queued,
    expired,
]
POOL = [*[waiting] * 14, *[released] * 3, *[aged_out] * 3]
OUT = [*[disqualified] * 9, *[lost] * 5, *[won] * 3, *[flagged] * 3]
FEW_EXPIRED = 3  # of one rep: in life, a job sweeps them every minute

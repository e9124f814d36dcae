"""What may happen in the life of a lead that is in somebody's queue now, by band.

Each plot tells a whole Story of the lead that `rep` owns. What a band's rule compares has a day of
room, because moments may move by half a day into working hours (Story.go_on).
"""

from datetime import timedelta

from demo.common import STAGES, begin, between, no_answers, take
from demo.stories import DAY, HOUR, MINUTE


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
        called *= rng.random()
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

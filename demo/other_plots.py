"""What may happen in the life of a lead that is in the pool or out of it now.

Each plot tells a whole Story; `rep` is the last who owned it, if anybody has.
"""

from demo.common import STAGES, begin, between, no_answers, take
from demo.stories import DAY
from demo.words import pick
from dispositions.models import NotAFitReason

WHY_RELEASED = [
    "No time for it this month.",
    "They are part of a system that a colleague works.",
    "Asked to be called by somebody local.",
]
WRONG = ["number is disconnected", "a private household", "a fax machine", "moved to another city"]


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
    reason = pick(rng, list(NotAFitReason))
    story.call("not_a_fit", reason=reason.value, said=f"Disqualified: {reason.label}.")


def flagged(story, rep, rng):
    ago = between(rng, 0.2, 20)
    take(story, rep, rng, ago + between(rng, 1, 20))
    story.go_on(ago)
    wrong = pick(rng, WRONG)
    story.call("bad_data", detail=wrong, said=f"Flagged for review: {wrong}.")


def won(story, rep, rng):
    work_to_the_end(story, rep, rng, STAGES)
    story.win()


def lost(story, rep, rng):
    work_to_the_end(story, rep, rng, STAGES[: 1 + int(rng.random() * len(STAGES))])
    story.move("lost")


def work_to_the_end(story, rep, rng, stages):
    ago = between(rng, 2, 100)
    take(story, rep, rng, ago + 36 * DAY)
    story.go_on(ago + between(rng, 30, 33))
    story.call("interested")
    story.go_on(ago + between(rng, 27, 29))
    story.qualify()
    for number, stage in enumerate(stages):
        story.go_on(ago + between(rng, 24 - 6 * number, 27 - 6 * number))
        story.move(stage)
    story.go_on(ago)

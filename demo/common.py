"""What many plots have in common. Moments are drawn in days ago."""

from backoffice.rls import SYSTEM
from demo.stories import DAY
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
    if rng.random() < 0.06 and rep.colleagues:
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

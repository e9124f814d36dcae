"""How many leads there are of each kind, whose they are, and when their owners have time."""

from array import array
from datetime import UTC, datetime, timedelta

from demo.people import CAST_EMAILS, Rep

# Shares of all leads; the rest is out of it: won, lost, disqualified, flagged.
OWNED, IN_POOL = 0.5, 0.386
# One rep with a book that nobody could work, to see that the queue stays fast.
BIG_BOOK = 20_000
BIG_BOOK_OF = "rep0001@example.com"
CAST_BOOK = 330
CAST_REPS = 3

POOL, OUT = -1, -2


def deal(rng, leads, reps: list[Rep]):
    """Return the place of every lead, in no order: an index into `reps`, POOL or OUT."""
    books = share(rng, int(leads * OWNED), reps)
    places = array("i")
    for index, size in enumerate(books):
        places.extend([index] * size)
    places.extend([POOL] * int(leads * IN_POOL))
    places.extend([OUT] * (leads - len(places)))
    rng.shuffle(places)
    return places


def share(rng, owned, reps):
    """Return how many leads each rep owns, `owned` in all: the cast alike, the others not."""
    fair = owned // len(reps)
    books = {}
    for index, rep in enumerate(reps):
        if rep.email in CAST_EMAILS:
            books[index] = min(CAST_BOOK, fair) if len(reps) > CAST_REPS else fair
        elif rep.email == BIG_BOOK_OF:
            books[index] = min(BIG_BOOK, owned // 10)
    others = [index for index in range(len(reps)) if index not in books]
    weights = [rng.uniform(0.18, 1.75) for _ in others]
    rest = owned - sum(books.values())
    for index, weight in zip(others, weights, strict=True):
        books[index] = int(rest * weight / sum(weights))
    sizes = [books[index] for index in range(len(reps))]
    sizes[-1] += owned - sum(sizes)
    return sizes


# --- diaries ------------------------------------------------------------------

HALF_HOUR = timedelta(minutes=30)
MOST_DUE, MOST_LATER = 40, 400


def fill_diary(rep, now):
    """Give a rep the half-hours of working time around `now`; the next to take is the last."""
    wall = datetime.fromtimestamp(now, rep.zone).replace(tzinfo=None)
    slot = wall.replace(minute=wall.minute // 30 * 30, second=0)
    rep.past_slots = slots(rep, slot, -HALF_HOUR, MOST_DUE)[::-1]
    rep.future_slots = slots(rep, slot + HALF_HOUR, HALF_HOUR, MOST_LATER)[::-1]


def slots(rep, wall, step, count):
    found: list[int] = []
    while len(found) < count:
        if wall.isoweekday() <= 5 and 9 <= wall.hour < 17:
            found.append(int(wall.replace(tzinfo=rep.zone).astimezone(UTC).timestamp()))
        wall += step
    return found

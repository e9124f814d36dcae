"""How often which story is told."""

from demo import other_plots as other
from demo import queue_plots as queue

# How often what comes in a queue of forty.
QUEUE = [
    *[queue.active] * 13,
    *[queue.long_tail] * 7,
    *[queue.callback_later] * 3,
    *[queue.follow_up_later] * 3,
    *[queue.follow_up_due] * 3,
    *[queue.unreached] * 3,
    *[queue.callback_due] * 2,
    *[queue.fresh] * 2,
    *[queue.hot] * 2,
    queue.queued,
    queue.expired,
]
POOL = [*[other.waiting] * 16, *[other.released] * 2, *[other.aged_out] * 2]
OUT = [*[other.disqualified] * 9, *[other.lost] * 5, *[other.won] * 3, *[other.flagged] * 3]
FEW_EXPIRED = 3  # of one rep: in life, a job sweeps them every minute

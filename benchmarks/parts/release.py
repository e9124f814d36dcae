"""The sweep that releases expired leads, and what reading a queue costs while it runs."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.client import expect
from benchmarks.figures import Figures, p95
from benchmarks.parts.dispositions import invariants_hold
from benchmarks.stage import Person, Stage, in_turn

EXPIRED = 10_000
READERS = 5
SECONDS = 10
# Leads of people whose queues are not read meanwhile.
EXPIRE = """
WITH chosen AS (
  SELECT id FROM leads_lead
   WHERE status = 'open' AND protected_until > now() AND owned_at < now() - interval '1 hour'
     AND owner_id <> ALL (%s)
   ORDER BY md5(id::text) LIMIT %s
), expired AS (
  UPDATE leads_lead l SET protected_until = now() - interval '1 minute'
    FROM chosen WHERE l.id = chosen.id RETURNING l.id
) SELECT count(*) FROM expired"""


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        release(stage, figures, max(1, SECONDS * repeat // 200))


def release(stage: Stage, figures: Figures, seconds: int) -> None:
    readers = stage.reps[:READERS]
    number = min(EXPIRED, stage.size // 4)
    expired = stage.data.as_superuser(EXPIRE, [[rep.pk for rep in readers], number])[0][0]
    stage.data.as_superuser("VACUUM (ANALYZE) leads_lead")
    until = time.time() + seconds
    before = read_until(lambda: time.time() > until, stage, readers)
    sweep, meanwhile = read_during_sweep(stage, readers)

    size, note = stage.size, figures.note
    part, took = "release", sweep["ended"] - sweep["began"]
    note(size, part, "expired leads", expired, "")
    note(size, "", "released by one sweep", sweep["released"], "", at_least=expired)
    note(size, "", "the sweep", took, "s", at_most=5)
    note(size, "", "queue before: request, p95", p95(before))
    note(size, "", "queue meanwhile: request, p95", p95(meanwhile))
    ratio = p95(meanwhile) / p95(before)
    note(size, "", "queue meanwhile / before, p95", ratio, "x", at_most=1.5)
    note(size, "", "release: invariants hold", int(invariants_hold(stage)), "", at_least=1)


def read_during_sweep(stage: Stage, readers: list[Person]) -> tuple[dict[str, float], list[float]]:
    """Return what the sweep says, and the times of the reads that it was at work in."""
    urls = stage.data.product.addresses.for_service()
    with ThreadPoolExecutor(1) as pool:
        sweeping = pool.submit(stage.data.inside, "release", urls=urls)
        reads = timed_reads(sweeping.done, stage, readers)
    sweep = sweeping.result()
    began, ended = sweep["began"], sweep["ended"]
    return sweep, [ms for asked, ms in reads if began < asked + ms / 1000 and asked < ended]


def read_until(over: Callable[[], bool], stage: Stage, readers: list[Person]) -> list[float]:
    return [ms for _, ms in timed_reads(over, stage, readers)]


def timed_reads(
    over: Callable[[], bool], stage: Stage, readers: list[Person]
) -> list[tuple[float, float]]:
    """Read queues one after the other: when each was asked for, and the milliseconds it took."""
    reads = []
    while not over():
        rep, asked = in_turn(readers, len(reads)), time.time()
        reads.append((asked, expect(stage.client.get("/leads", rep.session), 200).ms))
    return reads

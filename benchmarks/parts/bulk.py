"""Bulk actions of 5,000 rows, as their page drives them, and what others' queues cost meanwhile."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.client import HTMX, Client, expect
from benchmarks.figures import Figures, p95
from benchmarks.parts.dispositions import invariants_hold
from benchmarks.parts.release import READERS
from benchmarks.stage import Person, Stage, in_turn

ROWS = 5_000
BEFORE = 5  # seconds of reading without a bulk action
NEXT = re.compile(rb'hx-post="(/history/bulk/[^"]+/next)"')
SAID = re.compile(rb"([\d,]+) (?:un)?done")
UNDO = re.compile(rb'hx-post="(/history/bulk/[^"]+/undo)"')
LIMIT = "UPDATE people_policy SET open_leads_per_rep = %s"
# The pool that comes closest to the number, of what two people work whose queues nobody reads.
SCOPE = """
SELECT s.id, s.state, t.code
  FROM people_workscope s JOIN people_opportunitytype t ON t.id = s.opportunity_type_id
       JOIN leads_lead l ON l.pool_scope = s.id
 WHERE 2 <= (SELECT count(*) FROM people_user u WHERE role = 'inside_rep' AND is_active
                AND u.id <> ALL (%s) AND s.id = ANY (app.scopes_of(u.id)))
 GROUP BY 1, 2, 3 ORDER BY abs(count(*) - %s) LIMIT 1"""
# A smaller data set has no such pool: facilities whose leads wait elsewhere move to that state.
FILL = """
WITH waiting AS (
  SELECT facility_id FROM leads_lead l
   WHERE l.pool_scope IN (SELECT s.id FROM people_workscope s JOIN people_workscope chosen
                            USING (opportunity_type_id) WHERE chosen.id = %(scope)s)
     AND l.pool_scope <> %(scope)s
   ORDER BY md5(id::text)
   LIMIT greatest(0, %(rows)s - (SELECT count(*) FROM leads_lead WHERE pool_scope = %(scope)s))
)
UPDATE leads_facility SET state = %(state)s WHERE id IN (SELECT facility_id FROM waiting)"""
WORKERS = """
SELECT id, email FROM people_user u WHERE role = 'inside_rep' AND is_active AND id <> ALL (%s)
   AND %s = ANY (app.scopes_of(id)) ORDER BY md5(email) LIMIT 2"""


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        limit = stage.data.as_superuser("SELECT open_leads_per_rep FROM people_policy")[0][0]
        stage.data.as_superuser(LIMIT, [50_000])
        bulk(stage, figures)
        stage.data.as_superuser(LIMIT, [limit])


def bulk(stage: Stage, figures: Figures) -> None:
    readers = stage.reps[:READERS]
    away = [reader.pk for reader in readers]
    scope, state, code = stage.data.as_superuser(SCOPE, [away, ROWS])[0]
    rep, other = stage.people(stage.data.as_superuser(WORKERS, [away, scope]))
    stage.data.as_superuser(FILL, {"scope": scope, "state": state, "rows": ROWS})
    stage.data.as_owner("VACUUM (ANALYZE)")
    until = time.time() + BEFORE
    before = p95([ms for _, ms in reads_of_all(lambda: time.time() > until, stage, readers)])
    figures.note(stage.size, "bulk", "queue before: request, p95", before)

    scene = Scene(stage, figures, readers, before)
    where = f"state={state}&opportunity={code}"
    boss, book = stage.senior_manager, f"/leads?rep={rep.pk}&{where}"
    scene.timed("reassign the pool", boss, f"/leads/pool?{where}", deed="reassign", to=rep.pk)
    undo = scene.timed("reassign a book", boss, book, deed="reassign", to=other.pk)
    scene.timed("undo", boss, "", path=undo)
    scene.timed("add to queue", rep, f"/leads?{where}", deed="queue")
    scene.timed("not interested", rep, f"/leads?{where}", deed="not_interested")
    note = figures.note
    note(stage.size, "", "bulk: invariants hold", int(invariants_hold(stage)), "", at_least=1)


@dataclass
class Scene:
    """Who reads meanwhile, and what that cost before."""

    stage: Stage
    figures: Figures
    readers: list[Person]
    before: float

    def timed(
        self, name: str, who: Person, chosen_in: str, path: str = "/leads/bulk", **asked: object
    ) -> str:
        """Drive one bulk action to its end while others read; return where it is undone."""
        fields = asked | {"from": chosen_in, "all": "1"}
        with ThreadPoolExecutor(1) as pool:
            driving = pool.submit(drive, self.stage, who, path, fields)
            reads = reads_of_all(driving.done, self.stage, self.readers)
        run = driving.result()
        meanwhile = [ms for at, ms in reads if run.began < at + ms / 1000 and at < run.ended]
        size, note = self.stage.size, self.figures.note
        note(size, "", f"{name}: rows", run.rows, "")
        note(size, "", f"{name}: all of it", run.ended - run.began, "s", at_most=10)
        note(size, "", f"{name}: longest chunk", max(run.chunks))
        ratio = p95(meanwhile) / self.before
        note(size, "", f"{name}: queue meanwhile / before, p95", ratio, "x", at_most=1.5)
        return run.undo


@dataclass
class Run:
    began: float
    ended: float
    chunks: list[float]  # milliseconds of each request
    rows: int
    undo: str


def drive(stage: Stage, who: Person, path: str, fields: dict) -> Run:
    """Send what the page sends: the selection, then a request for each further chunk."""
    client = Client(stage.web.port)
    began = time.time()
    answer = expect(client.post(path, who.session, fields, **HTMX), 200)
    chunks = [answer.ms]
    while found := NEXT.search(answer.body):
        answer = expect(client.post(found[1].decode(), who.session, {}, **HTMX), 200)
        chunks.append(answer.ms)
    ended = time.time()
    client.close()
    rows, undo = SAID.search(answer.body), UNDO.search(answer.body)
    number = int(rows[1].replace(b",", b"")) if rows else 0
    return Run(began, ended, chunks, number, undo[1].decode() if undo else "")


def reads_of_all(
    over: Callable[[], bool], stage: Stage, readers: list[Person]
) -> list[tuple[float, float]]:
    """Read queues in turn, each over a connection of its own, so that both web processes answer:
    when each was asked for, and the milliseconds it took.
    """
    clients = [Client(stage.web.port) for _ in readers]
    reads: list[tuple[float, float]] = []
    while not over():
        client, reader = in_turn(clients, len(reads)), in_turn(readers, len(reads))
        reads.append((time.time(), expect(client.get("/leads", reader.session), 200).ms))
    for client in clients:
        client.close()
    return reads

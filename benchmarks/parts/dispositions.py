"""Dispositions over HTTP, sent as htmx sends them from the queue, which the reply redraws."""

import time
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from threading import Lock, Thread

from benchmarks.client import HTMX, Answer, Client, expect
from benchmarks.figures import Figures, p95
from benchmarks.stage import Person, Stage

QUERIES = 14
CLIENTS = 8
RATE = 25  # a second, of all clients together
SECONDS = 60
# What a day brings: one callback in ten goes without saying, the picker is not measured here.
OUTCOMES = [
    {"outcome": "no_answer"},
    {"outcome": "no_answer"},
    {"outcome": "not_now"},
    {"outcome": "interested", "note": "Send the staffing figures of last year."},
    {"outcome": "no_answer"},
    {"outcome": "not_a_fit", "reason": "no_need"},
    {"outcome": "bad_data", "wrong": "A fax answers."},
]
OWN = """
SELECT l.id, l.owner_id, l.version FROM leads_lead l JOIN people_user u ON u.id = l.owner_id
 WHERE l.status = 'open' AND l.protected_until > now() + interval '1 day' AND u.id = ANY (%s)
 ORDER BY md5(l.id::text) LIMIT %s"""


@dataclass
class Call:
    """One call that is over: whose lead it was, and how it ended."""

    rep: Person
    lead: int
    said: dict[str, object]

    def send(self, client: Client, port: int) -> Answer:
        behind = {"HX-Current-URL": f"http://127.0.0.1:{port}/leads"}
        path = f"/leads/{self.lead}/disposition"
        return client.post(path, self.rep.session, self.said, **HTMX, **behind)


def calls_of(stage: Stage, number: int) -> list[Call]:
    reps = {rep.pk: rep for rep in stage.reps}
    rows = stage.data.as_superuser(OWN, [list(reps), number])
    return [
        Call(reps[owner], lead, said | {"version": version})
        for (lead, owner, version), said in zip(rows, cycle(OUTCOMES), strict=False)
    ]


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    seconds = min(SECONDS, repeat * SECONDS // 200)
    for stage in stages:
        calls = calls_of(stage, repeat + seconds * RATE)
        one_by_one(stage, calls[:repeat], figures)
        many_at_once(stage, calls[repeat:], figures, seconds)
        hold = invariants_hold(stage)
        figures.note(stage.size, "", "invariants hold afterwards", int(hold), "", at_least=1)


def one_by_one(stage: Stage, calls: list[Call], figures: Figures) -> None:
    times, database, queries = [], [], []
    for call in calls:
        stage.statements.since()
        times.append(expect(call.send(stage.client, stage.web.port), 200).ms)
        cost = stage.statements.since()
        database.append(cost.ms)
        queries.append(cost.queries)
    size, note = stage.size, figures.note
    note(size, "disposition", "database, median", median(database))
    note(size, "", "disposition: queries", max(queries), "", at_most=QUERIES)
    note(size, "", "disposition: request, median", median(times))
    note(size, "", "disposition: request, p95", p95(times), at_most=60)


def many_at_once(stage: Stage, calls: list[Call], figures: Figures, seconds: int) -> None:
    answers, began = [], time.perf_counter()
    schedule = enumerate(calls)
    turn = Lock()

    def work() -> None:
        client = Client(stage.web.port)
        while True:
            with turn:
                number, call = next(schedule, (None, None))
            if call is None:
                return client.close()
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            answers.append(call.send(client, stage.web.port))

    threads = [Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(answers) / (time.perf_counter() - began)
    part, note, size = f"{CLIENTS} clients", figures.note, stage.size
    note(size, part, "dispositions a second", rate, "", at_least=RATE * 0.98)
    note(size, "", "refused or failed", sum(a.status != 200 for a in answers), "", at_most=0)
    note(size, "", f"disposition at {RATE}/s: request, p95", p95([a.ms for a in answers]))


def invariants_hold(stage: Stage) -> bool:
    urls = stage.data.product.addresses.for_service()
    return stage.data.product.manage("invariants", urls=urls) == 0

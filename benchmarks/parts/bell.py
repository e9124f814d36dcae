"""The endpoint that every open screen asks all the time: one request, and what 300 screens cost."""

import re
import time
from itertools import cycle, islice
from statistics import median

from backoffice.local.product import ROOT
from benchmarks.client import Client, expect
from benchmarks.cpu import cpu_seconds
from benchmarks.figures import Figures, p95
from benchmarks.stage import Person, Stage, in_turn

WARM_UP = 16
SCREENS = 300
SECONDS = 30
KNOWN = re.compile(rb'data-known="([^"]+)"')
EVERY = re.compile(r"EVERY = ([\d_]+)")


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    paths = {stage.size: paths_of(stage) for stage in stages}
    for stage in stages:
        one_by_one(stage, paths[stage.size], figures, repeat)
    for stage in stages:
        many_screens(stage, paths[stage.size], figures, min(SECONDS, repeat * SECONDS // 200))


def paths_of(stage: Stage) -> list[tuple[Person, str]]:
    """Return what each rep's page asks once it knows what the bell says."""
    return [(rep, f"/notifications/bell?known={known_to(stage, rep)}") for rep in stage.reps]


def known_to(stage: Stage, rep: Person) -> str:
    page = expect(stage.client.get("/notifications/bell", rep.session), 200).body
    found = KNOWN.search(page)
    if found is None:
        raise RuntimeError("the bell does not say what it knows")
    return found[1].decode()


def one_by_one(
    stage: Stage, paths: list[tuple[Person, str]], figures: Figures, repeat: int
) -> None:
    times, database, queries = [], [], []
    for number in range(WARM_UP + repeat):
        rep, path = in_turn(paths, number)
        stage.statements.since()
        times.append(expect(stage.client.get(path, rep.session), 204).ms)
        cost = stage.statements.since()
        database.append(cost.ms)
        queries.append(cost.queries)
    size, note = stage.size, figures.note
    note(size, "bell", "database, median", median(database[WARM_UP:]))
    note(size, "", "bell: queries", max(queries), "", at_most=2)
    note(size, "", "bell: request, median", median(times[WARM_UP:]))
    note(size, "", "bell: request, p95", p95(times[WARM_UP:]), at_most=5)


def many_screens(
    stage: Stage, paths: list[tuple[Person, str]], figures: Figures, seconds: int
) -> None:
    """Ask as often as so many pages would; count the processor time of all but the asking."""
    pause = seconds_between() / SCREENS
    screens = [(Client(stage.web.port), *asked) for asked in islice(cycle(paths), SCREENS)]
    for client, rep, path in screens:
        expect(client.get(path, rep.session), 204)  # each has its connection
    turn = cycle(screens)
    before, began = cpu_of(stage), time.perf_counter()
    for number in range(round(seconds / pause)):
        time.sleep(max(0.0, began + number * pause - time.perf_counter()))
        client, rep, path = next(turn)
        expect(client.get(path, rep.session), 204)
    spent, took = cpu_of(stage) - before, time.perf_counter() - began
    part, name = f"{SCREENS} screens", "web and database, of one core"
    figures.note(stage.size, part, name, spent / took * 100, "%", at_most=10)
    for client, *_ in screens:
        client.close()


def seconds_between() -> float:
    script = (ROOT / "static" / "js" / "bell.js").read_text()
    found = EVERY.search(script)
    if found is None:
        raise RuntimeError("bell.js does not say how often it asks")
    return int(found[1]) / 1000


def cpu_of(stage: Stage) -> float:
    (postgres,) = (c for c in stage.data.product.processes.children if c.name == "postgres")
    return cpu_seconds(stage.web.process.pid) + cpu_seconds(postgres.popen.pid)

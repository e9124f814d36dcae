"""The next free window of a rep: one query, timed as the database counts it."""

from statistics import median

from benchmarks.figures import Figures, p95
from benchmarks.stage import Stage


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        reps = [rep.email for rep in stage.reps]
        found = stage.data.inside("next_free", str(max(repeat // len(reps), 3)), *reps)
        note = figures.note
        note(stage.size, "callbacks", "next free slot, median", median(found))
        note(stage.size, "", "next free slot, p95", p95(found), at_most=10)

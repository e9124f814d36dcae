"""What row security costs: the same statements as the rep, and as the owner without policies."""

from statistics import median
from typing import Any

from benchmarks.figures import Figures, paired_ratio
from benchmarks.stage import Stage

LIMIT = 1.3


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        reps = [rep.email for rep in stage.reps[:10]]
        addresses = stage.data.product.addresses
        urls = addresses.for_web() | {"DATABASE_OWNER_URL": addresses.owner}
        found = stage.data.inside("secured", str(repeat), *reps, urls=urls)
        for page in ("queue", "pool"):
            note(stage.size, page, found[page], figures)


def note(size: int, page: str, found: dict[str, Any], figures: Figures) -> None:
    secured, plain = found["secured"], found["plain"]
    part = "row security"
    figures.note(size, part, f"{page} as the rep, median", median(secured))
    figures.note(size, part, f"{page} as the owner, median", median(plain))
    ratio = paired_ratio(plain, secured)
    figures.note(size, part, f"{page}, pair by pair", ratio, "x", at_most=LIMIT)

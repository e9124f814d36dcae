"""benchmarks/run: measure the product at several sizes and print what was wanted beside it."""

import argparse
import importlib
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from backoffice.local.product import ROOT, say
from backoffice.local.refusal import CannotStart
from benchmarks.dataset import DataSet
from benchmarks.figures import Figures
from benchmarks.stage import Stage

# In this order: those that write come last, and the admin, which breaks the rules, after them all.
PARTS = ["weight", "pages", "search", "security", "slots", "bell"]
PARTS += ["claim", "dispositions", "admin", "release", "bulk", "imports", "desk", "notes"]
WRITING = {"admin", "bulk", "claim", "dispositions", "release", "notes", "imports", "desk"}
# Seconds, also for a million leads of 500 reps.
SEEDED_IN = 300


def size(text: str) -> int:
    """10k, 1m or plain digits."""
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1].lower(), 1)
    return int(text.rstrip("kKmM")) * factor


def sizes(text: str) -> list[int]:
    return sorted({size(word) for word in text.split(",")})


def parts(text: str) -> list[str]:
    asked = set(text.split(","))
    if unknown := asked - set(PARTS):
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
    return [part for part in PARTS if part in asked]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__.partition(": ")[2])
    parser.add_argument("--sizes", type=sizes, default="10k,1m", help="leads: 10k,1m (default)")
    parser.add_argument(
        "--only", type=parts, default=PARTS, metavar="PARTS", help=f"of {','.join(PARTS)}"
    )
    parser.add_argument("--repeat", type=int, default=200, help="requests for a figure (200)")
    parser.add_argument("--fresh", action="store_true", help="build the data sets anew")
    parser.add_argument(
        "--as-is", action="store_true", help="use them even if migrations or seed have changed"
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT / "var" / "bench", help="where they are kept (var/bench)"
    )
    return parser.parse_args()


def main() -> int:
    options = arguments()
    figures = Figures()
    try:
        with ExitStack() as running:
            measure(options, figures, running)
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if figures.lines:
            print(f"\n{figures.table(options.sizes)}", flush=True)
    return 1 if figures.missed() else 0


def measure(options: argparse.Namespace, figures: Figures, running: ExitStack) -> None:
    stages = [stage_of(size, options, running) for size in options.sizes]
    for data in (stage.data for stage in stages):
        if data.seeded is not None:
            figures.note(data.size, "data set", "seeded", data.seeded, "s", at_most=SEEDED_IN)
    for part in options.only:
        began = time.monotonic()
        say(f"Measuring {part} ...")
        for stage in stages:
            if part in WRITING:
                stage.data.folder.mark("written")
        importlib.import_module(f"benchmarks.parts.{part}").measure(stages, figures, options.repeat)
        say(f"... in {time.monotonic() - began:.0f} s.")


def stage_of(size: int, options: argparse.Namespace, running: ExitStack) -> Stage:
    data = DataSet(size, options.data)
    running.callback(data.stop)
    data.start(fresh=options.fresh, as_is=options.as_is)
    stage = Stage(data)
    running.callback(stage.stop)
    stage.web.wait("/livez")
    return stage


if __name__ == "__main__":
    sys.exit(main())

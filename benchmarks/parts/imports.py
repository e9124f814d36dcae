"""Importing files of hospitals, and the CSV of the protection list, beside django-import-export."""

import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.hospitals import write_csv, write_workbook
from benchmarks.parts.dispositions import invariants_hold
from benchmarks.parts.notes import SALES_ADMIN, compare_export, download, memory, person
from benchmarks.stage import Stage

ROWS = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
# More than this is imported only where as much is there already.
EVERYWHERE = 100_000
COMPARED = "10k"
WORKBOOK = "100k"
MOST_SECONDS = {"100k": 30}
MOST_MEMORY = 300
FASTER_THAN = 5_000  # rows a second


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = written(Path(folder), max(stage.size for stage in stages))
        for stage in stages:
            for name, rows in ROWS.items():
                if rows <= max(EVERYWHERE, stage.size) and name in files:
                    import_csv(stage, figures, name, files[name])
            import_workbook(stage, figures, files["xlsx"])
            figures.note(
                stage.size, "", "imports: invariants hold", int(invariants_hold(stage)), at_least=1
            )
            export(stage, figures)


def written(folder: Path, largest: int) -> dict[str, Path]:
    files = {name: folder / f"{name}.csv" for name, rows in ROWS.items() if rows <= largest}
    files |= {name: folder / f"{name}.csv" for name, rows in ROWS.items() if rows <= EVERYWHERE}
    for name, path in files.items():
        write_csv(path, ROWS[name])
    files["xlsx"] = folder / "hospitals.xlsx"
    write_workbook(files["xlsx"], ROWS[WORKBOOK])
    return files


def import_csv(stage: Stage, figures: Figures, name: str, path: Path) -> None:
    size, note = stage.size, figures.note
    urls = stage.data.product.addresses.for_service()
    ours = stage.data.inside("import_file", str(path), f"bench {name}", urls=urls)
    speed = ours["created"] / ours["seconds"]
    note(size, f"import {name}", "created", ours["created"], "", at_least=ROWS[name])
    note(size, "", f"{name} rows", ours["seconds"], "s", at_most=MOST_SECONDS.get(name))
    note(size, "", f"{name} rows: rows a second", speed, "", at_least=FASTER_THAN)
    note(size, "", f"{name} rows: memory, peak", ours["peak"], "MB", at_most=MOST_MEMORY)
    if name == COMPARED:
        compare(stage, figures, path, speed)


def compare(stage: Stage, figures: Figures, path: Path, speed: float) -> None:
    urls = stage.data.product.addresses.for_web() | {
        "DATABASE_URL": stage.data.product.addresses.owner
    }
    plain = stage.data.inside("import_plainly", str(path), "plain", urls=urls)
    if plain is None:
        # It comes with bin/test, not with what benchmarks/run needs.
        return
    theirs = plain["created"] / plain["seconds"]
    note = figures.note
    whose = f"django-import-export, {COMPARED} facilities only"
    note(stage.size, "", f"{whose}: rows a second", theirs, "")
    note(stage.size, "", f"{whose}: memory, peak", plain["peak"], "MB")
    note(stage.size, "", f"import {COMPARED}: ours / django-import-export", speed / theirs, "x")


def import_workbook(stage: Stage, figures: Figures, path: Path) -> None:
    urls = stage.data.product.addresses.for_service()
    ours = stage.data.inside("import_file", str(path), "bench xlsx", urls=urls)
    note = figures.note
    most = MOST_SECONDS[WORKBOOK]
    note(stage.size, f"import {WORKBOOK} .xlsx", "all rows", ours["seconds"], "s", at_most=most)
    note(stage.size, "", ".xlsx: memory, peak", ours["peak"], "MB", at_most=MOST_MEMORY)


def export(stage: Stage, figures: Figures) -> None:
    """Take the whole protection list along, and see how far the server's memory grows."""
    admin = person(stage, SALES_ADMIN)
    download(stage, "/leads/protected.csv?expiring_soon=1&state=VI", admin)
    before = memory(stage)
    began = time.perf_counter()
    lines, size = download(stage, "/leads/protected.csv", admin)
    took = time.perf_counter() - began
    note = figures.note
    note(stage.size, "protected.csv", "rows", lines - 1, "")
    note(stage.size, "", "protected.csv: size", size / 1e6, "MB")
    note(stage.size, "", "protected.csv: all rows", took, "s", at_most=15)
    grown = max(memory(stage)) - max(before)
    note(stage.size, "", "protected.csv: memory beyond that of few rows", grown, "MB", at_most=50)
    compare_export(stage, figures, "protected.csv", (lines - 1) / took)

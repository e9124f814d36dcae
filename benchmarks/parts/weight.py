"""What one page of the queue weighs: its HTML, and the scripts that it loads."""

import re
from posixpath import join, normpath

from benchmarks.client import Client, expect
from benchmarks.figures import Figures
from benchmarks.stage import Stage

ROW = re.compile(rb'<tr id="lead-')
SCRIPT = re.compile(rb'<script[^>]* src="([^"]+)"')
IMPORT = re.compile(rb"""(?:from|import)\s*\(?["']([^"']+\.js)["']""")
ROWS = 50
# What Chromium says it takes.
COMPRESSED = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        pages = [expect(stage.client.get("/leads", rep.session), 200).body for rep in stage.reps]
        full = [page for page in pages if len(ROW.findall(page)) == ROWS]
        heaviest = max(full, key=len)
        figures.note(stage.size, "weight", f"{ROWS} rows", len(heaviest) / 1000, "kB", at_most=60)
        scripts = scripts_of(heaviest, stage.client)
        weight = sum(scripts.values()) / 1000
        figures.note(stage.size, "", "scripts, compressed", weight, "kB", at_most=25)


def scripts_of(page: bytes, client: Client) -> dict[str, int]:
    """Return the size of every script that the page loads, and of what they import, as sent."""
    waiting = [path.decode() for path in SCRIPT.findall(page)]
    weights: dict[str, int] = {}
    while waiting:
        path = waiting.pop()
        if path in weights:
            continue
        packed = expect(client.get(path, "", **COMPRESSED), 200)
        weights[path] = len(packed.body)
        plain = expect(client.get(path, ""), 200).body
        waiting += [
            normpath(join(path.rpartition("/")[0], found.decode()))
            for found in IMPORT.findall(plain)
        ]
    return weights

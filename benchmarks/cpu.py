"""How much processor time a process and all that it has started have used."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# Of /proc/PID/stat behind the name: utime, stime, cutime, cstime.
USED = slice(11, 15)


def cpu_seconds(pid: int) -> float:
    return own_seconds(pid) + sum(cpu_seconds(child) for child in children_of(pid))


def own_seconds(pid: int) -> float:
    """And those of its children that have ended."""
    said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, said[USED])) / TICKS


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]

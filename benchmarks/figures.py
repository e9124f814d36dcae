"""What was measured, held against what was wanted, as one table."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median, quantiles


def p95(values: list[float]) -> float:
    """Return the value that 95 of 100 stay below."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def paired_ratio(ours: list[float], others: list[float]) -> float:
    """Return the median of others/ours, pair by pair: neighbours on the machine hit both alike."""
    return median(other / own for own, other in zip(ours, others, strict=True))


@dataclass
class Figure:
    """One line of the table: a value for each size, and what it may be at most or at least."""

    part: str
    name: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    growth_at_most: float | None = None
    only_largest: bool = False  # the target is for the largest size alone
    by_size: dict[int, float] = field(default_factory=dict)

    @property
    def growth(self) -> float | None:
        """How much more the largest size costs than the smallest."""
        if len(self.by_size) < 2:
            return None
        smallest, largest = self.by_size[min(self.by_size)], self.by_size[max(self.by_size)]
        return largest / smallest if smallest else None

    @property
    def has_target(self) -> bool:
        limits = (self.at_most, self.at_least, self.growth_at_most)
        return any(limit is not None for limit in limits)

    def judged(self) -> Iterable[float]:
        """The values that the target is for."""
        return [self.by_size[max(self.by_size)]] if self.only_largest else self.by_size.values()

    def met(self) -> bool:
        growth = self.growth
        return (
            all(self.at_most is None or value <= self.at_most for value in self.judged())
            and all(self.at_least is None or value >= self.at_least for value in self.judged())
            and (self.growth_at_most is None or growth is None or growth <= self.growth_at_most)
        )

    @property
    def target(self) -> str:
        said = [
            f"<= {self.at_most:g}" if self.at_most is not None else "",
            f">= {self.at_least:g}" if self.at_least is not None else "",
            f"growth <= {self.growth_at_most:g}" if self.growth_at_most is not None else "",
        ]
        return ", ".join(part for part in said if part)

    @property
    def verdict(self) -> str:
        if not self.has_target:
            return ""
        return "ok" if self.met() else "MISSED"


class Figures:
    """All lines in the order in which they were first measured."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], Figure] = {}

    def note(
        self, size: int, part: str, name: str, value: float, unit: str = "ms", **target: object
    ) -> None:
        line = self.lines.setdefault(
            (part, name),
            Figure(part, name, unit, **target),  # type: ignore[arg-type]
        )
        line.by_size[size] = value

    def missed(self) -> list[Figure]:
        return [line for line in self.lines.values() if not line.met()]

    def table(self, sizes: list[int]) -> str:
        heads = ["", "", *(f"{size:,}" for size in sizes), "growth", "target", ""]
        rows = [heads, *(self.row(line, sizes) for line in self.lines.values())]
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        return "\n".join(laid_out(row, widths) for row in rows)

    def row(self, line: Figure, sizes: list[int]) -> list[str]:
        growth = f"{line.growth:.2f}" if line.growth is not None else ""
        values = [value_of(line.by_size.get(size)) for size in sizes]
        name = f"{line.name}, {line.unit}" if line.unit else line.name
        return [line.part, name, *values, growth, line.target, line.verdict]


def value_of(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.2f}"


def laid_out(row: list[str], widths: list[int]) -> str:
    """Words to the left, numbers to the right."""
    cells = [
        cell.ljust(width) if column < 2 or column >= len(row) - 2 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()

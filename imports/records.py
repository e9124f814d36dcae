"""A row of a file as it was read."""

from typing import NamedTuple


class Record(NamedTuple):
    """The cells of a row, or what of it there is and why that is no row."""

    number: int
    cells: list[str]
    problem: str = ""

"""Reading the place in a list that a URL names. All of them raise ValueError for what is none."""

from datetime import datetime
from math import isfinite


def instant(text):
    """Return the aware datetime that `text` says; none so far off that a time zone overflows it."""
    said = datetime.fromisoformat(text)
    if said.tzinfo is None or not 1970 <= said.year < 9000:
        raise ValueError("not a moment at which a page can end")
    return said


def whole(text):
    """Return the number that `text` says, as far as the database counts."""
    said = int(text)
    if not 0 <= said < 2**63:
        raise ValueError("not a row's number")
    return said


def key(text):
    said = float(text)
    if not isfinite(said):
        raise ValueError("not a key that sorts")
    return said

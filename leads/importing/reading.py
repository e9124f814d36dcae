"""Reading a table of text: any common encoding and delimiter, row by row, whatever is in it."""

import codecs
import csv
import re
from collections import deque
from contextlib import contextmanager

from backoffice.refusals import Refused
from leads.importing.encodings import LONGEST_LINE, find_encoding

DELIMITERS = ",;\t"
LONGEST_FIELD = 10_000  # bytes
LONGEST_QUOTE = 1 << 20  # how far we look for the end of a quoted field
TOO_LONG = "a field over 10 kB"
BROKEN = "\udcff"  # stands for bytes that are no text; never in a text itself


def mark_broken(error):
    return BROKEN, error.end


codecs.register_error("mark_broken", mark_broken)


@contextmanager
def open_table(path, reject):
    """Open the file at `path` as a Table; Refused if it has no header."""
    with open(path, encoding=find_encoding(path), errors="mark_broken", newline="") as file:
        yield Table(Lines(file), reject)


class Table:
    """A header and rows, numbered as a spreadsheet numbers them: the header's is 1.

    What can't be read as a row goes to `reject(number, reason)`; empty rows count but are left out.
    """

    def __init__(self, lines, reject):
        self.reject = reject
        self.lines = lines
        self.delimiter = find_delimiter(lines)
        self.records = self.read_records()
        self.header = next((cells for _, cells in self.records), None)
        if self.header is None:
            raise Refused("The file is empty.")

    def __iter__(self):
        return self.records

    def read_records(self):
        csv.field_size_limit(LONGEST_QUOTE)
        reader = csv.reader(self.lines, delimiter=self.delimiter, strict=True)
        number = 0
        while True:
            number += 1
            self.lines.taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.reject(number, why(error, self.lines.taken))
                # A quote that was never closed has swallowed rows that may be good.
                self.lines.put_back(self.lines.taken[1:])
                continue
            if any(cells):
                yield number, cells


def why(error, lines):
    if "field limit" in str(error) and len(lines) == 1:
        return TOO_LONG
    return "quotes that don't match"


class Lines:
    """The lines of a text file, of bounded length; the last ones may be put back."""

    def __init__(self, file):
        self.file = file
        self.again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self):
        return self

    def __next__(self):
        line = self.again.popleft() if self.again else self.read_line()
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line

    def put_back(self, lines):
        self.again.extendleft(reversed(lines))

    def read_line(self):
        line = self.file.readline(LONGEST_LINE)
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return line
        while len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            line = self.file.readline(LONGEST_LINE)
        # Nobody needs the rest of it: the row is refused for this.
        return "x" * (LONGEST_FIELD + 1) + "\n"


def find_delimiter(lines):
    """Return what stands most often between the names of the header."""
    first = next(lines, "")
    lines.put_back([first] if first else [])
    bare = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=bare.count)

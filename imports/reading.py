"""Reading a table: text of any common encoding and delimiter or a workbook, whatever is in it."""

import codecs
import csv
import re
from collections import deque
from contextlib import contextmanager
from pathlib import Path

from backoffice.csv_export import restored
from backoffice.refusals import Refused
from imports.archives import is_archive
from imports.encodings import LONGEST_LINE, find_encoding
from imports.limits import LONGEST_FIELD, MOST_COLUMNS, MOST_ROWS, TOO_LONG
from imports.records import Record
from imports.workbooks import open_workbook

DELIMITERS = ",;\t"
LONGEST_QUOTE = 1 << 20  # how far we look for the end of a quoted field
BROKEN = "\udcff"  # stands for bytes that are no text; never in a text itself


def mark_broken(error):
    return BROKEN, error.end


codecs.register_error("mark_broken", mark_broken)


@contextmanager
def open_table(path, *, encoding="", mark=0, number=0):
    """Open the file at `path` as a Table; Refused if it is none.

    The encoding of a text is looked for in all of it unless it is known. With the `mark` that
    another Table had at row `number`, it may begin there; its header is still the first row's.
    """
    if is_archive(path):
        with open_workbook(path, mark=mark, number=number) as sheet:
            yield Table(sheet)
    else:
        encoding = encoding or find_encoding(path)
        with open(path, encoding=encoding, errors="mark_broken", newline="") as file:
            yield Table(Text(file, Path(path).stat().st_size))


class Table:
    """A header, and the records below it, numbered as a spreadsheet does: the header's is 1.

    Empty rows count but are left out.
    """

    def __init__(self, source):
        self.source = source
        self.records = iter(source)
        self.header = self.read_header()

    def read_header(self):
        if self.source.header is not None:
            return narrow_enough(self.source.header)
        for record in self.records:
            if not record.problem:
                return narrow_enough(record.cells)
        raise Refused("The file is empty.")

    @property
    def share(self):
        """How much of the file has been read, in percent."""
        return self.source.share

    @property
    def mark(self):
        return self.source.mark

    @property
    def encoding(self):
        return self.source.encoding

    def __iter__(self):
        for record in self.records:
            if record.number > MOST_ROWS + 1:
                raise Refused(f"The file has more than {MOST_ROWS:,} rows. Split it.")
            yield record


def narrow_enough(header):
    names = list(header)
    while names and not names[-1].strip():
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise Refused(f"The file has {len(names):,} columns; {MOST_COLUMNS} at most can be read.")
    return [restored(name) for name in header[:MOST_COLUMNS]]


class Text:
    """The records of a delimited text."""

    header = None
    mark = 0

    def __init__(self, file, size):
        self.file, self.size, self.encoding = file, max(size, 1), file.encoding
        self.lines = Lines(file)
        self.delimiter = find_delimiter(self.lines)

    @property
    def share(self):
        return min(100, 100 * self.file.buffer.tell() // self.size)

    def __iter__(self):
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
                taken = list(self.lines.taken)
                # A quote that was never closed has swallowed rows that may be good.
                self.lines.put_back(taken[1:])
                yield Record(number, [taken[0].rstrip("\r\n")], why(error, taken))
                continue
            if any(cells):
                yield Record(number, cells)


def why(error, lines):
    if "field limit" in str(error) and len(lines) == 1:
        return TOO_LONG
    return "quotes that don't match"


# A quote that is closed and opened on every line would make one record of the whole file.
MOST_LINES = 200


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
        if len(self.taken) > MOST_LINES:
            raise csv.Error("a record without an end")
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

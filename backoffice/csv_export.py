"""CSV as a browser downloads it: RFC 4180, every cell quoted, copied straight from the database.

It is sent after the request and its transaction are over, so it brings a transaction and an
identity of its own; without them row security would leave it empty.
"""

import re
from contextlib import contextmanager

from django.db import connection, models
from django.http import StreamingHttpResponse

from backoffice.rls import acting_as

# Spreadsheets take a file without this mark for some older encoding than UTF-8.
BOM = b"\xef\xbb\xbf"
LINE_END = b"\r\n"
LINES_AT_ONCE = 1000
# A slow reader holds a transaction open for so long at most.
MOST_TIME = "5min"


class Defused(models.Func):
    """SQL: text that no spreadsheet takes for a formula."""

    function = "app.defused"
    output_field = models.TextField()


# What app.defused() puts an apostrophe before (migration 0003).
FORMULA = (
    r"'*(?:[\t\r\n]|[\s\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]*[-=+@＝＋－＠])"
)
DEFUSED = re.compile(f"^'(?={FORMULA})")
DANGEROUS = re.compile(f"^{FORMULA}")


def defused(text):
    """Return text that no spreadsheet takes for a formula, as app.defused() does."""
    return f"'{text}" if DANGEROUS.match(text) else text


def restored(cell):
    """Return the text that an exported cell was made from, so that an import changes nothing."""
    return DEFUSED.sub("", cell)


class IsoInstant(models.Func):
    """SQL: an instant as text with its offset. `IsoInstant("at", Value(user.time_zone))`."""

    function = "app.iso_instant"
    output_field = models.TextField()


def csv_response(filename, chunks):
    return StreamingHttpResponse(
        # The generator, not what makes it: when a reader breaks off, it is closed.
        iter(chunks),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


class Export:
    """The chunks of a CSV: `header`, then the rows that `rows()` finds as `by`, a values_list().

    However the export ends, `on_end(export)` is called in a transaction of its own; then `sent`
    tells how many rows had left, and `is_whole` whether that was all. A process that is killed
    comes to no end: `on_begin()` is called before anything leaves, in a transaction of its own too.
    """

    def __init__(self, *, by, header, rows, on_end, on_begin=None):
        self.by, self.header, self.rows, self.on_end = by, header, rows, on_end
        self.on_begin = on_begin
        self.sent, self.is_whole = 0, False

    def __iter__(self):
        if self.on_begin:
            with acting_as(self.by):
                self.on_begin()
        yield BOM + ",".join(self.header).encode() + LINE_END
        try:
            yield from self.chunks()
            self.is_whole = True
        finally:
            with acting_as(self.by):
                self.on_end(self)

    def chunks(self):
        lines = []
        with acting_as(self.by), copy_of(self.rows()) as copy:
            for line in copy:
                # PostgreSQL ends a line of CSV with a bare LF, and sends one at a time.
                lines.append(bytes(line[:-1]) + LINE_END)
                if len(lines) == LINES_AT_ONCE:
                    yield self.joined(lines)
                    lines = []
        yield self.joined(lines)

    def joined(self, lines):
        # Counted before they go: who breaks off may have them already.
        self.sent += len(lines)
        return b"".join(lines)


@contextmanager
def copy_of(rows):
    """Open the CSV of a queryset; where its reader leaves early, the database stops too."""
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [MOST_TIME])
        found = cursor.mogrify(sql, params)
        with cursor.copy(f"COPY ({found}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)") as copy:
            yield copy

"""Which encoding a text file is in, judged by its own bytes."""

import re
from functools import partial

from backoffice.refusals import Refused

MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
# Spreadsheets, archives and documents that somebody has renamed.
NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"{\\rtf")

LONGEST_LINE = 1 << 22

# Signs that Western texts are full of, and accented letters in or at the end of a word. Left out is
# what shows up when UTF-8 is torn: its lead bytes (unless within CAPITALS), y-umlaut, thorn.
WESTERN = re.compile(
    rb"""(?:[\x00-\x7f\x85\x91-\x97\x99\xa0\xa1\xa7\xa9-\xab\xae\xb0\xb4\xb7\xba\xbb\xbf]
       | (?<=[A-Za-z])[\x8a\x8c\x8e\x9a\x9c\x9e\xc0\xc1\xc4-\xd6\xd8-\xf6\xf8-\xfd]
       | [\x8a\x8c\x8e\x9a\x9c\x9e\xc0\xc1\xc4-\xd6\xd8-\xf6\xf8-\xfd](?=[A-Za-z])
       | [\xc2\xc3](?=[A-Z]))+""",
    re.VERBOSE,
)


def find_encoding(path, *, most=None):
    """Return the name of the codec for the file at `path`; Refused if it is no text.

    All of it is looked at, or about `most` bytes.
    """
    with open(path, "rb") as file:
        start = file.read(4096)
        if start.startswith(NO_TEXT):
            raise Refused(
                "This is not a text file, and no workbook that can be read. "
                "Save the sheet as CSV or .xlsx and import that."
            )
        return by_mark(start) or by_zeros(start) or by_lines(file, most)


def by_mark(start):
    return next((codec for mark, codec in MARKS.items() if start.startswith(mark)), None)


def by_zeros(start):
    """UTF-16 without a mark: every other byte of English is zero."""
    half = len(start) // 2
    if start[1::2].count(0) > half * 0.7:
        return "utf-16-le"
    return "utf-16-be" if start[0::2].count(0) > half * 0.7 else None


def by_lines(file, most):
    """UTF-8 or, if the lines that are none read like Western text, cp1252."""
    utf8 = western = torn = 0
    file.seek(0)
    for line in iter(partial(file.readline, LONGEST_LINE), b""):
        if most is not None and (most := most - len(line)) < 0:
            break
        if line.isascii():
            continue
        if is_utf8(line):
            utf8 += 1
        elif WESTERN.fullmatch(line):
            western += 1
        else:
            torn += 1
    return "cp1252" if western > utf8 and western >= torn else "utf-8"


def is_utf8(line):
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True

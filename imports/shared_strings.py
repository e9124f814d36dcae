"""The texts of a workbook, which cells name by number: read as far as somebody asks, kept on disk.

A million rows may have millions of different texts, which would not fit into a worker's memory.
"""

import os
import re
import tempfile
from array import array
from functools import lru_cache

from imports.limits import LONGEST_FIELD
from imports.xml_parts import DEEPEST, Feeder, local, new_parser, refuse

MOST = 8_000_000
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def plain(text):
    """A workbook writes what XML can't hold as _x0007_."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class TextCollector:
    """Collects the text of one cell or string, and no more of it than a row may have."""

    def __init__(self):
        self.parts: list[str] = []
        self.size = 0

    def begin(self):
        self.parts.clear()
        self.size = 0

    def add(self, characters):
        if self.size <= LONGEST_FIELD:
            self.parts.append(characters)
            self.size += len(characters)

    def end(self):
        return "".join(self.parts)


class SharedStrings:
    """`strings[7]` is the eighth text; IndexError where there is none."""

    def __init__(self, file):
        self.store = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self.ends = array("Q", [0])
        self.waiting: list[bytes] = []
        self.collector = TextCollector()
        self.depth = self.in_text = self.aside = 0
        self.feeder = Feeder(file, new_parser(self.start, self.finish, self.take))
        self.at = lru_cache(maxsize=10_000)(self.read)

    def close(self):
        self.store.close()

    def __getitem__(self, index):
        while index >= len(self.ends) - 1 and self.feeder.more():
            self.keep()
        if not 0 <= index < len(self.ends) - 1:
            raise IndexError(index)
        return self.at(index)

    def read(self, index):
        begin, end = self.ends[index], self.ends[index + 1]
        text = os.pread(self.store.fileno(), end - begin, begin)
        return plain(text.decode(errors="surrogatepass"))

    def keep(self):
        self.store.write(b"".join(self.waiting))
        self.store.flush()
        self.waiting.clear()

    def start(self, name, attributes):
        self.depth += 1
        name = local(name)
        if name == "si":
            self.collector.begin()
        elif name == "t":
            self.in_text = not self.aside
        elif name == "rPh":  # how a text is pronounced
            self.aside = 1
        if self.depth > DEEPEST:
            refuse()

    def finish(self, name):
        self.depth -= 1
        name = local(name)
        if name == "t":
            self.in_text = False
        elif name == "rPh":
            self.aside = 0
        elif name == "si":
            text = self.collector.end().encode(errors="surrogatepass")
            self.waiting.append(text)
            self.ends.append(self.ends[-1] + len(text))
            if len(self.ends) > MOST:
                refuse()

    def take(self, characters):
        if self.in_text:
            self.collector.add(characters)

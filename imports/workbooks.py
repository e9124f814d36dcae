"""Reading the first sheet of a workbook (.xlsx) row by row, from any place on, in little memory."""

import posixpath
from contextlib import contextmanager

from imports.archives import honest, open_archive, open_member
from imports.limits import LONGEST_FIELD, MOST_COLUMNS, TOO_LONG
from imports.records import Record
from imports.shared_strings import SharedStrings, TextCollector, plain
from imports.xml_parts import DEEPEST, Feeder, elements, local, new_parser, refuse

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"

NOT_CALCULATED = "a formula without its result; open the file in a spreadsheet and save it"
TOO_WIDE = f"a cell beyond column {MOST_COLUMNS}"
LAST_NUMBER = 1_048_576  # a sheet has no more rows


@contextmanager
def open_workbook(path, *, mark=0, number=0):
    """Open the first sheet, at its beginning or at the row `number`, which begins at `mark`."""
    with open_archive(path) as archive:
        name, strings = parts_of(archive)
        with texts(archive, strings) as shared, open_member(archive, name) as file:
            sheet = Sheet(file, archive.getinfo(name).file_size, shared)
            if mark:
                sheet = sheet.at(mark, number)
            yield sheet


def parts_of(archive):
    """Return the names of the first sheet and, where there are any, of the shared texts."""
    with open_member(archive, WORKBOOK) as file:
        sheets = [said for name, said in elements(file) if name == "sheet"]
    with open_member(archive, RELATIONS) as file:
        links = [said for name, said in elements(file) if name == "Relationship"]
    shown = [sheet for sheet in sheets if sheet.get("state", "visible") == "visible"]
    if not shown:
        refuse()
    wanted = next((value for key, value in shown[0].items() if local(key) == "id"), None)
    targets = {link.get("Id"): place_of(link) for link in links}
    if wanted not in targets:
        refuse()
    strings = [place_of(link) for link in links if kind_of(link) == "sharedStrings"]
    return targets[wanted], strings[0] if strings else None


def kind_of(link):
    return link.get("Type", "").rpartition("/")[2]


def place_of(link):
    return posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/")


@contextmanager
def texts(archive, name):
    if name is None:
        yield []
        return
    with open_member(archive, name) as file:
        strings = SharedStrings(file)
        try:
            yield strings
        finally:
            strings.close()


class Sheet:
    """The records of a sheet. `mark` is where the row that was read last begins."""

    header: list[str] | None = None
    encoding = ""
    mark = 0

    def __init__(self, file, size, shared):
        self.file, self.size, self.shared = file, max(size, 1), shared
        self.parser = new_parser(self.start, self.finish, self.take)
        self.feeder = Feeder(file, self.parser)
        self.collector = TextCollector()
        self.done: list[tuple[Record, int]] = []
        self.number = self.depth = 0
        self.in_row = self.in_text = self.aside = False
        # The elements that are open where rows begin, and what the parser's places are off by.
        self.around: list[str] = []
        self.offset = 0

    def at(self, mark, number):
        """Return the same sheet from the row `number` on, which begins at `mark`."""
        rest = Sheet(self.file, self.size, self.shared)
        rest.header = next((record.cells for record in self if not record.problem), [])
        opening = "".join(f"<{name}>" for name in self.around).encode()
        rest.feeder.give(opening)
        with honest():
            self.file.seek(mark)
        rest.mark, rest.offset, rest.number = mark, mark - len(opening), number - 1
        return rest

    @property
    def share(self):
        return min(100, 100 * self.mark // self.size)

    def __iter__(self):
        while self.feeder.more():
            for record, mark in self.done:
                self.mark = mark
                if record.problem or any(record.cells):
                    yield record
            self.done.clear()

    # --- what the parser calls ------------------------------------------------

    def start(self, name, attributes):
        self.depth += 1
        if not self.number:
            self.around.append(name)
        name = local(name)
        if name == "c":
            self.begin_cell(attributes)
        elif name in ("v", "t"):
            self.in_text = not self.aside
        elif name == "f":
            self.has_formula = True
        elif name == "row":
            self.begin_row(attributes)
        elif name == "rPh":
            self.aside = True
        if self.depth > DEEPEST:
            refuse()

    def finish(self, name):
        self.depth -= 1
        if not self.number:
            self.around.pop()
        name = local(name)
        if name in ("v", "t"):
            self.in_text = False
            self.has_value = True
        elif name == "c":
            self.end_cell()
        elif name == "row" and self.in_row:
            self.in_row = False
            self.done.append((Record(self.number, self.cells, self.problem), self.row_begins))
        elif name == "rPh":
            self.aside = False

    def take(self, characters):
        if self.in_text:
            self.collector.add(characters)

    def begin_row(self, attributes):
        if not self.number:
            self.around.pop()
        said = attributes.get("r", "")
        number = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else 0
        # Where it makes no sense, rows are counted.
        self.number = number if self.number < number <= LAST_NUMBER else self.number + 1
        self.row_begins = self.parser.CurrentByteIndex + self.offset
        self.cells: list[str] = []
        self.problem = ""
        self.in_row = True
        self.column = -1
        self.kind = ""

    def begin_cell(self, attributes):
        if not self.in_row:
            refuse()
        place = attributes.get("r")
        self.column = self.column + 1 if place is None else column_of(place)
        self.kind = attributes.get("t", "n")
        self.has_formula = self.has_value = False
        self.collector.begin()

    def end_cell(self):
        if not self.in_row:
            refuse()
        if self.has_formula and not self.has_value:
            self.problem = NOT_CALCULATED
        elif self.has_value:
            self.put(self.value())

    def put(self, text):
        if not text:
            return
        if not 0 <= self.column < MOST_COLUMNS:
            self.problem = TOO_WIDE
            return
        if len(self.cells) <= self.column:
            self.cells.extend([""] * (self.column + 1 - len(self.cells)))
        self.cells[self.column] = text

    def value(self):
        text = self.collector.end()
        if len(text) > LONGEST_FIELD:
            self.problem = TOO_LONG
        if self.kind == "s":
            return self.shared_text(text)
        if self.kind == "n":
            return as_shown(text)
        if self.kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text, text)
        if self.kind == "e":
            self.problem = f"a cell with the error {text[:20]}"
        return plain(text)

    def shared_text(self, index):
        try:
            return self.shared[int(index)]
        except (ValueError, IndexError):
            self.problem = "a cell whose text is missing from the file"
            return ""


def column_of(place):
    """Return 27 for "AB12"; something beyond any column for what is none."""
    column = 0
    for sign in place[:4]:
        if not "A" <= sign <= "Z":
            break
        column = 26 * column + ord(sign) - 64
    return column - 1 if column else MOST_COLUMNS


def as_shown(text):
    """A number as a sheet shows it: no exponent, and nothing behind the point where all is zero."""
    if text.isascii() and text.isdecimal():
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number == number // 1 and abs(number) < 1e15 else text

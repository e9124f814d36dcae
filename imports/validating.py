"""What a row must be like to become a lead, and the facility that it describes."""

import re
from typing import NamedTuple

from backoffice.csv_export import restored
from imports.columns import LENGTHS, shown
from imports.limits import LONGEST_FIELD, TOO_LONG
from leads.phones import ImpossiblePhone, parse_phone
from leads.time_zones import time_zone_of
from people.states import STATES

CODES = {name.casefold(): code for code, name in STATES.items()}
CODES |= {code.casefold(): code for code in STATES}
CODES |= {"d.c.": "DC", "washington, d.c.": "DC", "virgin islands": "VI"}

SURROGATES = re.compile("[\ud800-\udfff]")


class Bad(ValueError):
    """A row that can't be imported; the reason is the message."""


class Row(NamedTuple):
    """One good row, its fields as they will be kept."""

    number: int
    external_id: str
    name: str
    address: str
    city: str
    state: str
    postcode: str
    phone: str
    time_zone: str
    owner: str


class RowReader:
    """Makes Rows of cells. `columns` is {field: index}, `width` the number of columns."""

    def __init__(self, columns, width):
        self.columns, self.width = columns, width

    def read(self, number, cells):
        """Return the Row, or raise Bad."""
        refuse_unreadable(cells)
        if any(cells[self.width :]):
            raise Bad(f"{len(cells)} cells where the header has {self.width}")
        fields = {name: self.cell(cells, name) for name in LENGTHS}
        state, phone = state_of(fields["state"]), phone_of(fields["phone"])
        return Row(
            number,
            fields["external_id"],
            fields["name"] or missing("name"),
            fields["address"],
            fields["city"],
            state,
            postcode_of(fields["postcode"]),
            phone,
            time_zone_of(state, phone),
            fields["owner"].lower(),
        )

    def cell(self, cells, field):
        """Return the text of a field, in single spaces; "" where the row ends before it."""
        index = self.columns.get(field)
        if index is None or index >= len(cells):
            return ""
        text = " ".join(restored(cells[index]).split())
        if len(text) > LENGTHS[field]:
            raise Bad(f"{field} longer than {LENGTHS[field]} characters")
        return text


def refuse_unreadable(cells):
    whole = "".join(cells)
    if len(whole) > LONGEST_FIELD // 4 and any(is_long(cell) for cell in cells):
        raise Bad(TOO_LONG)
    if "\0" in whole:
        raise Bad("a NUL character")
    if not whole.isascii() and SURROGATES.search(whole):
        raise Bad("broken encoding")


def is_long(cell):
    return len(cell.encode(errors="replace")) > LONGEST_FIELD


def missing(field):
    raise Bad(f"no {field}")


def state_of(text):
    if not text:
        raise Bad("no state")
    try:
        return CODES[text.casefold()]
    except KeyError:
        raise Bad(f"unknown state: {shown(text)}") from None


def phone_of(text):
    try:
        return parse_phone(text)
    except ImpossiblePhone:
        raise Bad(f"impossible phone: {shown(text)}") from None


def postcode_of(text):
    """A spreadsheet takes the leading zeros of New England for nothing."""
    return text.zfill(5) if text.isdecimal() and 3 <= len(text) < 5 else text
